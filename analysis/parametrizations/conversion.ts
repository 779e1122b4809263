import { exponentValue } from "./evaluate.ts";
import { gaugePowers } from "./explanation/explain.ts";
import { type Factor, multiplyFactors } from "./factor.ts";
import { exponentText } from "./explanation/factor-text.ts";
import type { FormId } from "./contract.ts";
import { familyGauges } from "./optimizers/families.ts";
import { type ResolvedTensor, resolveTable, type TensorResolution } from "./resolve.ts";

/** A tensor in two equivalent forms. */
export interface ConvertedTensor {
  readonly before: ResolvedTensor;
  readonly after: ResolvedTensor;
  /** The forward multiplier is multiplied by t, the weights are divided by it. */
  readonly t: Factor;
}

/** A product that both forms must agree on, else they would not train alike. */
export interface UnchangedProduct {
  /** `forwardMultiplier × initStd`, `forwardMultiplier^2 × learningRate` … */
  readonly formula: string;
  readonly tensors: number;
  /** Largest relative difference over the tensors; rounding alone. */
  readonly largestChange: number;
}

export interface Conversion {
  readonly tensors: readonly ConvertedTensor[];
  readonly unchanged: readonly UnchangedProduct[];
  /** True where unit scaling's own factors on gradients were left out: both sides then have the true gradient. */
  readonly trueGradients: boolean;
}

/**
 * One rule set written in another form (abc-symmetry; see `toForm`), and the products that stay.
 *
 * @throws LadderError see `resolveTable`
 */
export function convertTable(input: TensorResolution, to: FormId): Conversion {
  const { unitScaling, ...rules } = input.parametrization;
  const trueGradients = unitScaling !== undefined && input.modelFacts !== undefined;
  const before = resolveTable({ ...input, parametrization: rules });
  const after = resolveTable({ ...input, parametrization: { ...rules, form: to } });
  const tensors = before.flatMap((ofBefore, index): ConvertedTensor[] => {
    const ofAfter = after[index];
    if (ofAfter === undefined) return [];
    const t = multiplyFactors(ofAfter.factors.forwardMultiplier, ofBefore.factors.forwardMultiplier, -1);
    return [{ before: ofBefore, after: ofAfter, t }];
  });
  return { tensors, unchanged: unchangedProducts(tensors), trueGradients };
}

function unchangedProducts(tensors: readonly ConvertedTensor[]): readonly UnchangedProduct[] {
  const products = new Map<string, UnchangedProduct>();
  const note = (formula: string, before: number, after: number): void => {
    const change = before === after ? 0 : Math.abs(after - before) / Math.max(Math.abs(before), Math.abs(after));
    const found = products.get(formula) ?? { formula, tensors: 0, largestChange: 0 };
    products.set(formula, { formula, tensors: found.tensors + 1, largestChange: Math.max(found.largestChange, change) });
  };
  for (const { before, after, t } of tensors) {
    const product = (left: "initStd" | "learningRate" | "weightDecay", power: number, right: "forwardMultiplier" | "learningRate") => {
      const of = ({ factors }: ResolvedTensor): number => multiplyFactors(factors[left], factors[right], power).value;
      const name = power === 1 ? right : `${right}^${exponentText(power)}`;
      note(power === 0 ? left : `${name} × ${left}`, of(before), of(after));
    };
    product("initStd", 1, "forwardMultiplier");
    product("learningRate", exponentValue(familyGauges[before.optimizer.family].learningRate, before.optimizer), "forwardMultiplier");
    const powers = new Map(gaugePowers(before.factors, after.factors, t).map(({ quantity, power }) => [quantity, power]));
    const [rate = 0, decay = 0] = [powers.get("learningRate"), powers.get("weightDecay")];
    if (rate !== 0 && decay === -rate) product("weightDecay", 1, "learningRate");
  }
  return [...products.values()];
}
