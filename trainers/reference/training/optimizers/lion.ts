import type { Parameter } from "../parameters.ts";
import { floatSlot, type OptimizerContext, shrinkFactor, type TensorOptimizer } from "./tensor-optimizer.ts";

/** Lion (Chen et al. 2023, arXiv:2302.06675, algorithm 2), decay decoupled. `epsilon` of a row plays no part. */
export function lion(
  { engine }: OptimizerContext,
  { beta1, beta2 }: { readonly beta1: number; readonly beta2: number },
  parameters: readonly Parameter[],
): readonly TensorOptimizer[] {
  const { kernels } = engine;
  return parameters.map(({ row, length, weights, gradient }) => {
    const average = floatSlot(engine, "firstMoment", length);
    return {
      slots: [average],
      update(_step, factor) {
        const rate = row.learningRate * factor;
        kernels.lionStep(weights, gradient, average.address, length, rate, beta1, beta2, shrinkFactor(rate, row.weightDecay, undefined));
      },
    };
  });
}
