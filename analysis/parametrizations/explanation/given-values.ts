import type { WeightDecayKind } from "../../study/study-spec.ts";
import type { Parametrization, TensorQuantity } from "../contract.ts";
import type { ResolvedTensor } from "../resolve.ts";

/** Base values that a user can give; where one is not given, a table has factors on it. */
export const baseValueNames = ["learningRate", "weightDecay", "epsilon", "initStd", "dampingFanIn", "dampingFanOut"] as const;
export type BaseValueName = (typeof baseValueNames)[number];

/** What decides whether a number of a table is a value or a factor. */
export interface GivenValues {
  readonly parametrization: Pick<Parametrization, "initialDeviation">;
  readonly weightDecayKind: WeightDecayKind;
  /** Base values that were given. */
  readonly given: ReadonlySet<BaseValueName>;
}

/** A number of a table: `value`, or `factor` on a base value that nobody gave. */
export interface TableNumber {
  readonly kind: "value" | "factor";
  readonly value: number;
}

/** One quantity of one tensor as a table shows it; weight decay after its conversion to what meets the learning rate. */
export function tableNumber(resolved: ResolvedTensor, quantity: TensorQuantity, context: GivenValues): TableNumber {
  const { factors, baseValues, decayConversion } = resolved;
  const conversion = quantity === "weightDecay" ? decayConversion.value : 1;
  if (!isFactor(resolved, quantity, context)) return { kind: "value", value: baseValues[quantity] * factors[quantity].value * conversion };
  // Of decay, one of two base values may be known and the other not: what is known belongs to the factor.
  const known = quantity === "weightDecay" && context.given.has("weightDecay") ? baseValues.weightDecay : 1;
  return { kind: "factor", value: known * factors[quantity].value * conversion };
}

function isFactor({ row, baseValues, factors }: ResolvedTensor, quantity: TensorQuantity, context: GivenValues): boolean {
  const { parametrization, weightDecayKind, given } = context;
  switch (quantity) {
    case "forwardMultiplier":
      return false;
    case "initStd":
      return !given.has(quantity) && parametrization.initialDeviation === "framework" && isDrawn(row);
    case "dampingFanIn":
    case "dampingFanOut":
      // Some optimizers have dampings of their own; of others that a rule scales nobody knows them.
      return !given.has(quantity) && baseValues[quantity] === 0 && factors[quantity].sources.length > 0;
    case "weightDecay":
      return !given.has(quantity) || (weightDecayKind === "independent" && !given.has("learningRate"));
    case "learningRate":
    case "epsilon":
      return !given.has(quantity);
  }
}

/** Matrices, kernels and tables are drawn; vectors and scalars start at their mean. */
export function isDrawn({ role }: Pick<ResolvedTensor["row"], "role">): boolean {
  return role === "input" || role === "hidden" || role === "output";
}
