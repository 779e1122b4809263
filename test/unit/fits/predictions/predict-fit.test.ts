import { describe, expect, it } from "vitest";
import { predictFit } from "../../../../analysis/fits/predictions/predict-fit.ts";
import { lawPredictionSchema } from "../../../../analysis/fits/predictions/prediction-document.ts";
import { findLaw } from "../../../../analysis/laws/index.ts";
import { exp, log, pow } from "../../../../analysis/numerics/elementary.ts";
import { randomStream } from "../../../../analysis/numerics/random-stream.ts";
import { LadderError } from "../../../../analysis/study/ladder-error.ts";
import { exampleRows } from "../../../contract/laws/example-rows.ts";
import { keptFit } from "../kept-fit.ts";

/** Six budgets of seven sizes each: loss = E + A / N^0.34 + B / D^0.28 with noise. */
function isoFlopRows(E: number, noise = 0.003) {
  const stream = randomStream(7, "predictions");
  const places = [1e18, 4e18, 1.6e19, 6.4e19, 2.56e20, 1.024e21].flatMap((C) =>
    [-3, -2, -1, 0, 1, 2, 3].map((step) => {
      const N = exp(0.5 * log(C / 120) + 0.35 * step);
      return { N, D: C / (6 * N) };
    }),
  );
  return {
    columns: { N: Float64Array.from(places, ({ N }) => N), D: Float64Array.from(places, ({ D }) => D) },
    output: Float64Array.from(places, ({ N, D }) => (E + 400 / pow(N, 0.34) + 400 / pow(D, 0.28)) * exp(noise * stream.normal())),
  };
}

const chinchilla = findLaw("chinchilla");
const open = keptFit(chinchilla, isoFlopRows(1.7), { holdoutBudgets: 1 });
const far = predictFit(open, { N: 3e10, D: 1e12 });

function refusal(act: () => unknown): LadderError {
  try {
    act();
  } catch (error) {
    if (error instanceof LadderError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

describe("a prediction from a kept fit", () => {
  it("is plain JSON of one schema, and the same bits again", () => {
    expect(lawPredictionSchema.parse(JSON.parse(JSON.stringify(far)))).toEqual(far);
    expect(JSON.stringify(predictFit(open, { N: 3e10, D: 1e12 }))).toBe(JSON.stringify(far));
    expect(predictFit(open, { D: 1e12, N: 3e10 })).toEqual(far);
  });

  it("is what the printed parameters give, near the truth, the mean's interval inside the new run's", () => {
    const { E, A, B, alpha, beta } = far.parameters;
    const byHand = (E ?? 0) + (A ?? 0) / pow(3e10, alpha ?? 0) + (B ?? 0) / pow(1e12, beta ?? 0);
    expect(Math.abs(far.value / byHand - 1)).toBeLessThan(1e-12);
    const truth = 1.7 + 400 / pow(3e10, 0.34) + 400 / pow(1e12, 0.28);
    const { mean, newRun } = far.interval95;
    expect(newRun[0]).toBeLessThan(truth);
    expect(newRun[1]).toBeGreaterThan(truth);
    expect(newRun[0]).toBeLessThan(mean[0]);
    expect(mean[0]).toBeLessThan(far.value);
    expect(far.value).toBeLessThan(mean[1]);
    expect(mean[1]).toBeLessThan(newRun[1]);
  });

  it("says how far away it is, input by input and by compute", () => {
    const [size, tokens, compute] = far.distance;
    const largest = Math.max(...(open.fitted.columns["N"] ?? []));
    expect(size).toMatchObject({ name: "N", value: 3e10, words: expect.stringMatching(/ x the largest fitted N$/) as unknown });
    expect(Math.abs((size?.logRatio ?? 0) - log(3e10 / largest))).toBeLessThan(1e-12);
    expect(tokens?.logRatio).toBeGreaterThan(0);
    expect(compute).toMatchObject({ name: "6 N D", value: 1.8e23, fitted: [1e18, 2.56e20], words: "703 x the largest fitted 6 N D" });
    expect(far.warnings).toContain("an extrapolation over more than a factor of 10: 6 N D is 703 x the largest fitted 6 N D");
    const near = predictFit(open, { N: 1e9, D: 1e10 });
    expect(near.distance.map(({ logRatio }) => logRatio)).toEqual([0, 0, 0]);
    expect(near.warnings).toEqual([]);
    expect(predictFit(open, { N: 1e6, D: 1e10 }).distance[0]?.logRatio).toBeLessThan(0);
  });

  it("says how many of the fit's held-out rows lay inside, with the interval of that share, else of the rolling origin", () => {
    expect(far.heldOut).toMatchObject({ of: "held-out rows of the fit", inside: open.document.holdout?.inside, rows: 7 });
    expect(far.heldOut?.interval95[0]).toBeLessThan((far.heldOut?.inside ?? 0) / 7);
    const all = predictFit(keptFit(chinchilla, isoFlopRows(1.7)), { N: 3e10, D: 1e12 });
    expect(all.heldOut).toMatchObject({ of: "rolling origin", rows: all.calibration.heldOutRows });
    expect(all.calibration).toMatchObject({ levels: 6, rows: 42 });
    expect(all.calibration.heldOutRows).toBeGreaterThan(10);
  });

  it("leaves each budget out in turn and scores what is left on it", () => {
    expect(far.rungs.map(({ budget, rows }) => [budget, rows])).toEqual([1e18, 4e18, 1.6e19, 6.4e19, 2.56e20].map((budget) => [budget, 7]));
    for (const { value, change, error, reason } of far.rungs) {
      expect(reason).toBeNull();
      expect(change).toBe((value ?? 0) / far.value - 1);
      expect(Math.abs(change ?? 1)).toBeLessThan(0.2);
      expect(change).not.toBe(0);
      expect(error).toBeLessThan(0.02);
    }
    // Without the largest budget it is farther, so no end of the ladder changes it more than that one or the smallest.
    const sizes = far.rungs.map(({ change }) => Math.abs(change ?? 0));
    expect(Math.max(sizes[0] ?? 0, sizes[4] ?? 0)).toBe(Math.max(...sizes));
  });

  it("takes C in place of tokens or of model size, and as the budget beside both", () => {
    const byCompute = predictFit(open, { N: 3e10, C: 1.8e23 });
    expect(byCompute.at).toEqual({ N: 3e10, D: 1e12 });
    expect(byCompute.value).toBe(far.value);
    expect(predictFit(open, { C: 1.8e23, D: 1e12 }).at).toEqual({ N: 3e10, D: 1e12 });
    expect(predictFit(open, { N: 3e10, D: 1e12, C: 2e23 }).budget).toEqual({ name: "6 N D", value: 2e23 });
  });

  it("refuses what the law does not take, what is missing and what is out of its range, with the fix", () => {
    const unknown = refusal(() => predictFit(open, { N: 1e9, D: 1e10, E: 64 }));
    expect(unknown).toMatchObject({ kind: "input", code: "INPUT_UNKNOWN", message: "chinchilla does not depend on E" });
    expect(unknown.hint).toContain("N (parameters of the model), D (training tokens)");
    const missing = refusal(() => predictFit(open, { N: 1e9 }));
    expect(missing).toMatchObject({ code: "INPUT_MISSING", hint: "give --at N=1000000000,D=…" });
    expect(refusal(() => predictFit(open, { C: 1e23 })).hint).toContain("ladder allocate");
    const range = refusal(() => predictFit(open, { N: -1, D: 1e10 }));
    expect(range).toMatchObject({ code: "INPUT_OUT_OF_RANGE", problems: [{ path: "N", value: "-1", fix: "N above 0, for example 1e9" }] });
    expect(() => predictFit(open, { N: Number.NaN, D: 1e10 })).toThrow(/N = NaN/);
  });
});

describe("what a prediction owes to the irreducible loss", () => {
  it("is what it would be at both ends of its interval", () => {
    const found = far.sensitivityToE;
    expect(found?.parameter).toBe("E");
    const [low, high] = found?.interval95 ?? [null, null];
    expect(low).toBeLessThan(1.7);
    expect(high).toBeGreaterThan(1.7);
    expect(found?.predictions.map(({ held }) => held)).toEqual([low, high]);
    const [atLow, atHigh] = found?.predictions ?? [];
    expect(atLow?.value).toBeLessThan(far.value);
    expect(atHigh?.value).toBeGreaterThan(far.value);
    // Nothing that far away has a loss below its irreducible one.
    expect(atHigh?.value).toBeGreaterThan(high ?? 0);
  });

  it("includes nothing at all where the rows do not tell it from nothing", () => {
    const found = predictFit(keptFit(chinchilla, isoFlopRows(0, 0.01)), { N: 3e10, D: 1e12 }).sensitivityToE;
    expect(found?.interval95[0]).toBe(0);
    expect(found?.predictions[0]?.held).toBe(0);
    expect(found?.words).toContain("do not tell E from 0");
  });

  it("is nothing for a law without one", () => {
    const law = findLaw("power-of-size");
    const found = predictFit(keptFit(law, exampleRows(law, 0.002)), { N: 1e11 });
    expect(found.sensitivityToE).toBeNull();
    // Rows without compute: what grows is the law's own input.
    expect(found.budget).toEqual({ name: "N", value: 1e11 });
    expect(found.rungs).toHaveLength(8);
    expect(found.calibration.heldOutRows).toBeGreaterThan(0);
  });
});

describe("a model told as a simpler one", () => {
  const law = findLaw("routed");
  const routed = keptFit(law, exampleRows(law, 0.002), { objective: { kind: "leastSquares" }, counting: "unknown" });

  it("is itself, exactly, at the reference", () => {
    expect(predictFit(routed, { N: 123456789, experts: 1 }).equivalent).toMatchObject({
      value: 123456789,
      interval95: [123456789, 123456789],
    });
  });

  it("has an interval, and says where nothing was measured and where it does not help", () => {
    const inside = predictFit(routed, { N: 1e8, experts: 64 });
    const [low, high] = inside.equivalent?.interval95 ?? [0, 0];
    expect(low).toBeGreaterThan(1e8);
    expect(low).toBeLessThan(inside.equivalent?.value ?? 0);
    expect(high).toBeGreaterThan(inside.equivalent?.value ?? 0);
    expect(inside.equivalent?.words).not.toContain("not measured");
    const wide = predictFit(routed, { N: 1e8, experts: 1024 });
    expect(wide.equivalent?.words).toContain("experts = 1024 is 2 x the largest fitted experts: not measured");
    const beyond = predictFit(routed, { N: 1e14, experts: 64 });
    expect(beyond.equivalent?.words).toContain("past where it helps");
    expect(beyond.equivalent?.value).toBeLessThan(1e14);
    expect(inside.warnings.join()).toContain("nobody said what N counts");
  });

  it("is not made below one expert", () => {
    expect(refusal(() => predictFit(routed, { N: 1e8, experts: 0 }))).toMatchObject({
      code: "INPUT_OUT_OF_RANGE",
      problems: [{ path: "experts", value: "0" }],
    });
  });
});
