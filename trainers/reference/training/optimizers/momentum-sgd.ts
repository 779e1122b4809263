import type { Parameter } from "../parameters.ts";
import { floatSlot, type OptimizerContext, type OptimizerNamed, shrinkFactor, type TensorOptimizer } from "./tensor-optimizer.ts";

/** SGD with momentum, as PyTorch's without dampening: u <- momentum * u + g; w <- w - learningRate * u. */
export function momentumSgd(
  { engine }: OptimizerContext,
  { momentum, weightDecayCoupling }: OptimizerNamed<"sgd">,
  parameters: readonly Parameter[],
): readonly TensorOptimizer[] {
  const { kernels } = engine;
  return parameters.map(({ row, length, weights, gradient }) => {
    const velocity = floatSlot(engine, "velocity", length);
    return {
      slots: [velocity],
      update(_step, factor) {
        const rate = row.learningRate * factor;
        if (weightDecayCoupling === "coupled") kernels.addCoupledDecay(gradient, weights, length, row.weightDecay);
        const shrink = shrinkFactor(rate, row.weightDecay, weightDecayCoupling);
        kernels.sgdStep(weights, gradient, velocity.address, length, rate, momentum, shrink);
      },
    };
  });
}
