import { muonShapeFactor } from "../../../../analysis/study/muon-shape-factor.ts";
import type { Parameter } from "../parameters.ts";
import { sidesOf } from "./matrix-tensors.ts";
import { exactOrthogonalization, newtonSchulzOrthogonalization } from "./orthogonalization.ts";
import { floatSlot, type OptimizerContext, type OptimizerNamed, shrinkFactor, type TensorOptimizer } from "./tensor-optimizer.ts";

/**
 * Muon (Jordan et al. 2024): m <- momentum * m + (1 - momentum) * g; O = orthogonal factor of m, or of its Nesterov form
 * momentum * m + (1 - momentum) * g; w <- w - learningRate_t * shapeFactor * O after decoupled decay. `epsilon` is added to the
 * Frobenius norm that Newton-Schulz divides by.
 */
export function muon(
  { engine }: OptimizerContext,
  { momentum, nesterov, orthogonalization, shapeFactor }: OptimizerNamed<"muon">,
  parameters: readonly Parameter[],
): readonly TensorOptimizer[] {
  if (parameters.length === 0) return [];
  const { kernels } = engine;
  const matrices = parameters.map(sidesOf);
  const orthogonalize = (orthogonalization === "exact" ? exactOrthogonalization : newtonSchulzOrthogonalization)(engine, matrices);
  return parameters.map((parameter) => {
    const { row, length, weights, gradient } = parameter;
    const sides = sidesOf(parameter);
    const average = floatSlot(engine, "firstMoment", length);
    const scale = muonShapeFactor(shapeFactor, row, Math.max(sides.rows, sides.columns));
    return {
      slots: [average],
      update(_step, factor) {
        const rate = row.learningRate * factor;
        kernels.averageGradient(average.address, gradient, length, momentum, nesterov ? 1 : 0);
        orthogonalize(gradient, sides, row.epsilon);
        kernels.applyDirection(weights, gradient, length, rate * scale, shrinkFactor(rate, row.weightDecay, undefined));
      },
    };
  });
}
