import { searchSpaceSchema, type SearchValues } from "../../../analysis/search/space/search-space.ts";
import { type BenchProblem, numberOf } from "../problem.ts";

/** Of each optimizer: what it adds to the loss, and its best learning rate at width 512. */
const optimizers: Readonly<Record<string, { readonly offset: number; readonly rate: number }>> = {
  sgd: { offset: 0.15, rate: 0.3 },
  adam: { offset: 0.03, rate: 2e-3 },
  muon: { offset: 0, rate: 0.02 },
};
const widths = Array.from({ length: 32 }, (_, index) => 64 * (index + 1));
const depths = Array.from({ length: 31 }, (_, index) => index + 2);

function floor(width: number, depth: number): number {
  const parameters = 12 * width * width * depth;
  return 2.1 + 60 / parameters ** 0.25 + 0.03 * Math.log(width / depth / 40) ** 2;
}

function secondsOf(width: number, depth: number): number {
  return 1e-5 * width * width * depth;
}

function chosen(values: SearchValues): { readonly offset: number; readonly rate: number } {
  return optimizers[String(values["optimizer"])] ?? { offset: Number.NaN, rate: Number.NaN };
}

/**
 * e, of the development family: a choice of optimizer that moves the best learning rate, a rippled learning rate, dropout with 0 as a value
 * of its own, a warm-up that only one optimizer has, and shapes that do not fit into memory. Made for this bench.
 */
export const mixedShapes: BenchProblem = {
  id: "e",
  words: "shape, optimizer, rippled learning rate, dropout and a conditional warm-up; large shapes run out of memory",
  space: searchSpaceSchema.parse({
    parameters: [
      { kind: "numeric", name: "width", scale: "log", from: 64, to: 2048, center: 192, multipleOf: 64 },
      { kind: "numeric", name: "depth", scale: "log", from: 2, to: 32, center: 4, integer: true },
      { kind: "choice", name: "optimizer", values: ["sgd", "adam", "muon"], center: "adam" },
      { kind: "numeric", name: "lr", scale: "log", from: 1e-5, to: 3, center: 3e-3 },
      { kind: "numeric", name: "dropout", scale: "log", from: 0.01, to: 0.5, center: 0.1, special: [0] },
      { kind: "numeric", name: "warmup", scale: "linear", from: 0, to: 0.5, when: { parameter: "optimizer", values: ["adam"] } },
    ],
  }),
  leastCost: 2,
  cap: 600,
  referenceLoss: 4.2,
  cost: (values) => secondsOf(numberOf(values, "width"), numberOf(values, "depth")),
  loss(values) {
    const { offset, rate } = chosen(values);
    const width = numberOf(values, "width");
    const decades = Math.log10(numberOf(values, "lr") / ((rate * 512) / width));
    const warmup = values["warmup"] === undefined ? 0 : 0.3 * (numberOf(values, "warmup") - 0.1) ** 2;
    const ripple = 0.04 * (1 - Math.cos(2 * Math.PI * 1.5 * decades));
    return (
      floor(width, numberOf(values, "depth")) + offset + 0.25 * decades * decades + ripple + 0.4 * numberOf(values, "dropout") + warmup
    );
  },
  deviation: () => 0.01,
  failure: (values) => (numberOf(values, "width") * numberOf(values, "depth") > 24576 ? "outOfMemory" : null),
  best(cost) {
    let best = Infinity;
    for (const width of widths)
      for (const depth of depths) if (secondsOf(width, depth) <= cost && width * depth <= 24576) best = Math.min(best, floor(width, depth));
    return best;
  },
  settings: { "one-epoch": { fidelity: "width", first: 256, full: 1024, candidates: 80, keep: 20 }, enumerate: { points: 2 } },
};
