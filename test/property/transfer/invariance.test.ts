import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import type { TrialRunResult } from "../../../analysis/study/trial.ts";
import { measureBasins } from "../../../analysis/transfer/basins.ts";
import { testTransfer } from "../../../analysis/transfer/verdict.ts";
import { plantSweep } from "../../unit/transfer/planted-sweep.ts";

const question = { axis: "width", hyperparameter: "learningRate" } as const;

/** Sweeps with noise, some bracketed by their grid and some not, with one to three seeds. */
const sweeps = fc
  .record({
    slope: fc.double({ min: -0.9, max: 0.3, noNaN: true }),
    intercept: fc.double({ min: -6, max: -4, noNaN: true }),
    seeds: fc.constantFrom([1], [1, 2], [1, 2, 3]),
    noise: fc.double({ min: 0, max: 0.01, noNaN: true }),
    stream: fc.nat(1000),
  })
  .map(({ noise, stream, ...sweep }) =>
    plantSweep({ ...sweep, seedShift: 0.1, cellShift: 0.05, lossNoise: noise }, randomStream(stream, "property")),
  );

const testOf = (results: readonly TrialRunResult[]) => testTransfer(measureBasins(results, question));
const runs = { numRuns: 60, seed: 20261124 };

describe("a transfer test does not depend on", () => {
  it("the unit of the hyperparameter", () => {
    fc.assert(
      fc.property(sweeps, fc.double({ min: 0.01, max: 1000, noNaN: true }), (results, unit) => {
        const rescaled = results.map((row) => ({
          ...row,
          hyperparameters: { learningRate: (row.hyperparameters["learningRate"] ?? 1) * unit },
        }));
        const [before, after] = [testOf(results), testOf(rescaled)];
        expect(after.verdict).toBe(before.verdict);
        expect(after.drift?.slope ?? 0).toBeCloseTo(before.drift?.slope ?? 0, 8);
        for (const [index, row] of before.optima.entries())
          expect((after.optima[index]?.optimum?.log2 ?? 0) - (row.optimum === null ? 0 : Math.log2(unit))).toBeCloseTo(
            row.optimum?.log2 ?? 0,
            8,
          );
      }),
      runs,
    );
  });

  it("the unit of the axis", () => {
    fc.assert(
      fc.property(sweeps, fc.integer({ min: 2, max: 999 }), (results, unit) => {
        const rescaled = results.map((row) => ({ ...row, scale: { ...row.scale, width: row.scale.width * unit } }));
        const [before, after] = [testOf(results), testOf(rescaled)];
        expect(after.verdict).toBe(before.verdict);
        expect(after.drift?.slope ?? 0).toBeCloseTo(before.drift?.slope ?? 0, 8);
      }),
      runs,
    );
  });

  it("where the loss has its zero, or its unit (nats or bits)", () => {
    fc.assert(
      fc.property(sweeps, fc.double({ min: -2, max: 5, noNaN: true }), fc.constantFrom(1, 1 / Math.LN2), (results, shift, unit) => {
        const moved = results.map((row) => ({ ...row, loss: row.loss === null ? null : row.loss * unit + shift }));
        const [before, after] = [testOf(results), testOf(moved)];
        expect(after.verdict).toBe(before.verdict);
        expect(after.drift?.slope ?? 0).toBeCloseTo(before.drift?.slope ?? 0, 6);
      }),
      runs,
    );
  });

  it("the order of the results, to the bit", () => {
    fc.assert(
      fc.property(sweeps, fc.nat(), (results, seed) => {
        const random = randomStream(seed, "shuffle");
        const shuffled = results.map((row) => ({ row, key: random.uniform() })).sort((left, right) => left.key - right.key);
        expect(testOf(shuffled.map(({ row }) => row))).toEqual(testOf(results));
      }),
      runs,
    );
  });
});

describe("a verdict", () => {
  it("is what its own interval and margin say", () => {
    fc.assert(
      fc.property(sweeps, fc.double({ min: 0.05, max: 1, noNaN: true }), (results, margin) => {
        const test = testTransfer(measureBasins(results, question), { marginOctavesPerDoubling: margin });
        if (test.verdict === "no-verdict") {
          expect(test.blockers.length > 0 || test.drift === null).toBe(true);
          return;
        }
        const { low, high } = test.drift?.interval ?? { low: Number.NaN, high: Number.NaN };
        const inside = low >= -margin && high <= margin;
        const outside = low > margin || high < -margin;
        expect(test.verdict).toBe(inside ? "transfers" : outside ? "does-not-transfer" : "undecided");
        expect(test.runsToDecide !== null).toBe(test.verdict === "undecided");
      }),
      runs,
    );
  });

  it("is plain JSON", () => {
    fc.assert(
      fc.property(sweeps, (results) => {
        const test = testOf(results);
        expect(JSON.parse(JSON.stringify(test))).toEqual(test);
      }),
      runs,
    );
  });
});
