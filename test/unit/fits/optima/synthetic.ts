import type { FitRows } from "../../../../analysis/fits/contract.ts";
import { randomStream } from "../../../../analysis/numerics/random-stream.ts";

export interface Sweep {
  readonly size: number;
  readonly tokens: number;
}

/** LR* = 20 N^-0.5 D^0.1 (times a bend), B* = 3 D^0.5; the optimum's loss is 2.5; a tilted bowl in ln. */
export function bestLearningRate({ size, tokens }: Sweep, bend = 0): number {
  return 20 * size ** -0.5 * tokens ** 0.1 * Math.exp(bend * Math.log(size / 1e8) ** 2);
}

export function bestBatch({ tokens }: Sweep): number {
  return 3 * tokens ** 0.5;
}

/** ln loss above its minimum at ln distances from the optimum. */
export function rise(learningRate: number, batch: number): number {
  return 0.01 * learningRate * learningRate - 0.006 * learningRate * batch + 0.005 * batch * batch;
}

export interface Design {
  readonly noise?: number;
  readonly seed?: number;
  readonly bend?: number;
  /** ln offset of the grid's centre from the optimum of learning rate. */
  readonly offset?: number;
  readonly batches?: readonly number[];
}

const grid: readonly number[] = [-1.5, -1, -0.5, 0, 0.5, 1, 1.5];

/** Rows of a learning-rate x batch grid around the optimum of every sweep. */
export function sweepRows(sweeps: readonly Sweep[], { noise = 0, seed = 1, bend = 0, offset = 0, batches = grid }: Design = {}): FitRows {
  const stream = randomStream(seed, "optima-test");
  const rows = sweeps.flatMap((sweep) =>
    grid.flatMap((learningRate) =>
      batches.map((batch) => ({
        ...sweep,
        // Off the lattice of the optimum, so that no run sits exactly on it.
        learningRate: bestLearningRate(sweep, bend) * Math.exp(learningRate + offset + 0.1),
        batch: bestBatch(sweep) * Math.exp(batch - 0.1),
        loss: 2.5 * Math.exp(rise(learningRate + offset + 0.1, batch - 0.1) + noise * stream.normal()),
      })),
    ),
  );
  const column = (of: (row: (typeof rows)[number]) => number): Float64Array => Float64Array.from(rows, of);
  return {
    columns: {
      N: column((row) => row.size),
      D: column((row) => row.tokens),
      learningRate: column((row) => row.learningRate),
      B: column((row) => row.batch),
    },
    output: column((row) => row.loss),
  };
}

/** Sizes and token counts that vary each by themselves. */
export const sweeps: readonly Sweep[] = [5e7, 1e8, 2e8, 4e8].flatMap((size) => [2e9, 8e9, 3.2e10].map((tokens) => ({ size, tokens })));
