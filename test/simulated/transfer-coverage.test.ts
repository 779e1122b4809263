import { describe, expect, it } from "vitest";
import { holds } from "../../analysis/numerics/interval.ts";
import { randomStream } from "../../analysis/numerics/random-stream.ts";
import { measureBasins } from "../../analysis/transfer/basins.ts";
import { testTransfer } from "../../analysis/transfer/verdict.ts";
import { plantSweep } from "../unit/transfer/planted-sweep.ts";

/**
 * What the nominal 95 % intervals really hold, on 2,000 simulated sweeps of four widths, seven learning rates and two
 * seeds, with the scatter of the demo: seeds move all optima together by 0.1 octave, each optimum by 0.08 more. Measured:
 * slope 94.1 %, optimum of a cell 91.8 % (pooling over cells that share seeds counts more degrees of freedom than there
 * are). The standard error of a share of 2,000 is 0.5 %. With basins that are steeper on one side (skew -0.0015) the
 * slope still gets 93.7 %, a cell's optimum 74.4 %: docs/transfer-test.md says why.
 */
// A second or two alone; the limit is for machines that share their cores.
describe("coverage of nominal 95 % intervals", { timeout: 120_000 }, () => {
  it("is 93 to 97 % for the slope, 90 to 96 % for a cell's optimum", () => {
    let slopes = 0;
    let optima = 0;
    let wrongVerdicts = 0;
    for (let sweep = 0; sweep < 2000; sweep += 1) {
      const planted = { slope: -0.1, intercept: -4.8, seedShift: 0.1, cellShift: 0.08, lossNoise: 0.002 };
      const basins = measureBasins(plantSweep(planted, randomStream(11, "coverage", sweep)), {
        axis: "width",
        hyperparameter: "learningRate",
      });
      const test = testTransfer(basins);
      if (test.drift !== null && holds(test.drift.interval, -0.1)) slopes += 1;
      if (test.verdict === "does-not-transfer") wrongVerdicts += 1;
      for (const basin of basins)
        if (basin.optimum?.interval != null && holds(basin.optimum.interval, -4.8 - 0.1 * Math.log2(basin.axisValue / 16))) optima += 1;
    }
    expect(slopes / 2000).toBeGreaterThan(0.93);
    expect(slopes / 2000).toBeLessThan(0.97);
    expect(optima / 8000).toBeGreaterThan(0.9);
    expect(optima / 8000).toBeLessThan(0.96);
    expect(wrongVerdicts).toBe(0);
  });

  it("calls a drift on the margin equivalent in no more than 2.5 % of sweeps", () => {
    let wrong = 0;
    for (let sweep = 0; sweep < 600; sweep += 1) {
      const planted = { slope: -0.25, intercept: -4.8, seedShift: 0.1, cellShift: 0.05 };
      const test = testTransfer(
        measureBasins(plantSweep(planted, randomStream(12, "size", sweep)), { axis: "width", hyperparameter: "learningRate" }),
      );
      if (test.verdict === "transfers") wrong += 1;
    }
    // Three standard errors above the nominal 2.5 %.
    expect(wrong / 600).toBeLessThan(0.025 + 3 * Math.sqrt((0.025 * 0.975) / 600));
  });
});
