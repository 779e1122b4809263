import { pow } from "../numerics/elementary.ts";
import { LadderError } from "../study/ladder-error.ts";
import type { TensorRole } from "../study/trainer-contract.ts";
import type { ModelGrowth, OperationRule, OptimizerFamily, Parametrization, TensorGrowth, TensorQuantity, TensorRule } from "./contract.ts";

/**
 * `base` to the `exponent`; exact up to one rounding a step for whole and half exponents, which is what rule sets are
 * made of, so that 4^(-1/2) is 1/2 and not its neighbour.
 *
 * @param base positive
 */
export function powerOf(base: number, exponent: number): number {
  const halves = Math.abs(exponent) * 2;
  if (!Number.isInteger(halves) || halves > 8) return pow(base, exponent);
  let power = halves % 2 === 1 ? Math.sqrt(base) : 1;
  for (let step = 0; step < Math.floor(halves / 2); step += 1) power *= base;
  return exponent < 0 ? 1 / power : power;
}

/** Product over growths of growth ^ exponent; exactly 1 where every growth is 1. */
export function evaluateExponents<Growth extends string>(
  exponents: Readonly<Partial<Record<Growth, number>>>,
  growths: Readonly<Record<Growth, number>>,
  order: readonly Growth[],
): number {
  return order.reduce((product, growth) => product * powerOf(growths[growth], exponents[growth] ?? 0), 1);
}

/**
 * The rule for one cell of the table role x family x quantity; undefined where the rule set leaves the quantity alone.
 *
 * @throws LadderError `defect` RULE_AMBIGUOUS when two rules of the set claim the same cell
 */
export function findTensorRule(
  parametrization: Parametrization,
  role: TensorRole,
  family: OptimizerFamily,
  quantity: TensorQuantity,
): TensorRule | undefined {
  const matching = parametrization.tensorRules.filter(
    (rule) => rule.quantity === quantity && rule.roles.includes(role) && (rule.families === undefined || rule.families.includes(family)),
  );
  if (matching.length > 1)
    throw new LadderError(
      "defect",
      "RULE_AMBIGUOUS",
      `${parametrization.id} has ${matching.length} rules for ${quantity} of ${role} tensors under ${family}`,
    );
  return matching[0];
}

/** The factor on the base value of one quantity of one tensor. */
export function tensorFactor(
  parametrization: Parametrization,
  role: TensorRole,
  family: OptimizerFamily,
  quantity: TensorQuantity,
  growths: Readonly<Record<TensorGrowth, number>>,
): number {
  const rule = findTensorRule(parametrization, role, family, quantity);
  return rule === undefined ? 1 : evaluateExponents(rule.exponents, growths, ["fanIn", "fanOut"]);
}

/** The factor on the base value of one operation. */
export function operationFactor(
  parametrization: Parametrization,
  quantity: OperationRule["quantity"],
  growths: Readonly<Record<ModelGrowth, number>>,
): number {
  return parametrization.operationRules
    .filter((rule) => rule.quantity === quantity)
    .reduce((product, rule) => product * evaluateExponents(rule.exponents, growths, ["headDimension", "depth"]), 1);
}
