import { describe, expect, it } from "vitest";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import { measureBasins } from "../../../analysis/transfer/basins.ts";
import { testTransfer, testTransfers } from "../../../analysis/transfer/verdict.ts";
import { plantSweep, resultOf, type PlantedSweep } from "./planted-sweep.ts";

const question = { axis: "width", hyperparameter: "learningRate" } as const;

function testOf(sweep: Omit<PlantedSweep, "intercept">, seed = 1, options: Parameters<typeof testTransfer>[1] = {}) {
  return testTransfer(measureBasins(plantSweep({ intercept: -4.8, ...sweep }, randomStream(seed, "verdict")), question), options);
}

describe("the verdict", () => {
  it("is `transfers` when the whole interval lies inside the margin", () => {
    const test = testOf({ slope: -0.1, seedShift: 0.1, cellShift: 0.03 });
    expect(test.verdict).toBe("transfers");
    expect(test.drift?.interval.degreesOfFreedom).toBe(5);
    expect(test.words).toMatch(
      /^planted transfers over width: the optimum falls 0\.\d\d octaves per doubling \(95 % .* to .*; least squares on 8 optima, 2 seeds, 5 degrees of freedom\), inside ± 0\.25$/,
    );
  });

  it("is `does-not-transfer` when the whole interval lies outside", () => {
    const test = testOf({ slope: -0.95, cellShift: 0.05 }, 1, { names: { planted: "SP" } });
    expect(test.verdict).toBe("does-not-transfer");
    expect(test.words).toMatch(
      /^SP does not transfer over width: the optimum falls [01]\.\d\d octaves per doubling \(95 % 0\.\d\d to 1\.\d\d; /,
    );
    expect(test.runsToDecide).toBeNull();
  });

  it("is `undecided` in between, and says how many runs would decide", () => {
    const test = testOf({ slope: -0.2, cellShift: 0.12 });
    expect(test.verdict).toBe("undecided");
    const plan = test.runsToDecide;
    expect(plan?.additionalSeeds).toBeGreaterThan(0);
    expect(plan?.additionalRuns).toBe((plan?.additionalSeeds ?? 0) * 4 * 7);
    expect(test.words).toContain(`${plan?.additionalRuns ?? 0} more runs (${plan?.additionalSeeds ?? 0} seed`);
    expect(test.words).toContain("if the measured drift and scatter hold");
  });

  it("says so when the drift sits on the margin and no number of seeds would help", () => {
    const results = [1, 2].flatMap((seed) => plantSweep({ slope: -0.25, intercept: -4.8 + (seed === 1 ? 0.05 : -0.05), seeds: [seed] }));
    // Opposite wiggles of the two seeds leave the slope on the margin but give it an interval.
    const basins = measureBasins(results, question).map((basin) => ({
      ...basin,
      seeds: basin.seeds.map((entry) =>
        entry.fit.status === "fitted"
          ? {
              ...entry,
              fit: {
                ...entry.fit,
                vertexLog2:
                  entry.fit.vertexLog2 + (entry.seed === 1 ? 1 : -1) * (basin.axisValue === 32 || basin.axisValue === 64 ? 0.1 : -0.1),
              },
            }
          : entry,
      ),
    }));
    const test = testTransfer(basins);
    expect(test.verdict).toBe("undecided");
    expect(test.runsToDecide).toMatchObject({ seeds: null, additionalRuns: null });
    expect(test.words).toContain("64 seeds would not decide");
  });

  it("follows the margin it is given", () => {
    const basins = measureBasins(plantSweep({ slope: -0.1, intercept: -4.8, cellShift: 0.02 }, randomStream(3, "margin")), question);
    expect(testTransfer(basins).verdict).toBe("transfers");
    expect(testTransfer(basins, { marginOctavesPerDoubling: 0.02 }).verdict).toBe("does-not-transfer");
    expect(() => testTransfer(basins, { marginOctavesPerDoubling: 0 })).toThrow(/margin must be above 0/);
  });
});

describe("no verdict", () => {
  it("is given when one optimum of one seed sits on the edge of the grid, and the words say where to widen", () => {
    const test = testOf({ slope: -1.5 });
    expect(test.verdict).toBe("no-verdict");
    expect(test.blockers).toMatchObject([
      { axisValue: 128, seed: 1, reason: "edge", side: "low" },
      { axisValue: 128, seed: 2, reason: "edge", side: "low" },
    ]);
    expect(test.words).toBe(
      "no verdict on planted over width: at width 128 the optimum lies on the low edge of the grid (2^-9): widen the grid down to 2^-11",
    );
    expect(test.drift).toBeNull();
  });

  it("is given with fewer than three scales", () => {
    const test = testOf({ slope: 0, widths: [16, 32] });
    expect(test.verdict).toBe("no-verdict");
    expect(test.words).toContain("2 scales measured, at least 3 needed");
  });

  it("is given when no degrees of freedom are left", () => {
    const results = [
      ...plantSweep({ slope: 0, intercept: -5, widths: [16], seeds: [1] }),
      ...plantSweep({ slope: 0, intercept: -5, widths: [32], seeds: [2] }),
      ...plantSweep({ slope: 0, intercept: -5, widths: [64], seeds: [3] }),
    ];
    expect(testTransfer(measureBasins(results, question))).toMatchObject({
      verdict: "no-verdict",
      words: expect.stringContaining("degrees of freedom") as string,
    });
  });

  it("is not caused by single runs at a target, which are listed as left out", () => {
    const results = [
      ...plantSweep({ slope: -0.1, intercept: -4.8 }),
      resultOf({ parametrization: "planted", width: 256, seed: 1, log2Value: -5, loss: 2.4 }),
    ];
    const test = testTransfer(measureBasins(results, question));
    expect(test).toMatchObject({ verdict: "transfers", leftOut: [256] });
    expect(test.runKeys).not.toContain("planted-256--5-1");
  });
});

describe("the drift", () => {
  it("recovers a planted slope exactly, with the seeds' common shifts taken out", () => {
    const results = [1, 2, 3].flatMap((seed) => plantSweep({ slope: -0.7, intercept: -4.5 + 0.3 * (seed - 2), seeds: [seed] }));
    const drift = testTransfer(measureBasins(results, question)).drift;
    expect(drift?.slope).toBeCloseTo(-0.7, 9);
    expect(drift?.residualStandardDeviation).toBeLessThan(1e-9);
    expect(drift?.perSeedSlopes.map(({ slope }) => slope.toFixed(6))).toEqual(["-0.700000", "-0.700000", "-0.700000"]);
    // Intercepts are told at axis value 1: four doublings below width 16.
    expect(drift?.intercepts.map(({ log2Optimum }) => log2Optimum.toFixed(6))).toEqual(["-2.000000", "-1.700000", "-1.400000"]);
  });

  it("shows the seeds' own slopes and the interval that trusts only them", () => {
    const drift = testOf({ slope: -0.1, cellShift: 0.05, seeds: [1, 2, 3] }).drift;
    expect(drift?.perSeedSlopes).toHaveLength(3);
    expect(drift?.perSeedInterval?.degreesOfFreedom).toBe(2);
    const mean = (drift?.perSeedSlopes ?? []).reduce((sum, { slope }) => sum + slope, 0) / 3;
    expect(drift?.slope).toBeCloseTo(mean, 9);
  });

  it("trusts only the seeds' own slopes when runs of different cells share a trunk", () => {
    const results = plantSweep({ slope: -0.1, intercept: -4.8, cellShift: 0.03, seeds: [1, 2, 3] }, randomStream(9, "trunk")).map(
      (row) => ({ ...row, cluster: `trunk-${row.seed}` }),
    );
    const drift = testTransfer(measureBasins(results, question)).drift;
    expect(drift?.interval).toEqual(drift?.perSeedInterval);
  });

  it("notices a bend", () => {
    const bent = [0, 1, 2, 3].flatMap((step) =>
      plantSweep(
        { slope: 0, intercept: -4.5 - 0.25 * step * step, widths: [16 * 2 ** step], cellShift: 0.01 },
        randomStream(1, "bend", step),
      ),
    );
    const test = testTransfer(measureBasins(bent, question));
    expect(test.drift?.bend?.isSignificant).toBe(true);
    expect(test.drift?.bend?.octavesPerDoublingSquared).toBeCloseTo(-0.5, 1);
    expect(test.words).toContain("not a straight line");
  });
});

describe("testTransfers", () => {
  it("gives one test a parametrization and passes over single runs", () => {
    const results = [
      ...plantSweep({ parametrization: "a", slope: 0, intercept: -5 }),
      ...plantSweep({ parametrization: "b", slope: -1, intercept: -4.5 }),
      resultOf({ parametrization: "c", width: 256, seed: 1, log2Value: -5, loss: 2.4 }),
    ];
    const basins = measureBasins(results, question);
    expect(testTransfers(basins).map((test) => [test.parametrization, test.verdict])).toEqual([
      ["a", "transfers"],
      ["b", "does-not-transfer"],
    ]);
    expect(() => testTransfer(basins)).toThrow(/one parametrization/);
    expect(() => testTransfer([])).toThrow(/no loss basin/);
  });
});
