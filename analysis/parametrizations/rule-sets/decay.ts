import type { TensorRule } from "../contract.ts";
import type { Exponent, Exponents } from "../exponents.ts";

/**
 * Rules for decoupled weight decay that keep learningRate x weightDecay, the decay of a step, constant: each learning-rate rule
 * with the sign of its exponents turned.
 *
 * @param source who decays so
 */
export function invertDecay(learningRateRules: readonly TensorRule[], source: string): readonly TensorRule[] {
  return learningRateRules
    .filter(({ quantity }) => quantity === "learningRate")
    .map((rule) => ({
      ...rule,
      quantity: "weightDecay",
      exponents: invertExponents(rule.exponents),
      source,
      evidence: rule.families?.some((family) => family === "sgd" || family === "adamLike") === true ? ["code", "golden"] : ["derived"],
    }));
}

function invertExponents(exponents: Exponents): Exponents {
  return Object.fromEntries(Object.entries(exponents).map(([scale, exponent]) => [scale, negate(exponent)]));
}

function negate(exponent: Exponent): Exponent {
  // 0 - 0 is 0; -0 would not survive JSON.
  if (typeof exponent === "number") return 0 - exponent;
  const { constant, exponentLeft = 0, exponentRight = 0 } = exponent;
  return { constant: 0 - constant, exponentLeft: 0 - exponentLeft, exponentRight: 0 - exponentRight };
}
