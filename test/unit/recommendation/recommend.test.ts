import { describe, expect, it } from "vitest";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import { recommendValue, type Recommendation, type RecommendOptions } from "../../../analysis/recommendation/recommend.ts";
import { predictRegretOf } from "../../../analysis/recommendation/predicted-regret.ts";
import { LadderError } from "../../../analysis/study/ladder-error.ts";
import type { TrialRunResult } from "../../../analysis/study/trial.ts";
import { plantSweep, scaleOfWidth } from "../transfer/planted-sweep.ts";
import { publishedResults, publishedTarget } from "../transfer/published-tables.ts";

const { width, depth, headDimension, batchSizeTokens, tokenHorizon } = scaleOfWidth(256);
const target = { width, depth, headDimension, batchSizeTokens, tokenHorizon };
const question = { axis: "width", hyperparameter: "learningRate", parametrization: "planted", target, base: { width: 16 } } as const;

function recommended(results: readonly TrialRunResult[], options: Partial<RecommendOptions> = {}): Recommendation {
  const result = recommendValue(results, { ...question, ...options });
  if (result.outcome !== "recommended") throw new Error(result.words);
  return result;
}

const noisy = plantSweep(
  { slope: -0.1, intercept: -4.8, seedShift: 0.05, cellShift: 0.05, lossNoise: 0.002 },
  randomStream(1, "recommend"),
);

describe("a recommendation", () => {
  it("follows the fitted line to the target, and brackets the planted optimum there", () => {
    const result = recommended(noisy);
    expect(result.log2Value).toBeCloseTo(-5.2, 1);
    expect(result.log2Interval.low).toBeLessThan(-5.2);
    expect(result.log2Interval.high).toBeGreaterThan(-5.2);
    expect(result.log2Interval).toMatchObject({ covers: "prediction", degreesOfFreedom: 6 });
    expect(Math.log2(result.interval.low)).toBeCloseTo(result.log2Interval.low, 12);
    expect(result.checks.filter((check) => !check.passed)).toEqual([]);
    expect(result.words).toMatch(/^learningRate 0\.02\d+ \[0\.02\d+, 0\.0\d+\] for width 256: planted transfers over width/);
  });

  it("carries the base value when asked to, at a regret that is predicted in the same way", () => {
    const line = recommended(noisy);
    const carried = recommended(noisy, { carry: "carry-base" });
    expect(carried.log2Value).toBe(line.carried.log2Value);
    expect(carried.regret).toEqual(line.carried.regret);
    expect(carried.regret.expectedRegret).toBeGreaterThan(line.regret.expectedRegret);
    expect(carried.log2Interval).toEqual(line.log2Interval);
  });

  it("rests on run keys: those behind the line and those behind the regret", () => {
    const { evidence } = recommended(noisy);
    expect(evidence.optimumRunKeys).toHaveLength(56);
    expect(evidence.regretRunKeys.every((key) => key.startsWith("planted-128-"))).toBe(true);
    expect(evidence.regretRunKeys).toHaveLength(14);
  });

  it("is plain JSON and has the same bits again", () => {
    const result = recommended(noisy);
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
    expect(recommended([...noisy].reverse())).toEqual(result);
  });

  it("is still given for a parametrization that drifts, with the failed check beside it", () => {
    const drifting = plantSweep({ slope: -0.8, intercept: -4.8, cellShift: 0.03 }, randomStream(2, "drifting"));
    const result = recommended(drifting);
    expect(result.log2Value).toBeCloseTo(-8, 0);
    expect(result.checks.find((check) => check.id === "transfer")).toMatchObject({
      passed: false,
      words: expect.stringContaining("follows the fitted line") as string,
    });
  });

  it("is withheld when an optimum sits on the edge of the grid", () => {
    const result = recommendValue(plantSweep({ slope: -1.5, intercept: -4.8 }), question);
    expect(result.outcome).toBe("withheld");
    expect(result.words).toContain("widen the grid down");
    expect(result.checks.find((check) => check.id === "grid-edges")?.passed).toBe(false);
  });

  it("says when the target lies too far, differs elsewhere, or one seed stands for all", () => {
    const single = plantSweep({ slope: -0.05, intercept: -4.8, seeds: [1], lossNoise: 0.001 }, randomStream(4, "single"));
    const result = recommended(single, { target: { ...target, width: 2048, depth: 6 } });
    const failed = result.checks.filter((check) => !check.passed).map((check) => check.id);
    expect(failed).toEqual(expect.arrayContaining(["seeds", "distance", "same-setting"]));
    expect(result.checks.find((check) => check.id === "distance")?.words).toBe("the target lies 4 doublings beyond data that span 3");
    expect(result.checks.find((check) => check.id === "same-setting")?.words).toContain("depth");
  });

  it("names what was swept when asked for something that was not", () => {
    expect(() => recommendValue(noisy, { ...question, parametrization: "mup" })).toThrow(LadderError);
    expect(() => recommendValue(noisy, { ...question, parametrization: "mup" })).toThrow(/not swept along width under mup/);
  });

  it("asks which family is meant when other hyperparameters were swept too", () => {
    const both = [0, 0.1].flatMap((weightDecay) =>
      noisy.map((row) => ({
        ...row,
        runKey: `${row.runKey}-${weightDecay}`,
        cluster: `${row.runKey}-${weightDecay}`,
        hyperparameters: { ...row.hyperparameters, weightDecay },
      })),
    );
    expect(() => recommendValue(both, question)).toThrow(/differ in weightDecay/);
    expect(recommended(both, { heldConstant: { weightDecay: 0.1 } }).value).toBe(recommended(noisy).value);
  });
});

describe("predicted regret", () => {
  it("is the planted parabola's, plus its expectation over the uncertain optimum", () => {
    const exact = recommended(plantSweep({ slope: -0.1, intercept: -4.8 }));
    // Two octaves off a basin of 0.02 nats per octave squared; the monotone cubic lies within 3 % of the parabola.
    const off = predictRegretOf(exact.prediction, 2 ** (exact.log2Value + 1.8));
    expect(off.expectedRegret / (0.02 * 1.8 * 1.8)).toBeCloseTo(1, 1);
    expect(off.isLowerBound).toBe(false);
    expect(exact.regret.expectedRegret).toBeLessThan(1e-6);
    const uncertain = recommended(noisy);
    const variance = uncertain.prediction.optimum.standardError ** 2 * (6 / 4);
    expect(uncertain.regret.expectedRegret / (0.02 * variance)).toBeGreaterThan(0.5);
    expect(uncertain.regret.expectedRegret / (0.02 * variance)).toBeLessThan(1.5);
  });

  it("grows with the distance from the optimum on both sides", () => {
    const { prediction, log2Value } = recommended(noisy);
    const regrets = [-2, -1, 0, 1, 2].map((octaves) => predictRegretOf(prediction, 2 ** (log2Value + octaves)).expectedRegret);
    expect(regrets[0]).toBeGreaterThan(regrets[1] ?? 0);
    expect(regrets[1]).toBeGreaterThan(regrets[2] ?? 0);
    expect(regrets[3]).toBeGreaterThan(regrets[2] ?? 0);
    expect(regrets[4]).toBeGreaterThan(regrets[3] ?? 0);
  });

  it("beyond the measured curve is held, flagged as a lower bound and said in words", () => {
    const { prediction } = recommended(noisy);
    const far = predictRegretOf(prediction, 2 ** 3);
    expect(far.isLowerBound).toBe(true);
    expect(far.shareBeyond).toBe(1);
    expect(far.words).toBe(
      "a lower bound: 100 % of the predicted distances to the optimum lie outside the grid measured at width 128, where regret is held at its last measured value",
    );
    expect(far.expectedRegret).toBeCloseTo(prediction.regret.curve.y.at(-1) ?? 0, 12);
  });

  it("says when a value lies where runs diverged", () => {
    const diverging = noisy.map((row) =>
      (row.hyperparameters["learningRate"] ?? 0) > 0.1 ? { ...row, state: "diverged" as const, loss: null } : row,
    );
    const { prediction } = recommended(diverging);
    const there = predictRegretOf(prediction, 2 ** -2.5);
    expect(there.shareDiverged).toBeGreaterThan(0.9);
    expect(there.words).toContain("where runs diverged at width 128");
  });

  it("refuses a value without a logarithm", () => {
    expect(() => predictRegretOf(recommended(noisy).prediction, -1)).toThrow(LadderError);
  });
});

describe("the published sweep, seed 1, asked for width 256", () => {
  const results = publishedResults();
  const of = (parametrization: string): Recommendation => recommended(results, { parametrization });

  it("predicts both optima within their intervals", () => {
    for (const id of ["sp", "mup"] as const) {
      const { log2Interval, log2Value } = of(id);
      expect(publishedTarget[id].log2Optimum).toBeGreaterThan(log2Interval.low);
      expect(publishedTarget[id].log2Optimum).toBeLessThan(log2Interval.high);
      expect(log2Value).toBeCloseTo({ sp: -8.75, mup: -5.17 }[id], 2);
    }
  });

  it("predicts SP's regret at 2^-5, and the measured one lies in the interval", () => {
    const regret = predictRegretOf(of("sp").prediction, 2 ** -5);
    const measured = publishedTarget.sp.lossAtMinus5 - publishedTarget.sp.best;
    expect(regret.expectedRegret).toBeCloseTo(0.121, 3);
    expect(measured).toBeGreaterThan(regret.interval.low);
    expect(measured).toBeLessThan(regret.interval.high);
  });
});
