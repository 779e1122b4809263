import { describe, expect, test } from "vitest";
import { planTrial, planTrials } from "../../../analysis/search/plan.ts";
import { trainedScale, viewVariant, writtenScale } from "../../../analysis/search/variants.ts";
import { type StudySpecInput, studySpecSchema } from "../../../analysis/study/study-spec.ts";
import { type Data, trainerRunSchema } from "../../../analysis/study/trainer-contract.ts";
import type { PlannedTrial } from "../../../analysis/study/trial.ts";

const data: Data = { kind: "text", id: "moby-dick", path: "/somewhere/data.txt", sha256: "ab".repeat(32), heldOutFraction: 0.05 };
const trainer = { version: "1", programDigest: "cd".repeat(32) };
const input = {
  study: "variants",
  model: { architecture: "transformer", sequenceLength: 32, vocabularySize: 96 },
  data: { kind: "package", id: "moby-dick" },
  optimizer: { name: "adam", beta1: 0.9, beta2: 0.95 },
  base: { width: 16 },
  scales: { width: [16, 32], depth: 2, headDimension: 8, batchSizeTokens: 256, tokenHorizon: 51_200 },
  parametrizations: ["mup"],
  space: { learningRate: { values: [0.01] } },
  seeds: [1],
} as const satisfies StudySpecInput;

type Variants = NonNullable<StudySpecInput["variants"]>;

function plan(variants: Variants, changes: Partial<StudySpecInput> = {}): readonly PlannedTrial[] {
  return planTrials(studySpecSchema.parse({ ...input, parametrizations: Object.keys(variants), variants, ...changes }), data, trainer);
}

/** The run of width 32. */
function widest(trials: readonly PlannedTrial[], parametrization: string) {
  const run = trials.find((trial) => trial.parametrization === parametrization && trial.scale.width === 32)?.runs[0];
  if (run === undefined) throw new Error(`no run of ${parametrization}`);
  return run;
}

const keys = (trials: readonly PlannedTrial[]) => trials.flatMap((trial) => trial.runs.map(({ runKey }) => runKey));

describe("a variant in the plan", () => {
  test("that changes nothing shares its runs with the rule set, and one that changes something does not", () => {
    const base = keys(planTrials(studySpecSchema.parse(input), data, trainer));
    const trials = plan({ baseline: { parametrization: "mup" }, cosine: { parametrization: "mup", schedule: { shape: "cosine" } } });
    const of = (name: string) => keys(trials.filter(({ parametrization }) => parametrization === name));
    expect(of("baseline")).toEqual(base);
    expect(of("cosine").filter((key) => base.includes(key))).toEqual([]);
  });

  test("changes its part of the model, schedule, optimizer and decay, and the trainer takes every run", () => {
    const trials = plan({
      gains: { parametrization: "mup", model: { normGains: "vector" } },
      cosine: { parametrization: "mup", schedule: { shape: "cosine" } },
      lion: { parametrization: "mup", optimizer: { name: "lion", beta1: 0.9, beta2: 0.99 } },
      coupled: { parametrization: "mup", weightDecayKind: "coupled", hyperparameters: { weightDecay: 0.1 } },
      decoupled: { parametrization: "mup:weight-decay=constant", hyperparameters: { weightDecay: 0.1 } },
    });
    expect(widest(trials, "gains").resolved.tensors.some(({ role }) => role === "normGain")).toBe(true);
    expect(widest(trials, "cosine").resolved.tensors.some(({ role }) => role === "normGain")).toBe(false);
    expect(widest(trials, "cosine").resolved.schedule.shape).toBe("cosine");
    expect(widest(trials, "gains").resolved.schedule).toMatchObject({ shape: "linear", warmupSteps: 20, totalSteps: 200 });
    expect(widest(trials, "lion").resolved.optimizer).toEqual({ name: "lion", beta1: 0.9, beta2: 0.99 });
    expect(widest(trials, "coupled").resolved.optimizer).toMatchObject({ name: "adam", weightDecayCoupling: "coupled" });
    const decay = widest(trials, "decoupled").resolved.tensors.find(({ name }) => name === "blocks.0.attention.query")?.weightDecay;
    expect(decay).toBe(0.1);
    for (const trial of trials)
      for (const run of trial.runs)
        trainerRunSchema.parse({
          ...run.resolved,
          runKey: run.runKey,
          attempt: 1,
          checkpoint: { folder: "checkpoints", everySteps: 0 },
          resumeFrom: null,
        });
  });

  test("scales the batch and keeps the horizon, so that steps follow", () => {
    const trials = plan({
      small: { parametrization: "mup", batchSizeFactor: 0.25 },
      large: { parametrization: "mup", batchSizeFactor: 4 },
    });
    expect(widest(trials, "small").resolved).toMatchObject({
      scale: { batchSizeTokens: 64, tokenHorizon: 51_200 },
      schedule: { totalSteps: 800, warmupSteps: 80 },
    });
    expect(widest(trials, "large").resolved.schedule.totalSteps).toBe(50);
  });

  test("has its fixed hyperparameters in every trial, over those of the study", () => {
    const trials = plan(
      { decay: { parametrization: "mup", hyperparameters: { weightDecay: 0.1 } } },
      { hyperparameters: { weightDecay: 0.5 } },
    );
    expect(trials.map(({ hyperparameters }) => hyperparameters["weightDecay"])).toEqual([0.1, 0.1]);
  });

  test("takes its own axes from spaceFor", () => {
    const trials = plan(
      { wide: { parametrization: "mup" }, plain: { parametrization: "mup" } },
      { spaceFor: { wide: { learningRate: { values: [0.1, 0.2] } } } },
    );
    const rates = (name: string) =>
      trials.flatMap(({ parametrization, hyperparameters }) => (parametrization === name ? [hyperparameters["learningRate"]] : []));
    expect(rates("wide")).toEqual([0.1, 0.2, 0.1, 0.2]);
    expect(rates("plain")).toEqual([0.01, 0.01]);
  });
});

describe("attention logits of muP at one head dimension", () => {
  const scaleOf = (attention: string, headDimension: number) => {
    const spec = studySpecSchema.parse({ ...input, base: { width: 16, headDimension: 8 }, scales: { ...input.scales, headDimension } });
    const request = { parametrization: `mup:attention=${attention}`, hyperparameters: { learningRate: 0.01 }, scale: {}, seeds: [1] };
    return planTrial(spec, data, trainer, request).runs[0]?.resolved.operations.attentionLogitScale;
  };

  test("are x 1/d, x 1/sqrt(d), or the mup package's x sqrt(base d)/d, which is 1/sqrt(d) where d does not grow", () => {
    expect(scaleOf("inverse", 8)).toBe(1 / 8);
    expect(scaleOf("inverse-square-root", 8)).toBe(1 / Math.sqrt(8));
    expect(scaleOf("base-constant", 8)).toBe(1 / Math.sqrt(8));
    expect(scaleOf("inverse", 16)).toBe(1 / 16);
    expect(scaleOf("inverse-square-root", 16)).toBe(1 / 4);
    expect(scaleOf("base-constant", 16)).toBeCloseTo(Math.sqrt(8) / 16, 15);
  });
});

describe("a name of `parametrizations`", () => {
  const spec = studySpecSchema.parse({ ...input, variants: { slow: { parametrization: "sp", batchSizeFactor: 4 } } });

  test("that is a rule set leaves the study as it is, also where an object has a member of that name", () => {
    expect(viewVariant(spec, "mup")).toEqual({ spec, ruleSet: "mup", weightDecayKind: "decoupled", fixed: {} });
    expect(() => viewVariant(spec, "constructor")).toThrow(/no parametrization "constructor"/);
  });

  test("goes between the scale that is written and the one that is trained", () => {
    const written = { width: 16, depth: 2, headDimension: 8, batchSizeTokens: 256, tokenHorizon: 51_200 };
    expect(trainedScale(spec, "slow", written).batchSizeTokens).toBe(1024);
    expect(trainedScale(spec, "mup", written)).toEqual(written);
    expect(writtenScale(spec, "slow", trainedScale(spec, "slow", written))).toEqual(written);
  });
});
