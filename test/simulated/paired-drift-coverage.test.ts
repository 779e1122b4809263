import { describe, expect, it } from "vitest";
import { holds } from "../../analysis/numerics/interval.ts";
import { randomStream } from "../../analysis/numerics/random-stream.ts";
import { measureBasins } from "../../analysis/transfer/basins.ts";
import { driftOf, type Optimum } from "../../analysis/transfer/drift.ts";
import type { DriftComparison } from "../../analysis/transfer/drift-comparison.ts";
import { compareDrifts } from "../../analysis/transfer/paired-drift.ts";
import type { TransferTest } from "../../analysis/transfer/transfer-test.ts";
import { testTransfers } from "../../analysis/transfer/verdict.ts";
import { plantSweep } from "../unit/transfer/planted-sweep.ts";

const question = { axis: "width", hyperparameter: "learningRate" } as const;

const [template] = testTransfers(measureBasins(plantSweep({ slope: 0, intercept: -5 }), question));

/** Two tests that hold nothing but their optima: those of `plantRules`, without the fits of basins. */
function plantOptima(slopes: readonly [number, number], seed: number, exactAtBase: boolean): readonly TransferTest[] {
  const common = randomStream(seed, "common");
  const own = randomStream(seed, "own");
  const optima: Optimum[][] = [[], []];
  for (const runSeed of [1, 2, 3])
    for (const log2Axis of [4, 5, 6, 7]) {
      const shared = -5 + 0.15 * common.normal();
      const atBase = 0.03 * own.normal();
      for (const [index, slope] of slopes.entries()) {
        const scatter = exactAtBase && log2Axis === 4 ? atBase : 0.03 * own.normal();
        const log2Optimum = shared + slope * (log2Axis - 4) + scatter;
        optima[index]?.push({ seed: runSeed, axisValue: 2 ** log2Axis, log2Axis, log2Optimum });
      }
    }
  if (template === undefined) throw new Error("no test");
  return optima.map((rows, index) => ({ ...template, parametrization: `rules-${index}`, drift: driftOf(rows, false, 0.95) }));
}

/**
 * Measured on 2,000 simulated sweeps of four widths and three seeds: the planted difference is held in 95.3 %, in 97.6 % where
 * both rule sets share their runs at the base scale (differences are exactly 0 there); one of two is called better in 4.3 %
 * when they drift alike, in 5.1 % when one rises as fast as the other falls. The standard error of a share of 2,000 is 0.5 %.
 */
describe("the paired interval of nominally 95 %", { timeout: 60_000 }, () => {
  const sweeps = 2000;
  const shareOf = (slopes: readonly [number, number], exactAtBase: boolean, counts: (comparison: DriftComparison) => boolean): number => {
    let count = 0;
    for (let sweep = 0; sweep < sweeps; sweep += 1) {
      const [comparison] = compareDrifts(plantOptima(slopes, sweep, exactAtBase));
      if (comparison !== undefined && counts(comparison)) count += 1;
    }
    return count / sweeps;
  };
  const holdsDifference = ({ difference }: DriftComparison): boolean => difference !== null && holds(difference.interval, 0.2);

  it("holds the planted difference in 94 to 96 % of sweeps, in more where the base scale is shared", () => {
    const apart = shareOf([-0.3, -0.1], false, holdsDifference);
    expect(apart).toBeGreaterThan(0.94);
    expect(apart).toBeLessThan(0.96);
    expect(shareOf([-0.3, -0.1], true, holdsDifference)).toBeGreaterThan(0.95);
  });

  it("calls one of two rule sets better in at most 5 % of sweeps in which they drift alike, or as far to either side", () => {
    const calls = ({ outcome }: DriftComparison): boolean => outcome === "less" || outcome === "more";
    for (const slopes of [
      [-0.15, -0.15],
      [-0.15, 0.15],
    ] as const)
      expect(shareOf(slopes, false, calls)).toBeLessThan(0.05 + 2 * Math.sqrt((0.05 * 0.95) / sweeps));
  });
});
