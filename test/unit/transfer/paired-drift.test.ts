import { describe, expect, it } from "vitest";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import type { TrialRunResult } from "../../../analysis/study/trial.ts";
import { measureBasins } from "../../../analysis/transfer/basins.ts";
import { compareDrifts, type DriftComparisonOptions } from "../../../analysis/transfer/paired-drift.ts";
import { testTransfers } from "../../../analysis/transfer/verdict.ts";
import { plantSweep, type PlantedSweep } from "./planted-sweep.ts";

const question = { axis: "width", hyperparameter: "learningRate" } as const;

/** Sweeps of several rule sets whose seeds move all optima of a place together, in every rule set alike. */
function plantRules(slopes: Readonly<Record<string, number>>, seed: number, sweep: Partial<PlantedSweep> = {}): TrialRunResult[] {
  const seeds = sweep.seeds ?? [1, 2, 3];
  return Object.entries(slopes).flatMap(([parametrization, slope], index) =>
    seeds.flatMap((runSeed) =>
      (sweep.widths ?? [16, 32, 64, 128]).flatMap((width) => {
        const common = 0.15 * randomStream(seed, "common", runSeed, width).normal();
        const intercept = -5 + common + slope * Math.log2(width / 16);
        const own = randomStream(seed, "own", index, runSeed, width);
        return plantSweep({ cellShift: 0.03, ...sweep, parametrization, slope: 0, intercept, widths: [width], seeds: [runSeed] }, own);
      }),
    ),
  );
}

function compare(results: readonly TrialRunResult[], options: DriftComparisonOptions = {}) {
  return compareDrifts(testTransfers(measureBasins(results, question)), options);
}

describe("two rule sets compared seed by seed", () => {
  it("are told apart by what they do not share, where their own intervals overlap", () => {
    const results = plantRules({ steep: -0.2, flat: -0.08 }, 3);
    const drifts = testTransfers(measureBasins(results, question)).map(({ drift }) => drift);
    const [flat, steep] = drifts.map((drift) => drift?.interval);
    expect(flat?.low).toBeLessThan(steep?.high ?? Number.NaN);
    const [comparison] = compare(results, { names: { flat: "Flat rules", steep: "Steep rules" } });
    expect(comparison).toMatchObject({ parametrization: "steep", against: "flat", outcome: "more", level: 0.95, comparisons: 1 });
    expect(comparison?.difference?.slope).toBeCloseTo((drifts[1]?.slope ?? 0) - (drifts[0]?.slope ?? 0), 12);
    expect(comparison?.drifts?.[1]).toBeCloseTo(drifts[0]?.slope ?? Number.NaN, 12);
    expect(comparison?.words).toMatch(
      /^Flat rules drifts less over width than Steep rules: −0\.\d\d against −0\.\d\d octaves per doubling, paired difference 0\.\d\d \(95 % 0\.\d\d to 0\.\d\d; 12 pairs, 8 degrees of freedom\)$/,
    );
  });

  it("are not told apart when the paired interval holds 0", () => {
    const [comparison] = compare(plantRules({ a: -0.1, b: -0.1 }, 5));
    expect(comparison).toMatchObject({ outcome: "not-told-apart" });
    expect(comparison?.words).toContain("are not told apart over width");
  });

  it("drift differently, but neither less, when one rises as fast as the other falls", () => {
    const [comparison] = compare(plantRules({ falls: -0.2, rises: 0.2 }, 7));
    expect(comparison).toMatchObject({ outcome: "differ" });
    expect(comparison?.words).toContain("which of them less is not told");
  });

  it("drift less when rising a little against falling a lot, and the order of naming does not matter", () => {
    const results = plantRules({ a: 0.1, b: -0.6 }, 9);
    const tests = testTransfers(measureBasins(results, question));
    expect(compareDrifts(tests)[0]).toMatchObject({ parametrization: "b", outcome: "more" });
    expect(compareDrifts([...tests].reverse())[0]).toMatchObject({ parametrization: "a", outcome: "less" });
  });

  it("are compared on the places and seeds that both have", () => {
    const results = [...plantRules({ a: -0.1 }, 3), ...plantRules({ b: -0.5 }, 4, { widths: [32, 64, 128, 256], seeds: [2, 3, 4] })];
    const [comparison] = compare(results);
    expect(comparison?.difference?.optima.map(({ seed, axisValue }) => `${seed}:${axisValue}`)).toEqual(
      [32, 64, 128].flatMap((width) => [2, 3].map((seed) => `${seed}:${width}`)),
    );
  });

  it("are not compared when one of them has no drift, and a rule set alone not at all", () => {
    const [comparison] = compare([...plantRules({ a: -0.1 }, 3), ...plantRules({ b: -2 }, 4)]);
    expect(comparison).toMatchObject({ outcome: "no-comparison", difference: null, drifts: null });
    expect(comparison?.words).toContain("not both have a drift");
    expect(compare(plantRules({ a: -0.1 }, 3))).toEqual([]);
  });

  it("trust only the seeds' own slopes when runs share a trunk", () => {
    const results = plantRules({ a: -0.1, b: -0.3 }, 3).map((row) => ({ ...row, cluster: `${row.parametrization}-${row.seed}` }));
    const [comparison] = compare(results);
    expect(comparison?.difference?.interval.degreesOfFreedom).toBe(2);
  });
});

describe("several rule sets", () => {
  it("are compared in all pairs, and the intervals hold together", () => {
    const comparisons = compare(plantRules({ a: 0, b: -0.2, c: -0.4 }, 3));
    expect(comparisons.map(({ parametrization, against }) => `${parametrization}/${against}`)).toEqual(["b/a", "c/a", "c/b"]);
    for (const { level, familyLevel } of comparisons) {
      expect(familyLevel).toBe(0.95);
      expect(level).toBeCloseTo(1 - 0.05 / 3, 12);
    }
  });

  it("are compared with the first one only when there are more than four", () => {
    const comparisons = compare(plantRules({ a: 0, b: 0, c: 0, d: 0, e: 0 }, 3));
    expect(comparisons.map(({ against }) => against)).toEqual(["a", "a", "a", "a"]);
  });
});
