import type { Parameter } from "../parameters.ts";
import { powersOf } from "./powers.ts";
import { floatSlot, type OptimizerContext, shrinkFactor, type TensorOptimizer } from "./tensor-optimizer.ts";

/** Settings that Adam, AdamW and a fallback of either share. */
export interface AdamSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly weightDecayCoupling?: "coupled" | undefined;
}

/**
 * Adam (Kingma and Ba 2015, algorithm 1) with epsilon outside the root. Decay is decoupled under both names (Loshchilov and
 * Hutter 2019), as the contract defines it, unless `adam` says that it is coupled; Adam and AdamW differ by nothing else here.
 */
export function adam(
  { engine }: OptimizerContext,
  { beta1, beta2, weightDecayCoupling }: AdamSettings,
  parameters: readonly Parameter[],
): readonly TensorOptimizer[] {
  const { kernels } = engine;
  const power1 = powersOf(beta1);
  const power2 = powersOf(beta2);
  return parameters.map(({ row, length, weights, gradient }) => {
    const firstMoment = floatSlot(engine, "firstMoment", length);
    const secondMoment = floatSlot(engine, "secondMoment", length);
    return {
      slots: [firstMoment, secondMoment],
      update(step, factor) {
        const correction = 1 - power1(step + 1);
        const rootCorrection = 1 / Math.sqrt(1 - power2(step + 1));
        const rate = row.learningRate * factor;
        if (weightDecayCoupling === "coupled") kernels.addCoupledDecay(gradient, weights, length, row.weightDecay);
        kernels.adamStep(
          weights,
          gradient,
          firstMoment.address,
          secondMoment.address,
          length,
          rate / correction,
          beta1,
          beta2,
          row.epsilon,
          rootCorrection,
          shrinkFactor(rate, row.weightDecay, weightDecayCoupling),
        );
      },
    };
  });
}
