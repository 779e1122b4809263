import type { TensorRow } from "../../../../analysis/study/trainer-contract.ts";
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
    const scale = factorOfShape(shapeFactor, row, Math.max(sides.rows, sides.columns));
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

/**
 * Factor on an orthogonal update by the tensor's shape: `spectral` sqrt(fanOut / fanIn) (Bernstein and Newhouse 2024,
 * arXiv:2409.20325); `matchRms` 0.2 sqrt(largest side), which gives Adam's usual RMS (Liu et al. 2025, arXiv:2502.16982,
 * section 2.2); `jordan` sqrt(max(1, fanOut / fanIn)) (Jordan et al. 2024).
 */
export function factorOfShape(
  kind: OptimizerNamed<"muon">["shapeFactor"],
  { fanIn, fanOut }: Pick<TensorRow, "fanIn" | "fanOut">,
  largestSide: number,
): number {
  if (kind === "spectral") return Math.sqrt(fanOut / fanIn);
  if (kind === "matchRms") return 0.2 * Math.sqrt(largestSide);
  if (kind === "jordan") return Math.sqrt(Math.max(1, fanOut / fanIn));
  return 1;
}
