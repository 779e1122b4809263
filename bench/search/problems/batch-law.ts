import { searchSpaceSchema, type SearchValues } from "../../../analysis/search/space/search-space.ts";
import { type BenchProblem, numberOf } from "../problem.ts";

const [fewest, most] = [1e6, 3e9];
const sizes = 160;
const batches = 48;
const [smallestBatch, largestBatch] = [4, 4096];

/** A batch beyond 512 wastes tokens, one below 64 wastes the machine. */
function floor(N: number, D: number, batch: number): number {
  return 1.8 + 150 / N ** 0.3 + 220 / (D / (1 + batch / 512)) ** 0.26;
}

function secondsOf(N: number, D: number, batch: number): number {
  return ((6 * N * D) / 1e14) * (1 + 64 / batch);
}

function shift({ N, lr, batch }: { readonly N: number; readonly lr: number; readonly batch: number }): number {
  return Math.log(lr) - Math.log(3 * N ** -0.5 * Math.sqrt(batch / 64));
}

function read(values: SearchValues): { readonly N: number; readonly D: number; readonly lr: number; readonly batch: number } {
  return { N: numberOf(values, "N"), D: numberOf(values, "D"), lr: numberOf(values, "lr"), batch: numberOf(values, "batch") };
}

/**
 * d, of the development family: size, tokens, batch, learning rate and weight decay that lean on each other; noise grows with the loss;
 * learning rates twelve times too high diverge; the centre is a decade off. Made for this bench; no paper's numbers.
 */
export const batchLaw: BenchProblem = {
  id: "d",
  words: "size, tokens, batch, learning rate and weight decay that lean on each other; noise grows with loss; high rates diverge",
  space: searchSpaceSchema.parse({
    parameters: [
      { kind: "numeric", name: "N", scale: "log", from: fewest, to: most, center: 5e6, integer: true },
      { kind: "numeric", name: "D", scale: "log", from: 1e7, to: 1e12, center: 2e8, integer: true },
      { kind: "numeric", name: "batch", scale: "log", from: smallestBatch, to: largestBatch, center: 32, powersOf: 2 },
      { kind: "numeric", name: "lr", scale: "log", from: 1e-6, to: 0.1, center: 1e-4 },
      { kind: "numeric", name: "wd", scale: "log", from: 1e-3, to: 1, center: 0.03, special: [0] },
    ],
  }),
  leastCost: 60,
  cap: 3e4,
  referenceLoss: 5.4,
  cost(values) {
    const { N, D, batch } = read(values);
    return secondsOf(N, D, batch);
  },
  loss(values) {
    const { N, D, lr, batch } = read(values);
    const wd = numberOf(values, "wd");
    const off = shift({ N, lr, batch });
    const decay = wd === 0 ? 0.15 : 0.03 * (Math.log(wd / 0.1) + 0.5 * off) ** 2;
    return floor(N, D, batch) + 0.06 * off * off + decay;
  },
  deviation(values) {
    return 0.003 * this.loss(values);
  },
  failure: (values) => (shift(read(values)) > Math.log(12) ? "diverged" : null),
  best(cost) {
    let best = Infinity;
    for (let size = 0; size <= sizes; size += 1)
      for (let step = 0; step <= batches; step += 1) {
        const N = fewest * (most / fewest) ** (size / sizes);
        const batch = smallestBatch * (largestBatch / smallestBatch) ** (step / batches);
        const D = cost / secondsOf(N, 1, batch);
        if (D >= 1e7 && D <= 1e12) best = Math.min(best, floor(N, D, batch));
      }
    return best;
  },
  settings: { "one-epoch": { fidelity: "D", first: 2e8, full: 2e10, candidates: 80, keep: 20 }, enumerate: { points: 2 } },
};
