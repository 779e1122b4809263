import type { Optimizer } from "../../../analysis/study/trainer-contract.ts";
import type { Engine } from "../engine/engine.ts";
import type { Address } from "../engine/kernels.ts";
import type { Parameter } from "./parameters.ts";

/** What an optimizer keeps for one tensor: named blocks of f32, each as long as the tensor. */
export interface OptimizerSlot {
  readonly name: "velocity" | "firstMoment" | "secondMoment";
  readonly address: Address;
}

/** Updates tensors, each with its own learning rate, decoupled weight decay and epsilon. */
export interface OptimizerState {
  /** Slots of each parameter, in the order of the parameters. */
  readonly slots: readonly (readonly OptimizerSlot[])[];
  /**
   * One update of every tensor.
   *
   * @param step number of updates done before this one, from 0
   * @param factor the schedule's factor on the learning rates
   */
  readonly update: (step: number, factor: number) => void;
}

/**
 * SGD with momentum, Adam or AdamW (kernels/optimizer-steps.as.ts). Weight decay is decoupled in all three, as the contract
 * defines it: w <- w - learningRate_t * weightDecay * w; Adam and AdamW differ by nothing else here.
 */
export function createOptimizer(engine: Engine, optimizer: Optimizer, parameters: readonly Parameter[]): OptimizerState {
  const { kernels } = engine;
  if (optimizer.name === "sgd") {
    const states = parameters.map((parameter) => ({ parameter, velocity: engine.allocate(parameter.length) }));
    return {
      slots: states.map(({ velocity }) => [{ name: "velocity", address: velocity }]),
      update(_step, factor) {
        for (const { parameter, velocity } of states) {
          const { row, length, weights, gradient } = parameter;
          const learningRate = row.learningRate * factor;
          kernels.sgdStep(weights, gradient, velocity, length, learningRate, optimizer.momentum, 1 - learningRate * row.weightDecay);
        }
      },
    };
  }
  const states = parameters.map((parameter) => ({
    parameter,
    firstMoment: engine.allocate(parameter.length),
    secondMoment: engine.allocate(parameter.length),
  }));
  const { beta1, beta2 } = optimizer;
  const power1 = powersOf(beta1);
  const power2 = powersOf(beta2);
  return {
    slots: states.map(({ firstMoment, secondMoment }) => [
      { name: "firstMoment", address: firstMoment },
      { name: "secondMoment", address: secondMoment },
    ]),
    update(step, factor) {
      const correction = 1 - power1(step + 1);
      const rootCorrection = 1 / Math.sqrt(1 - power2(step + 1));
      for (const { parameter, firstMoment, secondMoment } of states) {
        const { row, length, weights, gradient } = parameter;
        const rate = row.learningRate * factor;
        const shrink = 1 - rate * row.weightDecay;
        kernels.adamStep(
          weights,
          gradient,
          firstMoment,
          secondMoment,
          length,
          rate / correction,
          beta1,
          beta2,
          row.epsilon,
          rootCorrection,
          shrink,
        );
      }
    },
  };
}

/**
 * base^n for n = 1, 2, 3, …, by one multiplication per step: the same bits whether the steps were done in one process or
 * the run was resumed.
 */
function powersOf(base: number): (exponent: number) => number {
  let power = 1;
  let reached = 0;
  return (exponent) => {
    if (exponent < reached) {
      power = 1;
      reached = 0;
    }
    for (; reached < exponent; reached += 1) power *= base;
    return power;
  };
}
