import { describe, expect, it } from "vitest";
import {
  friedmanTest,
  holmAdjusted,
  leastSignedRankProbability,
  midRanks,
  signedRankProbability,
} from "../../../analysis/numerics/rank-tests.ts";

/** Hollander and Wolfe (1973), page 140: times of 22 players round first base by three methods; R's help of friedman.test. */
const roundingTimes = [
  [5.4, 5.5, 5.55],
  [5.85, 5.7, 5.75],
  [5.2, 5.6, 5.5],
  [5.55, 5.5, 5.4],
  [5.9, 5.85, 5.7],
  [5.45, 5.55, 5.6],
  [5.4, 5.4, 5.35],
  [5.45, 5.5, 5.35],
  [5.25, 5.15, 5.0],
  [5.85, 5.8, 5.7],
  [5.25, 5.2, 5.1],
  [5.65, 5.55, 5.45],
  [5.6, 5.35, 5.45],
  [5.05, 5.0, 4.95],
  [5.5, 5.5, 5.4],
  [5.45, 5.55, 5.5],
  [5.55, 5.55, 5.35],
  [5.45, 5.5, 5.55],
  [5.5, 5.45, 5.25],
  [5.65, 5.6, 5.4],
  [5.7, 5.65, 5.55],
  [6.3, 6.3, 6.25],
];

describe("tests on ranks", () => {
  it("share the ranks of equal values", () => {
    expect(midRanks([3, 1, 3, 2])).toEqual([3.5, 1, 3.5, 2]);
  });

  it("give Friedman's statistic and probability of a textbook, with ties", () => {
    const { statistic, probability } = friedmanTest(roundingTimes);
    expect(statistic).toBeCloseTo(11.143, 3);
    expect(probability).toBeCloseTo(0.003805, 6);
    expect(friedmanTest([[1, 1]])).toEqual({ meanRanks: [1.5, 1.5], statistic: 0, probability: 1 });
  });

  it("give Wilcoxon's exact probability of a textbook", () => {
    // Hollander and Wolfe (1973), page 29: Hamilton's depression scale of nine patients; R's help of wilcox.test.
    const before = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3];
    const after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
    const differences = before.map((value, index) => value - (after[index] ?? 0));
    expect(signedRankProbability(differences)).toBeCloseTo(0.0390625, 10);
    expect(signedRankProbability(differences.map((difference) => -difference))).toBeCloseTo(0.0390625, 10);
  });

  it("counts all signs of tied ranks, and drops zeros after ranking", () => {
    // |1|, |1|, |2| have ranks 1.5, 1.5, 3: of eight signs two have a sum of 0 or 6.
    expect(signedRankProbability([1, 1, 2])).toBe(0.25);
    // Ranks 1 (a zero), 2.5, 2.5, 4: the sum of 4 or more lopsided ones of eight.
    expect(signedRankProbability([0, 1, -1, 3])).toBe(0.75);
    expect(signedRankProbability([0, 0])).toBe(1);
  });

  it("knows the least probability of so many differences", () => {
    for (const count of [1, 3, 8]) {
      const all = Array.from({ length: count }, (_, index) => index + 1);
      expect(signedRankProbability(all)).toBeCloseTo(leastSignedRankProbability(count), 12);
    }
  });

  it("adjusts as Holm does, in the order given", () => {
    expect(holmAdjusted([0.03, 0.01, 0.04, 0.02])).toEqual([0.06, 0.04, 0.06, 0.06]);
    expect(holmAdjusted([0.9, 0.8])).toEqual([1, 1]);
  });
});
