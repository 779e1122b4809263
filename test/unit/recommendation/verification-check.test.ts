import { describe, expect, it } from "vitest";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import type { RunVerifications } from "../../../analysis/recommendation/checks.ts";
import { recommendValue, type RecommendOptions } from "../../../analysis/recommendation/recommend.ts";
import { headLayoutDifferences } from "../../../analysis/verification/proxy-target.ts";
import { plantSweep, scaleOfWidth } from "../transfer/planted-sweep.ts";

const { width, depth, headDimension, batchSizeTokens, tokenHorizon } = scaleOfWidth(256);
const target = { width, depth, headDimension, batchSizeTokens, tokenHorizon };
const question = { axis: "width", hyperparameter: "learningRate", parametrization: "planted", target, base: { width: 16 } } as const;
const results = plantSweep({ slope: 0, intercept: -6, cellShift: 0.05, lossNoise: 0.002 }, randomStream(1, "verification"));
const all = (status: "passed" | "failed" | "not-logged", words: string): RunVerifications =>
  Object.fromEntries(results.map(({ runKey }) => [runKey, { status, words }]));
const check = (id: string, options: Partial<RecommendOptions>) =>
  recommendValue(results, { ...question, ...options }).checks.find((entry) => entry.id === id);

describe("the check that trainers used what was resolved", () => {
  it("is not made where nobody has looked", () => {
    expect(check("used-as-resolved", {})).toBeUndefined();
  });

  it("passes when every run logged it and none differed", () => {
    expect(check("used-as-resolved", { verifications: all("passed", "fine") })).toEqual({
      id: "used-as-resolved",
      passed: true,
      words: `${results.length} of ${results.length} runs logged what their trainer used, and it is what was resolved`,
    });
  });

  it("fails for one run, and names it with tensor, expected and used", () => {
    const [first] = results;
    const runKey = first?.runKey ?? "";
    const words = "learning rate of readout at step 1: 2 was used, 1 resolved (× 2): another peak";
    const verifications = { ...all("passed", "fine"), [runKey]: { status: "failed", words } } as const;
    expect(check("used-as-resolved", { verifications })).toEqual({
      id: "used-as-resolved",
      passed: false,
      words: `the trainer of 1 of ${results.length} runs did not use what was resolved; run ${runKey.slice(0, 12)}: ${words}`,
    });
  });

  it("does not pass for runs whose trainer said nothing", () => {
    expect(check("used-as-resolved", { verifications: all("not-logged", "what it used is not known") })).toMatchObject({
      passed: false,
      words: expect.stringContaining("it is not known") as string,
    });
    expect(check("used-as-resolved", { verifications: {} })).toMatchObject({ passed: false });
  });
});

describe("the check of head layouts", () => {
  it("names both when the target's head dimension was never trained", () => {
    const headLayout = headLayoutDifferences([{ width: 64, headDimension: 8 }], [{ width: 256, headDimension: 32 }]);
    expect(check("head-layout", { headLayout })).toMatchObject({
      passed: false,
      words: expect.stringContaining("head dimension 32 (8 heads at width 256)") as string,
    });
    expect(check("head-layout", { headLayout: [] })).toMatchObject({ passed: true });
  });
});
