import type { Optimizer } from "../../../analysis/study/trainer-contract.ts";
import type { Engine } from "../engine/engine.ts";
import type { LinearProduct } from "./optimizers/linear-product.ts";
import { checkMatrixTensors } from "./optimizers/matrix-tensors.ts";
import { tensorOptimizers } from "./optimizers/registry.ts";
import type { OptimizerContext, OptimizerSlot, TensorOptimizer } from "./optimizers/tensor-optimizer.ts";
import type { Parameter } from "./parameters.ts";

/** Updates tensors, each with its own learning rate, weight decay, epsilon and damping. */
export interface OptimizerState {
  /** State of each parameter, in the order of the parameters. */
  readonly slots: readonly (readonly OptimizerSlot[])[];
  /**
   * One update of every tensor. The gradients' rooms may be written to.
   *
   * @param step number of updates done before this one, from 0
   * @param factor the schedule's factor on the learning rates
   */
  readonly update: (step: number, factor: number) => void;
}

/**
 * The optimizer of a run (optimizers/): tensors whose role its `fallback` names go to the element-wise optimizer there, all
 * others to the optimizer itself.
 *
 * @param products what the model keeps of its matrix products, for K-FAC and FOOF
 * @throws LadderError `input` OPTIMIZER_UNSUPPORTED for tensors that the optimizer cannot update, each with the fix
 */
export function createOptimizer(
  engine: Engine,
  optimizer: Optimizer,
  parameters: readonly Parameter[],
  products: readonly LinearProduct[] = [],
): OptimizerState {
  const fallback = "fallback" in optimizer ? optimizer.fallback : undefined;
  const inFallback = ({ row }: Parameter) => fallback?.roles.includes(row.role) ?? false;
  const own = parameters.filter((parameter) => !inFallback(parameter));
  const rest = parameters.filter(inFallback);
  checkMatrixTensors(optimizer, own, products);
  const context: OptimizerContext = { engine, products };
  const optimizers = new Map<Parameter, TensorOptimizer>();
  const assign = (tensors: readonly Parameter[], assigned: readonly TensorOptimizer[]) => {
    for (const [index, state] of assigned.entries()) {
      const parameter = tensors[index];
      if (parameter !== undefined) optimizers.set(parameter, state);
    }
  };
  assign(own, tensorOptimizers(context, optimizer, own));
  if (fallback !== undefined) assign(rest, tensorOptimizers(context, fallback, rest));
  const states = parameters.flatMap((parameter) => optimizers.get(parameter) ?? []);
  return {
    slots: states.map(({ slots }) => slots),
    update(step, factor) {
      for (const { update } of states) update(step, factor);
    },
  };
}
