import type { Parametrization, TensorQuantity } from "./contract.ts";
import { tensorQuantities } from "./contract.ts";
import { operationFactor, optimizerFactor } from "./evaluate.ts";
import { composeFactor, type Factor, multiplyFactors } from "./factor.ts";
import { formulaText } from "./explanation/factor-text.ts";
import type { OptimizerChoice } from "./optimizers/contract.ts";
import type { ResolvedTensor } from "./resolve.ts";
import type { ScalePair } from "./scale-pair.ts";

/** One side of a difference. */
export interface ComparedNumber {
  readonly formula: string;
  /** Null where there is one number for each residual branch. */
  readonly value: number | null;
}

/** A quantity in which two rule sets differ, for tensors that differ alike. */
export interface RuleDifference {
  /** Names of the tensors; empty for an operation. */
  readonly tensors: readonly string[];
  readonly role: ResolvedTensor["row"]["role"] | null;
  readonly module: string | null;
  readonly quantity: string;
  readonly left: ComparedNumber;
  readonly right: ComparedNumber;
}

/**
 * `growth`: how a quantity changes from the base to the scale, which is all that carries a tuned value up: constants that a tuned
 * value absorbs are left out; `absolute`: the numbers themselves.
 */
export type ComparisonMode = "growth" | "absolute";

export interface ComparedRules extends ScalePair {
  readonly parametrization: Parametrization;
  readonly optimizer: OptimizerChoice;
  readonly table: readonly ResolvedTensor[];
}

/** Relative difference above which two numbers are not the same. */
const tolerance = 1e-9;

/**
 * Every quantity in which two rule sets differ for one model and one pair of scales, tensors of a module and role with the same
 * two formulas together.
 */
export function compareRules(left: ComparedRules, right: ComparedRules, mode: ComparisonMode): readonly RuleDifference[] {
  const differences = new Map<string, RuleDifference>();
  const rightByName = new Map(right.table.map((resolved) => [resolved.tensor.name, resolved]));
  for (const ofLeft of left.table) {
    const ofRight = rightByName.get(ofLeft.tensor.name);
    if (ofRight === undefined) continue;
    for (const quantity of tensorQuantities) {
      const sides = {
        left: comparedNumber(seenFactor(ofLeft, quantity, left.parametrization, mode), mode),
        right: comparedNumber(seenFactor(ofRight, quantity, right.parametrization, mode), mode),
      };
      if (agree(sides.left.value, sides.right.value)) continue;
      const { role, name } = ofLeft.row;
      const module = ofLeft.tensor.module ?? null;
      const key = [quantity, role, module ?? name, sides.left.formula, sides.left.value, sides.right.formula, sides.right.value].join("|");
      const found = differences.get(key);
      differences.set(key, { tensors: [...(found?.tensors ?? []), name], role, module, quantity, ...sides });
    }
  }
  return [...differences.values(), ...compareOperations(left, right, mode)];
}

/** The factor whose numbers are compared: without constants, or with the deviation that the rule set starts from. */
function seenFactor(
  { factors, base, row }: ResolvedTensor,
  quantity: TensorQuantity,
  { initialDeviation }: Parametrization,
  mode: ComparisonMode,
): Factor {
  const factor = factors[quantity];
  if (mode === "growth") return changeOf(factor);
  const drawn = row.role === "input" || row.role === "hidden" || row.role === "output";
  if (quantity !== "initStd" || !drawn || initialDeviation === "unit" || base.fanIn === 1) return factor;
  return multiplyFactors(factor, composeFactor(1 / Math.sqrt(base.fanIn), [], []));
}

/** From the base to the scale: powers of sizes become powers of growth, and constants, which are the same at both, go. */
export function changeOf({ terms, sources }: Factor): Factor {
  return composeFactor(
    1,
    terms.map((term) => ({ ...term, measure: "growth" })),
    sources,
  );
}

function compareOperations(left: ComparedRules, right: ComparedRules, mode: ComparisonMode): readonly RuleDifference[] {
  const operation = (quantity: string, ofLeft: Factor, ofRight: Factor): readonly RuleDifference[] => {
    const sides = { left: comparedNumber(ofLeft, mode), right: comparedNumber(ofRight, mode) };
    return agree(sides.left.value, sides.right.value) ? [] : [{ tensors: [], role: null, module: null, quantity, ...sides }];
  };
  const seen = (factor: Factor): Factor => (mode === "growth" ? changeOf(factor) : factor);
  return [
    ...operation("attentionLogitScale", attentionFactor(left, mode), attentionFactor(right, mode)),
    ...compareResidual(left, right, mode),
    ...(left.parametrization.residual === undefined && right.parametrization.residual === undefined
      ? operation("branchMultiplier", seen(branchFactor(left)), seen(branchFactor(right)))
      : []),
    ...(["oneMinusBeta1", "oneMinusBeta2"] as const).flatMap((quantity) =>
      operation(
        quantity,
        seen(optimizerFactor(left.parametrization, quantity, left.optimizer.main, left)),
        seen(optimizerFactor(right.parametrization, quantity, right.optimizer.main, right)),
      ),
    ),
  ];
}

function attentionFactor({ parametrization, ...pair }: ComparedRules, mode: ComparisonMode): Factor {
  const factor = operationFactor(parametrization, "attentionLogitScale", pair);
  if (mode === "growth") return changeOf(factor);
  const start = parametrization.attentionBase === "inverseSquareRoot" ? 1 / Math.sqrt(pair.base.headDimension) : 1;
  return multiplyFactors(factor, composeFactor(start, [], []));
}

function branchFactor({ parametrization, ...pair }: ComparedRules): Factor {
  return operationFactor(parametrization, "branchMultiplier", pair);
}

/** Residual rules that are no powers differ in their formula; their numbers belong to the branches of one model. */
function compareResidual(left: ComparedRules, right: ComparedRules, mode: ComparisonMode): readonly RuleDifference[] {
  const formula = (side: ComparedRules): string => side.parametrization.residual?.formula ?? `branch ${formulaText(branchFactor(side))}`;
  const bothPowers = left.parametrization.residual === undefined && right.parametrization.residual === undefined;
  if (bothPowers || formula(left) === formula(right) || (mode === "growth" && left.scale.depth === left.base.depth)) return [];
  const side = (of: ComparedRules): ComparedNumber => ({ formula: formula(of), value: null });
  return [{ tensors: [], role: null, module: null, quantity: "residualMultipliers", left: side(left), right: side(right) }];
}

function comparedNumber(factor: Factor, mode: ComparisonMode): ComparedNumber {
  return { formula: mode === "growth" && factor.terms.length === 0 ? "constant" : formulaText(factor), value: factor.value };
}

function agree(left: number | null, right: number | null): boolean {
  return (
    left === null || right === null || left === right || Math.abs(left - right) <= tolerance * Math.max(Math.abs(left), Math.abs(right))
  );
}
