import type { Activation } from "../../study/trainer-contract.ts";
import { commonScale, type Constraint } from "./constraints.ts";
import { tanhMoments } from "./gaussian-tanh.ts";
import { interpolateLogarithmically, multiplierWeight } from "./interpolation.ts";

export interface ActivationFactors {
  readonly output: number;
  readonly inputGradient: number;
}

/** Deviation of relu(z), z ~ N(0, 1), is ((1 - 1/pi) / 2)^1/2: the limit of gelu and silu for large multipliers. */
const reluOutput = Math.sqrt(2 / (1 - 1 / Math.PI));

/**
 * The power of the multiplier that an activation is divided by, so that act(multiplier x) / multiplier^degree keeps its scale: relu's
 * and squared relu's own degree, and 1 for those that are near linear at 0.
 */
export function activationDegree(activation: Activation): number {
  return activation === "squaredRelu" ? 2 : 1;
}

/**
 * Factors of act(multiplier x) / multiplier^degree on a unit normal x. With I(w; a, b) the logarithmic interpolation:
 *
 * - gelu: output I(w; 2, (2 / (1 - 1/pi))^1/2), gradient I(w; 2, 2^1/2), w = 1 / (1 + 1 / (4 multiplier^2)) (unit-scaling 0.3.5,
 *   functional.gelu, an empirical model);
 * - silu: output as gelu, gradient with w = 1 / (1 + 1 / multiplier^2) (functional.silu);
 * - relu: the limit of both; squaredRelu: deviation (5/4)^1/2 and gradient's root mean square 2^1/2, exact; tanh: the exact integrals. The
 *   library has none of the three: derived from the same definition, output over its deviation, gradient over its root mean square.
 *
 * @param multiplier u-muP's alpha_ffn-act, positive
 */
export function activationFactors(activation: Activation, multiplier: number, constraint: Constraint): ActivationFactors {
  const { output, inputGradient } = idealFactors(activation, multiplier);
  const common = commonScale(constraint, [output, inputGradient]);
  return { output: common ?? output, inputGradient: common ?? inputGradient };
}

function idealFactors(activation: Activation, multiplier: number): ActivationFactors {
  switch (activation) {
    case "gelu":
    case "silu": {
      const outputWeight = multiplierWeight(multiplier, 1 / 4);
      const gradientWeight = activation === "gelu" ? outputWeight : multiplierWeight(multiplier, 1);
      return {
        output: interpolateLogarithmically(outputWeight, 2, reluOutput),
        inputGradient: interpolateLogarithmically(gradientWeight, 2, Math.SQRT2),
      };
    }
    case "relu":
      return { output: reluOutput, inputGradient: Math.SQRT2 };
    case "squaredRelu":
      return { output: Math.sqrt(4 / 5), inputGradient: 1 / Math.SQRT2 };
    case "tanh": {
      const { square, slopeSquare } = tanhMoments(multiplier);
      return { output: multiplier / Math.sqrt(square), inputGradient: 1 / Math.sqrt(slopeSquare) };
    }
  }
}

/**
 * The one factor of x act(multiplier gate) / multiplier^degree on unit normal x and gate, on the way forward and on both gradients. silu:
 * I(1 / (1 + 1 / multiplier^2); 2, 2^1/2) (unit-scaling 0.3.5, functional.silu_glu). The others are derived: gelu with the weight of its
 * own slope, whose knee is 1/4; relu, squaredRelu and tanh over the root mean square of the result.
 *
 * @param multiplier u-muP's alpha_ffn-act, positive
 */
export function gatedActivationFactor(activation: Activation, multiplier: number): number {
  switch (activation) {
    case "silu":
      return interpolateLogarithmically(multiplierWeight(multiplier, 1), 2, Math.SQRT2);
    case "gelu":
      return interpolateLogarithmically(multiplierWeight(multiplier, 1 / 4), 2, Math.SQRT2);
    case "relu":
      return Math.SQRT2;
    case "squaredRelu":
      return Math.sqrt(2 / 3);
    case "tanh":
      return multiplier / Math.sqrt(tanhMoments(multiplier).square);
  }
}
