import type { Optimizer } from "../../../../analysis/study/trainer-contract.ts";
import type { Engine } from "../../engine/engine.ts";
import type { Address } from "../../engine/kernels.ts";
import type { LinearProduct } from "./linear-product.ts";

/** What an optimizer keeps of one tensor between updates: a named block of `length` numbers, the state that a checkpoint holds. */
export interface OptimizerSlot {
  readonly name:
    | "velocity"
    | "firstMoment"
    | "secondMoment"
    | "rowMoments"
    | "columnMoments"
    | "leftStatistics"
    | "rightStatistics"
    | "inputStatistics"
    | "outputStatistics";
  readonly address: Address;
  readonly length: number;
  readonly precision: "float32" | "float64";
}

/** The optimizer of one tensor. */
export interface TensorOptimizer {
  readonly slots: readonly OptimizerSlot[];
  /**
   * One update of the tensor from its gradient, whose room may be written to.
   *
   * @param step number of updates done before this one, from 0
   * @param factor the schedule's factor on the learning rate
   */
  readonly update: (step: number, factor: number) => void;
}

/** The settings of the optimizer of that name. */
export type OptimizerNamed<Name extends Optimizer["name"]> = Extract<Optimizer, { readonly name: Name }>;

/** What optimizers may need besides their tensors. */
export interface OptimizerContext {
  readonly engine: Engine;
  readonly products: readonly LinearProduct[];
}

/** A zeroed f32 block of state. */
export function floatSlot(engine: Engine, name: OptimizerSlot["name"], length: number): OptimizerSlot {
  return { name, address: engine.allocate(length), length, precision: "float32" };
}

/** A zeroed f64 block of state. */
export function doubleSlot(engine: Engine, name: OptimizerSlot["name"], length: number): OptimizerSlot {
  return { name, address: allocateDoubles(engine, length), length, precision: "float64" };
}

/** Zeroed room for `length` f64 numbers, 16-byte aligned. */
export function allocateDoubles(engine: Engine, length: number): Address {
  return engine.allocate(2 * length);
}

/** A view of f64 numbers; stale after the next allocation. */
export function doublesAt(engine: Engine, address: Address, length: number): Float64Array {
  const { buffer, byteOffset } = engine.floats(address, 2 * length);
  return new Float64Array(buffer, byteOffset, length);
}

/** Factor on the weights that decoupled decay is: 1 - learningRate_t * weightDecay, or 1 when the decay is in the gradient. */
export function shrinkFactor(learningRate: number, weightDecay: number, coupling: "coupled" | undefined): number {
  return coupling === "coupled" ? 1 : 1 - learningRate * weightDecay;
}
