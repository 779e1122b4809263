import { describe, expect, test } from "vitest";
import { planTrial } from "../../../../analysis/search/plan.ts";
import { LadderError } from "../../../../analysis/study/ladder-error.ts";
import { type StudySpecInput, studySpecSchema } from "../../../../analysis/study/study-spec.ts";
import type { Data } from "../../../../analysis/study/trainer-contract.ts";

const data: Data = { kind: "markov", id: "markov", seed: 1, vocabularySize: 11, concentration: 1 };
const input: StudySpecInput = {
  study: "base-scale",
  model: { architecture: "transformer", sequenceLength: 32 },
  data: { kind: "markov", id: "markov", seed: 1, vocabularySize: 11, concentration: 1 },
  optimizer: { name: "adam", beta1: 0.9, beta2: 0.95 },
  base: { width: 32 },
  scales: { width: [32, 64], depth: 2, headDimension: 8, batchSizeTokens: 256, tokenHorizon: 51_200 },
  parametrizations: ["mup"],
  space: { learningRate: { values: [0.01] } },
  seeds: [1],
  target: { width: 64 },
};

function plan(parametrization: string, changes: Partial<StudySpecInput>, scale: Readonly<Record<string, number>> = {}) {
  const spec = studySpecSchema.parse({ ...input, ...changes });
  const trial = planTrial(
    spec,
    data,
    { version: "1", programDigest: "ab" },
    { parametrization, hyperparameters: { learningRate: 0.01 }, scale, seeds: [1] },
  );
  const resolved = trial.runs[0]?.resolved;
  return { rate: resolved?.tensors.find(({ role }) => role === "input")?.learningRate, logits: resolved?.operations.attentionLogitScale };
}

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof LadderError) return error.code;
    throw error;
  }
  return undefined;
}

describe("a rule over batch or horizon needs a base there", () => {
  const batches = { scales: { ...input.scales, batchSizeTokens: [256, 1024] } };
  const horizons = { scales: { ...input.scales, tokenHorizon: [51_200, 204_800] } };

  test("several values and no base: refused, with the values and the fix", () => {
    expect(codeOf(() => plan("mup+batch-sde", batches))).toBe("BASE_SCALE_MISSING");
    expect(codeOf(() => plan("mup+horizon-bjorck", horizons))).toBe("BASE_SCALE_MISSING");
    expect(() => plan("mup+batch-sde", batches)).toThrow(/several values of batchSizeTokens \(256, 1024\) without a base.batchSizeTokens/);
    expect(codeOf(() => plan("mup", { ...horizons, weightDecayKind: "constantTimescale" }))).toBe("BASE_SCALE_MISSING");
  });

  test("a base, a single value, or a rule that does not look there: planned", () => {
    expect(plan("mup+batch-sde", { ...batches, base: { width: 32, batchSizeTokens: 256 } }, { batchSizeTokens: 1024 }).rate).toBeCloseTo(
      0.02,
      12,
    );
    expect(plan("mup+batch-sde", {}, { batchSizeTokens: 1024 }).rate).toBeCloseTo(0.02, 12);
    expect(plan("mup+batch-sde", { scales: { ...input.scales, batchSizeTokens: [256] } }, { batchSizeTokens: 1024 }).rate).toBeCloseTo(
      0.02,
      12,
    );
    expect(plan("mup", batches, { batchSizeTokens: 1024 }).rate).toBe(0.01);
    expect(plan("mup+horizon-bjorck", batches, { batchSizeTokens: 1024 }).rate).toBe(0.01);
  });
});

describe("fixed head dimension against fixed head count", () => {
  const heads = { scales: { ...input.scales, headDimension: [8, 16] } };

  test("several head dimensions and no base: refused under rules that divide by the base's", () => {
    for (const id of ["mup", "completep", "mup+batch-sde"]) expect(codeOf(() => plan(id, heads))).toBe("HEAD_LAYOUT_AMBIGUOUS");
    expect(() => plan("mup", heads)).toThrow(/several values of headDimension \(8, 16\) without a base.headDimension/);
  });

  test("the base decides; rules that do not look at it are planned", () => {
    const logits = (headDimension: number) => plan("mup", { ...heads, base: { width: 32, headDimension } }, { headDimension: 16 }).logits;
    expect(logits(8)).toBeCloseTo(Math.sqrt(8) / 16, 14);
    expect(logits(16)).toBe(1 / 4);
    expect(plan("sp", heads, { headDimension: 16 }).logits).toBeCloseTo(1 / 4, 14);
    expect(plan("sp", { scales: { ...input.scales, width: 240, headDimension: [24, 40] } }, { headDimension: 40 }).logits).toBeCloseTo(
      1 / Math.sqrt(40),
      14,
    );
    expect(plan("mup:attention=inverse", heads, { headDimension: 16 }).logits).toBe(1 / 16);
    expect(plan("mup", { scales: { ...input.scales, headDimension: [8, 8] } }).logits).toBe(1 / Math.sqrt(8));
  });
});
