import { readFileSync } from "node:fs";
import { searchSpaceSchema } from "../../../analysis/search/space/search-space.ts";
import { type BenchProblem, numberOf } from "../problem.ts";

const weights = [1, 1.2, 3, 3.2];
const sharpness = [
  [10, 3, 17, 3.5, 1.7, 8],
  [0.05, 10, 17, 0.1, 8, 14],
  [3, 3.5, 1.7, 10, 17, 8],
  [17, 8, 0.05, 10, 0.1, 14],
];
const centres = [
  [1312, 1696, 5569, 124, 8283, 5886],
  [2329, 4135, 8307, 3736, 1004, 9991],
  [2348, 1451, 3522, 2883, 3047, 6650],
  [4047, 8828, 8732, 5743, 1091, 381],
].map((row) => row.map((value) => value * 1e-4));

const names = ["x1", "x2", "x3", "x4", "x5", "x6"] as const;
/** Lowest loss with x6 at most k / 100; found by `peers.py frontier`. */
const lowest: readonly number[] = readNumbers();

function readNumbers(): readonly number[] {
  const parsed: unknown = JSON.parse(readFileSync(new URL("../hartmann-frontier.json", import.meta.url), "utf8"));
  return Array.isArray(parsed) ? parsed.map(Number) : [];
}

/** b: Hartmann's function of six numbers, of which the last is paid for. */
export const hartmann: BenchProblem = {
  id: "b",
  words: "Hartmann's function of six numbers; cost 10^(3 x6)",
  space: searchSpaceSchema.parse({
    parameters: names.map((name) => ({ kind: "numeric", name, scale: "linear", from: 0, to: 1, center: 0.5 })),
  }),
  leastCost: 10,
  cap: 1e3,
  referenceLoss: 0,
  cost: (values) => 10 ** (3 * numberOf(values, "x6")),
  loss(values) {
    const point = names.map((name) => numberOf(values, name));
    return -weights.reduce((sum, weight, row) => {
      const exponent = point.reduce(
        (total, x, column) => total + (sharpness[row]?.[column] ?? 0) * (x - (centres[row]?.[column] ?? 0)) ** 2,
        0,
      );
      return sum + weight * Math.exp(-exponent);
    }, 0);
  },
  deviation: () => 0.05,
  failure: () => null,
  best(cost) {
    const place = 100 * Math.min(Math.max(Math.log10(cost) / 3, 0), 1);
    const below = Math.floor(place);
    const [left = 0, right = left] = [lowest[below], lowest[below + 1]];
    return left + (place - below) * (right - left);
  },
  settings: { "one-epoch": { fidelity: "x6", first: 0.33, full: 0.66, candidates: 80, keep: 20 }, enumerate: { points: 2 } },
};
