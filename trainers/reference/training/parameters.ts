import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import type { TensorRow } from "../../../analysis/study/trainer-contract.ts";
import type { Engine } from "../engine/engine.ts";
import type { Address } from "../engine/kernels.ts";

/** One trained tensor: its row of the contract's table, and where its entries and their gradient lie. */
export interface Parameter {
  readonly row: TensorRow;
  readonly length: number;
  readonly weights: Address;
  readonly gradient: Address;
}

/** Room for every tensor of the table, in the table's order, zeroed. */
export function allocateParameters(engine: Engine, rows: readonly TensorRow[]): readonly Parameter[] {
  return rows.map((row) => {
    const length = row.shape.reduce((product, size) => product * size, 1);
    return { row, length, weights: engine.allocate(length), gradient: engine.allocate(length) };
  });
}

/**
 * Draws every tensor: initMean + initStd * normal, rounded to f32. Each tensor has a stream of its own, named after it, so
 * that a tensor's values do not depend on what else the model holds.
 */
export function initializeParameters(engine: Engine, parameters: readonly Parameter[], seed: number): void {
  for (const { row, length, weights } of parameters) {
    const values = engine.floats(weights, length);
    values.fill(row.initMean);
    if (row.initStd === 0) continue;
    const stream = randomStream(seed, "initialWeights", row.name);
    for (let i = 0; i < length; i += 1) values[i] = row.initMean + row.initStd * stream.normal();
  }
}
