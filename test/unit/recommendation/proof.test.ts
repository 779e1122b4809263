import { describe, expect, it } from "vitest";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import { predictExcessLoss } from "../../../analysis/recommendation/excess-loss.ts";
import { compareWithMeasured, measuredAt } from "../../../analysis/recommendation/proof.ts";
import { recommendValue } from "../../../analysis/recommendation/recommend.ts";
import type { TrialRunResult } from "../../../analysis/study/trial.ts";
import { plantSweep, resultOf, scaleOfWidth, type PlantedSweep } from "../transfer/planted-sweep.ts";

const { width, depth, headDimension, batchSizeTokens, tokenHorizon } = scaleOfWidth(256);
const target = { width, depth, headDimension, batchSizeTokens, tokenHorizon };
const seeds = [1, 2];
const scatter = { seedShift: 0.05, cellShift: 0.05, lossNoise: 0.002, seeds };
const sp: PlantedSweep = { parametrization: "sp", slope: -0.8, intercept: -4.8, ...scatter };
const mup: PlantedSweep = { parametrization: "mup", slope: -0.05, intercept: -4.8, ...scatter };

function climb(random: number) {
  const results = [...plantSweep(sp, randomStream(random, "sp")), ...plantSweep(mup, randomStream(random, "mup"))];
  const ask = (parametrization: string) => {
    const answer = recommendValue(results, { axis: "width", hyperparameter: "learningRate", parametrization, target, base: { width: 16 } });
    if (answer.outcome !== "recommended") throw new Error(answer.words);
    return answer;
  };
  const [carried, recommended] = [ask("sp"), ask("mup")];
  return {
    carried: { prediction: carried.prediction, value: carried.carried.value },
    recommended: { prediction: recommended.prediction, value: recommended.value },
  };
}

/** Trains the planted truth at width 256. */
function train(sweep: PlantedSweep, value: number, random: number): TrialRunResult[] {
  const widths = [256];
  return plantSweep({ ...sweep, widths, grid: [Math.log2(value)] }, randomStream(random, "target", sweep.parametrization ?? ""));
}

describe("the proof", { timeout: 60_000 }, () => {
  it("predicts the planted excess loss", () => {
    const { carried, recommended } = climb(1);
    const predicted = predictExcessLoss(carried, recommended);
    // SP's optimum at width 256 lies 3.2 octaves below the value carried up: 0.02 x 3.2^2.
    expect(predicted.excessLoss).toBeCloseTo(0.2, 1);
    expect(predicted.interval.low).toBeGreaterThan(0.1);
    expect(predicted.interval.high).toBeGreaterThan(0.205);
    expect(predicted.regretDifference + predicted.bestLossDifference.mean).toBe(predicted.excessLoss);
  });

  it("compares seed by seed and says what was predicted and measured", () => {
    const { carried, recommended } = climb(1);
    const results = [...train(sp, carried.value, 5), ...train(mup, recommended.value, 5)];
    const at = (parametrization: string, value: number) =>
      measuredAt(results, { parametrization, hyperparameter: "learningRate", value, target });
    const proof = compareWithMeasured(predictExcessLoss(carried, recommended), at("sp", carried.value), at("mup", recommended.value));
    expect(proof.perSeed.map((pair) => pair.seed)).toEqual([1, 2]);
    expect(proof).toMatchObject({ seedsPredicted: 2, isMeanPredicted: true, referenceWinsEverySeed: true, unpairedSeeds: [] });
    expect(proof.interval?.degreesOfFreedom).toBe(1);
    expect(proof.words).toMatch(
      /^predicted 0\.\d{3} nats per token more \(0\.\d{3} to 0\.\d{3}\); measured 0\.\d{3} over 2 seeds; the interval holds 2 of 2$/,
    );
  });

  it("admits when the prediction misses", () => {
    const { carried, recommended } = climb(1);
    const proof = compareWithMeasured(
      predictExcessLoss(carried, recommended),
      [{ seed: 1, runKey: "a", loss: 2.4 }],
      [{ seed: 1, runKey: "b", loss: 2.5 }],
    );
    expect(proof).toMatchObject({ seedsPredicted: 0, isMeanPredicted: false, referenceWinsEverySeed: false, interval: null });
    expect(proof.meanExcess).toBeCloseTo(-0.1, 12);
  });

  it("leaves out a seed that diverged under either choice, and says which", () => {
    const { carried, recommended } = climb(1);
    const proof = compareWithMeasured(
      predictExcessLoss(carried, recommended),
      [
        { seed: 1, runKey: "a", loss: 2.6 },
        { seed: 2, runKey: "b", loss: null },
      ],
      [
        { seed: 1, runKey: "c", loss: 2.4 },
        { seed: 2, runKey: "d", loss: 2.4 },
      ],
    );
    expect(proof.perSeed).toHaveLength(1);
    expect(proof.unpairedSeeds).toEqual([2]);
    expect(compareWithMeasured(predictExcessLoss(carried, recommended), [], []).words).toContain("no seed finished under both choices");
  });

  it("finds measured runs by value, scale and parametrization only", () => {
    const row = resultOf({ parametrization: "mup", width: 256, seed: 3, log2Value: -5.2, loss: 2.4 });
    const elsewhere = resultOf({ parametrization: "mup", width: 128, seed: 3, log2Value: -5.2, loss: 2.5 });
    const where = { parametrization: "mup", hyperparameter: "learningRate", target };
    expect(measuredAt([row, elsewhere], { ...where, value: 2 ** -5.2 * (1 + 1e-12) })).toEqual([
      { seed: 3, runKey: row.runKey, loss: 2.4 },
    ]);
    expect(measuredAt([row, elsewhere], { ...where, value: 2 ** -5.21 })).toEqual([]);
  });

  it("gives two values under one parametrization no difference of best losses", () => {
    const { recommended } = climb(1);
    const predicted = predictExcessLoss({ ...recommended, value: recommended.value * 4 }, recommended);
    expect(predicted.bestLossDifference).toEqual({ mean: 0, standardDeviation: 0, pairs: 0 });
    expect(predicted.excessLoss).toBeCloseTo(0.08, 1);
  });

  it("holds new runs in nine of ten simulated climbs or more", () => {
    let held = 0;
    let pairs = 0;
    for (let climbed = 0; climbed < 20; climbed += 1) {
      const { carried, recommended } = climb(100 + climbed);
      const predicted = predictExcessLoss(carried, recommended);
      const losses = (sweep: PlantedSweep, value: number) =>
        train(sweep, value, 200 + climbed).map(({ seed, runKey, loss }) => ({ seed, runKey, loss }));
      const proof = compareWithMeasured(predicted, losses(sp, carried.value), losses(mup, recommended.value));
      held += proof.seedsPredicted;
      pairs += proof.perSeed.length;
    }
    expect(pairs).toBe(40);
    expect(held).toBeGreaterThanOrEqual(36);
  });
});
