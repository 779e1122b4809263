import { describe, expect, it } from "vitest";
import { optimumCells } from "../../../../analysis/fits/optima/cells.ts";
import { checkedOptimum, testCurvature } from "../../../../analysis/fits/optima/curvature.ts";
import { leaveLargestOut, scoreGuess, splitLargest } from "../../../../analysis/fits/optima/held-out-scales.ts";
import { fitOptimumLaw, type OptimumPoint, optimumOf } from "../../../../analysis/fits/optima/optimum-law.ts";
import { fitOptima, pooledRule, vertexRule } from "../../../../analysis/fits/optima/rules.ts";
import { randomStream } from "../../../../analysis/numerics/random-stream.ts";
import { bestBatch, bestLearningRate, sweepRows, sweeps } from "./synthetic.ts";

/** Points of LR*(N, D) with a bend and noise in ln. */
function points(bend: number, noise = 0, seed = 1): OptimumPoint[] {
  const stream = randomStream(seed, "optimum-points");
  return sweeps.map((sweep) => ({
    scale: { N: sweep.size, D: sweep.tokens },
    logOptimum: Math.log(bestLearningRate(sweep, bend)) + noise * stream.normal(),
  }));
}

describe("laws of optima", () => {
  it("recover learning rate of size and tokens, batch of tokens", () => {
    const { laws, refused } = fitOptima(optimumCells(sweepRows(sweeps)), { kind: "vertex", band: 0.05 });
    const { learningRate, B } = laws;
    expect(refused).toEqual([]);
    expect(learningRate?.logCoefficient).toBeCloseTo(Math.log(20), 6);
    expect(learningRate?.terms.map(({ exponent }) => exponent)).toEqual([expect.closeTo(-0.5, 8), expect.closeTo(0.1, 8)]);
    expect(B?.logCoefficient).toBeCloseTo(Math.log(3), 6);
    expect(B?.terms.map(({ variable, exponent }) => [variable, Number(exponent.toFixed(6))])).toEqual([["D", 0.5]]);
  });

  it("have wider scatter under the pooled rule than under the vertex rule", () => {
    const cells = optimumCells(sweepRows(sweeps, { noise: 0.001 }));
    const scatter = (rule: typeof vertexRule): number => fitOptima(cells, rule).laws["learningRate"]?.rootMeanSquare ?? 0;
    expect(scatter(vertexRule)).toBeLessThan(0.6 * scatter(pooledRule));
  });

  it("leave out cells without an optimum, each with its reason", () => {
    const [rows, moved] = [sweepRows(sweeps.slice(0, 11)), sweepRows(sweeps.slice(11), { offset: 2 })];
    const join = (left: Float64Array, right: Float64Array | undefined): Float64Array => Float64Array.from([...left, ...(right ?? [])]);
    const all = {
      columns: Object.fromEntries(Object.entries(rows.columns).map(([name, values]) => [name, join(values, moved.columns[name])])),
      output: join(rows.output, moved.output),
    };
    const { laws, refused } = fitOptima(optimumCells(all));
    expect(refused.map(({ status, scale }) => [status, scale])).toEqual([["edge", { N: 4e8, D: 3.2e10 }]]);
    expect(laws["learningRate"]?.points).toBe(11);
  });

  it("hold true exponents in their intervals", () => {
    const held = Array.from({ length: 100 }, (_, seed) => {
      const [size] = fitOptimumLaw("learningRate", ["N", "D"], points(0, 0.1, seed)).terms;
      return size?.interval != null && size.interval.low <= -0.5 && -0.5 <= size.interval.high;
    }).filter(Boolean).length;
    expect(held).toBeGreaterThanOrEqual(88);
  });

  it("predict with an interval and say how far they reach", () => {
    const law = fitOptimumLaw("learningRate", ["N", "D"], points(0, 0.05));
    const [near, far] = [optimumOf(law, { N: 1e8, D: 8e9 }), optimumOf(law, { N: 4e9, D: 8e9 })];
    expect(near.extrapolation).toBe(1);
    expect(far.extrapolation).toBeCloseTo(10, 9);
    const width = ({ interval }: typeof near): number => Math.log((interval?.high ?? 0) / (interval?.low ?? 1));
    expect(width(far)).toBeGreaterThan(2 * width(near));
    expect(() => optimumOf(law, { N: 1e8 })).toThrow("the law needs D above 0, got none");
  });

  it("say why exponents cannot be told apart", () => {
    const sized = points(0).filter(({ scale }) => scale["D"] === 8e9);
    expect(() => fitOptimumLaw("learningRate", ["N", "D"], sized)).toThrow(
      expect.objectContaining({
        code: "OPTIMUM_LAW_CONFOUNDED",
        message: "learningRate*(N, D) cannot be told apart by variable: D has one value over the 4 optima",
      }),
    );
    const tied = sized.map(({ scale, logOptimum }) => ({ scale: { N: scale["N"] ?? 0, D: 20 * (scale["N"] ?? 0) }, logOptimum }));
    expect(() => fitOptimumLaw("learningRate", ["N", "D"], tied)).toThrow(/N and D move together over the 4 optima/);
    expect(() => fitOptimumLaw("learningRate", ["N", "D"], tied.slice(2))).toThrow(
      "learningRate*(N, D) has 3 unknowns and 2 optima: sweep more scales",
    );
  });

  it("have no errors without degrees of freedom", () => {
    const law = fitOptimumLaw("B", ["D"], points(0).slice(0, 2));
    expect(law.residualStandardDeviation).toBeNull();
    expect(law.terms[0]).toMatchObject({ standardError: null, interval: null });
    expect(optimumOf(law, { D: 1e10 }).interval).toBeNull();
  });
});

describe("the curvature test", () => {
  it("does not reject a straight law more often than it says", () => {
    const rejected = Array.from({ length: 100 }, (_, seed) => {
      const own = points(0, 0.1, seed);
      return testCurvature(fitOptimumLaw("learningRate", ["N", "D"], own), own).verdict === "curved";
    }).filter(Boolean).length;
    expect(rejected).toBeLessThanOrEqual(12);
  });

  it("rejects a bend, by variable", () => {
    const own = points(0.15, 0.05);
    const test = testCurvature(fitOptimumLaw("learningRate", ["N", "D"], own), own);
    expect(test.verdict).toBe("curved");
    expect(test.words).toMatch(/^learningRate\* is not a power law of N \(p = [\d.e-]+\): log-linearity is rejected$/);
    expect(test.terms.map(({ variable }) => variable)).toEqual(["N", "D"]);
    expect(test.terms[0]?.interval.low).toBeLessThan(0.15);
    expect(test.terms[0]?.interval.high).toBeGreaterThan(0.15);
  });

  it("warns beyond four times the fitted scales when the law bends, with the bent law's value", () => {
    const own = points(0.15, 0.02);
    const law = fitOptimumLaw("learningRate", ["N", "D"], own);
    expect(checkedOptimum(law, own, { N: 1.6e9, D: 8e9 }).warnings).toEqual([]);
    const far = checkedOptimum(law, own, { N: 4e9, D: 8e9 });
    expect(far.warnings).toEqual([expect.stringMatching(/^10 times beyond the fitted scales: learningRate\* is not a power law of N/)]);
    const truth = bestLearningRate({ size: 4e9, tokens: 8e9 }, 0.15);
    expect(Math.abs(Math.log((far.valueIfCurved ?? 0) / truth))).toBeLessThan(0.3);
    expect(Math.abs(Math.log(far.value / truth))).toBeGreaterThan(1);
  });

  it("is silent beyond them when the law is straight, and warns when nothing could be tested", () => {
    const own = points(0, 0.05);
    expect(checkedOptimum(fitOptimumLaw("learningRate", ["N", "D"], own), own, { N: 4e9, D: 8e9 }).warnings).toEqual([]);
    const two = own.filter(({ scale }) => scale["D"] !== 8e9);
    const partly = checkedOptimum(fitOptimumLaw("learningRate", ["N", "D"], two), two, { N: 4e9, D: 8e9 });
    expect(partly.warnings).toEqual([expect.stringContaining("too few values of D to test it")]);
    const few = own.slice(0, 4);
    const none = checkedOptimum(fitOptimumLaw("learningRate", ["N", "D"], few), few, { N: 4e9, D: 8e9 });
    expect(none.warnings).toEqual([expect.stringContaining("cannot be tested: too few optima or values of N and D")]);
    expect(none.valueIfCurved).toBeNull();
  });
});

describe("scales held out", () => {
  const cells = optimumCells(sweepRows(sweeps, { noise: 0.0005 }));

  it("are the largest of each other scale, or of all", () => {
    expect(splitLargest(cells).heldOut.map(({ scale }) => scale["D"])).toEqual([3.2e10, 3.2e10, 3.2e10, 3.2e10]);
    expect(splitLargest(cells).kept).toHaveLength(8);
    expect(splitLargest(cells, { variable: "N", of: "all" }).heldOut.map(({ scale }) => scale["N"])).toEqual([4e8, 4e8, 4e8]);
  });

  it("are scored by regret, with the miss of each hyperparameter beside it", () => {
    const held = leaveLargestOut(cells, vertexRule);
    expect(held.scales).toHaveLength(4);
    expect(held.maxRelativeRegret).toBeLessThan(0.001);
    for (const { ratios } of held.scales) expect(Object.keys(ratios)).toEqual(["learningRate", "B"]);
    const wrong = scoreGuess(splitLargest(cells).heldOut, ({ N = 0, D = 0 }) => ({
      learningRate: 2 * bestLearningRate({ size: N, tokens: D }),
      B: bestBatch({ size: N, tokens: D }),
    }));
    expect(wrong.meanRelativeRegret).toBeCloseTo(Math.expm1(0.01 * Math.LN2 ** 2), 3);
    expect(wrong.scales[0]?.ratios["learningRate"]).toBeCloseTo(2, 0);
  });

  it("cannot be scored without an optimum of their own", () => {
    const edge = optimumCells(sweepRows(sweeps.slice(0, 1), { offset: 2 }));
    expect(() => scoreGuess(edge, () => ({ learningRate: 1 }))).toThrow(
      expect.objectContaining({
        code: "HOLDOUT_NOTHING",
        message: expect.stringContaining("none of 1 held-out cells has an optimum") as string,
      }),
    );
  });
});
