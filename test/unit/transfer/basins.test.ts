import { describe, expect, it } from "vitest";
import { LadderError } from "../../../analysis/study/ladder-error.ts";
import { measureBasins } from "../../../analysis/transfer/basins.ts";
import { studentTFactor } from "../../../analysis/numerics/student-t.ts";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import { plantSweep, resultOf } from "./planted-sweep.ts";

const question = { axis: "width", hyperparameter: "learningRate" } as const;
const planted = { slope: -0.1, intercept: -4.8, seedShift: 0.1, cellShift: 0.08 };

describe("measureBasins", () => {
  it("recovers planted optima exactly where there is no noise", () => {
    const basins = measureBasins(plantSweep({ slope: -0.5, intercept: -4.7 }), question);
    expect(basins.map((basin) => basin.axisValue)).toEqual([16, 32, 64, 128]);
    for (const [index, basin] of basins.entries()) expect(basin.optimum?.log2).toBeCloseTo(-4.7 - 0.5 * index, 9);
  });

  it("pools the seed-to-seed scatter over the cells: cells x (seeds - 1) degrees of freedom", () => {
    const basins = measureBasins(plantSweep({ ...planted, seeds: [1, 2, 3] }, randomStream(1, "pool")), question);
    const optima = basins.map((basin) => basin.seeds.map(({ fit }) => (fit.status === "fitted" ? fit.vertexLog2 : Number.NaN)));
    const squares = optima.flatMap((group) => {
      const mean = group.reduce((sum, value) => sum + value, 0) / 3;
      return group.map((value) => (value - mean) ** 2);
    });
    const deviation = Math.sqrt(squares.reduce((sum, value) => sum + value, 0) / 8);
    for (const basin of basins) {
      const interval = basin.optimum?.interval;
      expect(interval?.degreesOfFreedom).toBe(8);
      expect(interval?.method).toBe("mean over 3 seeds; Student t, seed-to-seed scatter pooled over the cells of the axis");
      expect((interval?.high ?? 0) - (interval?.low ?? 0)).toBeCloseTo((2 * studentTFactor(0.95, 8) * deviation) / Math.sqrt(3), 10);
    }
  });

  it("names the delta method when there is one seed", () => {
    const [basin] = measureBasins(plantSweep({ ...planted, seeds: [1], lossNoise: 0.003 }, randomStream(1, "one")), question);
    expect(basin?.optimum?.interval).toMatchObject({
      degreesOfFreedom: 2,
      covers: "parameter",
      method: expect.stringContaining("delta method") as string,
    });
  });

  it("does not depend on the order of the results", () => {
    const results = plantSweep({ ...planted, lossNoise: 0.003 }, randomStream(2, "order"));
    expect(measureBasins([...results].reverse(), question)).toEqual(measureBasins(results, question));
  });

  it("counts diverged and missing runs at their grid point and leaves them out of means", () => {
    const results = plantSweep({ slope: 0, intercept: -5.2 }).map((row) => {
      if (row.scale.width !== 64 || row.seed !== 2) return row;
      if (row.hyperparameters["learningRate"] === 2 ** -3) return { ...row, state: "diverged" as const, loss: null };
      if (row.hyperparameters["learningRate"] === 2 ** -9) return { ...row, state: "failed" as const, loss: null };
      return row;
    });
    const basin = measureBasins(results, question).find((candidate) => candidate.axisValue === 64);
    expect(basin?.points.map((point) => [point.diverged, point.missing])).toEqual([
      [0, 1],
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
      [1, 0],
    ]);
    expect(basin?.points[0]?.meanLoss).toBe(basin?.points[0]?.runs[0]?.loss);
    expect(basin?.optimum?.log2).toBeCloseTo(-5.2, 9);
  });

  it("gives no optimum to a cell where any seed has none", () => {
    const results = plantSweep({ slope: 0, intercept: -5 }).map((row) =>
      row.scale.width === 32 && row.seed === 2 ? { ...row, loss: -Math.log2(row.hyperparameters["learningRate"] ?? 1) } : row,
    );
    const basin = measureBasins(results, question).find((candidate) => candidate.axisValue === 32);
    expect(basin?.optimum).toBeNull();
    expect(basin?.seeds.map(({ fit }) => fit.status)).toEqual(["fitted", "edge"]);
  });

  it("keeps cells apart that differ in anything off the axis", () => {
    const results = plantSweep({ slope: 0, intercept: -5, widths: [16] });
    const decayed = results.map((row) => ({
      ...row,
      runKey: `${row.runKey}-decay`,
      hyperparameters: { ...row.hyperparameters, weightDecay: 0.1 },
    }));
    const deeper = results.map((row) => ({ ...row, runKey: `${row.runKey}-deep`, scale: { ...row.scale, depth: 4 } }));
    const basins = measureBasins([...results, ...decayed, ...deeper], question);
    expect(basins.map((basin) => [basin.heldConstant["depth"], basin.heldConstant["weightDecay"]])).toEqual([
      [2, 0.1],
      [2, undefined],
      [4, undefined],
    ]);
  });

  it("takes any axis and any hyperparameter", () => {
    const results = plantSweep({ slope: -0.3, intercept: -5 }).map((row) => ({
      ...row,
      hyperparameters: { initStd: row.hyperparameters["learningRate"] ?? 1 },
      scale: { ...row.scale, width: 64, tokenHorizon: row.scale.width * 1000 },
    }));
    const basins = measureBasins(results, { axis: "tokenHorizon", hyperparameter: "initStd" });
    expect(basins.map((basin) => [basin.axisValue, basin.optimum?.log2.toFixed(6)])).toEqual([
      [16000, "-5.000000"],
      [32000, "-5.300000"],
      [64000, "-5.600000"],
      [128000, "-5.900000"],
    ]);
  });

  it("counts a run that is shared by two sweeps once, and refuses two runs that claim one place", () => {
    const results = plantSweep({ slope: 0, intercept: -5 });
    expect(measureBasins([...results, ...results], question)).toEqual(measureBasins(results, question));
    const rival = resultOf({ parametrization: "planted", width: 16, seed: 1, log2Value: -5, loss: 2.5, runKey: "rival" });
    expect(() => measureBasins([...results, rival], question)).toThrow(/both claim learningRate = 0.03125, seed 1/);
  });

  it("refuses values without a logarithm", () => {
    const results = plantSweep({ slope: 0, intercept: -5 }).map((row) => ({ ...row, hyperparameters: { learningRate: 0 } }));
    expect(() => measureBasins(results, question)).toThrow(LadderError);
  });
});
