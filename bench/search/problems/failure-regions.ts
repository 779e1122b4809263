import { searchSpaceSchema } from "../../../analysis/search/space/search-space.ts";
import { type BenchProblem, numberOf } from "../problem.ts";

/** c: a width to scale up between regions that run out of memory or diverge, and one parameter without effect. */
export const failureRegions: BenchProblem = {
  id: "c",
  words: "width, batch and learning rate between regions that fail; cost 2e-3 w²; one parameter without effect",
  space: searchSpaceSchema.parse({
    parameters: [
      { kind: "numeric", name: "w", scale: "log", from: 32, to: 4096, center: 128, multipleOf: 8 },
      { kind: "numeric", name: "b", scale: "log", from: 4, to: 1024, center: 64, integer: true },
      { kind: "numeric", name: "lr", scale: "log", from: 1e-5, to: 0.1, center: 1e-3 },
      { kind: "numeric", name: "wd", scale: "log", from: 1e-3, to: 1, center: 0.1 },
    ],
  }),
  leastCost: 32,
  cap: 1e4,
  referenceLoss: 3.6,
  cost: (values) => 2e-3 * numberOf(values, "w") ** 2,
  loss(values) {
    const [w, b, lr] = [numberOf(values, "w"), numberOf(values, "b"), numberOf(values, "lr")];
    return 2 + 12 * w ** -0.45 + 0.08 * (Math.log(lr) - Math.log(0.3 / w)) ** 2 + 0.04 * (Math.log(b) - Math.log(64)) ** 2;
  },
  deviation: () => 0.01,
  failure(values) {
    const w = numberOf(values, "w");
    if (w * numberOf(values, "b") > 65536) return "outOfMemory";
    return numberOf(values, "lr") * w > 1.2 ? "diverged" : null;
  },
  best(cost) {
    let best = Infinity;
    for (let w = 32; w <= Math.sqrt(cost / 2e-3) + 1e-9; w += 1) {
      const b = Math.min(64, 65536 / w);
      best = Math.min(best, 2 + 12 * w ** -0.45 + 0.04 * (Math.log(b) - Math.log(64)) ** 2);
    }
    return best;
  },
  settings: { "one-epoch": { fidelity: "w", first: 128, full: 1024, candidates: 80, keep: 20 }, enumerate: { points: 3 } },
};
