import { describe, expect, test } from "vitest";
import { axisValues, crossSpace } from "../../../analysis/search/axis.ts";
import { planTrial, planTrials } from "../../../analysis/search/plan.ts";
import { resolveSchedule } from "../../../analysis/search/schedule.ts";
import { differingFields } from "../../../analysis/study/run-key.ts";
import { type StudySpecInput, studySpecSchema } from "../../../analysis/study/study-spec.ts";
import { type Data, trainerRunSchema } from "../../../analysis/study/trainer-contract.ts";

const data: Data = { kind: "text", id: "moby-dick", path: "/somewhere/data.txt", sha256: "ab".repeat(32), heldOutFraction: 0.05 };
const trainer = { version: "1", programDigest: "cd".repeat(32) };
const input: StudySpecInput = {
  study: "width-transfer",
  model: { architecture: "transformer", sequenceLength: 32, vocabularySize: 96 },
  data: { kind: "package", id: "moby-dick" },
  optimizer: { name: "adam", beta1: 0.9, beta2: 0.95 },
  base: { width: 16 },
  scales: { width: [16, 32, 64, 128], depth: 2, headDimension: 8, batchSizeTokens: 256, tokenHorizon: 51_200 },
  parametrizations: ["sp", "mup"],
  space: { learningRate: { log2: { from: -9, to: -3, step: 1 } } },
  seeds: [1, 2],
  target: { width: 256 },
};
const spec = studySpecSchema.parse(input);
const plan = planTrials(spec, data, trainer);
const keysOf = (trials: typeof plan) => trials.flatMap((trial) => trial.runs.map((run) => run.runKey));

describe("the plan of the width-transfer study", () => {
  test("56 trials, 112 runs, 98 trainings: SP and muP are one run at the base width", () => {
    expect(plan).toHaveLength(2 * 4 * 7);
    expect(keysOf(plan)).toHaveLength(112);
    expect(new Set(keysOf(plan)).size).toBe(98);
    const shared = plan.filter((trial) => trial.scale.width === 16);
    expect(keysOf(shared.filter((trial) => trial.parametrization === "sp"))).toEqual(
      keysOf(shared.filter((trial) => trial.parametrization === "mup")),
    );
  });

  test("the order is parametrization, scale, hyperparameters, seed; the same every time", () => {
    expect(plan.map((trial) => trial.parametrization)).toEqual([...Array<string>(28).fill("sp"), ...Array<string>(28).fill("mup")]);
    expect(plan.slice(0, 8).map((trial) => [trial.scale.width, trial.hyperparameters["learningRate"]])).toEqual([
      ...[-9, -8, -7, -6, -5, -4, -3].map((exponent) => [16, 2 ** exponent]),
      [32, 2 ** -9],
    ]);
    expect(plan[0]?.runs.map((run) => run.seed)).toEqual([1, 2]);
    expect(planTrials(spec, data, trainer)).toEqual(plan);
  });

  test("every run is what the trainer contract asks for", () => {
    for (const trial of plan)
      for (const run of trial.runs)
        trainerRunSchema.parse({
          ...run.resolved,
          runKey: run.runKey,
          attempt: 1,
          checkpoint: { folder: "checkpoints", everySteps: 0 },
          resumeFrom: null,
        });
  });

  test("hyperparameters that are left out are written with their defaults, so that spelling them out changes no key", () => {
    const explicit = studySpecSchema.parse({
      ...input,
      hyperparameters: { weightDecay: 0, epsilon: 1e-8, initStd: 1, outputMultiplier: 1, embeddingMultiplier: 1 },
    });
    expect(keysOf(planTrials(explicit, data, trainer))).toEqual(keysOf(plan));
  });

  test("a wider grid meets the old one in the same keys, also with steps that binary fractions cannot hold", () => {
    const at = (from: number, to: number, step: number) =>
      new Set(
        keysOf(planTrials(studySpecSchema.parse({ ...input, space: { learningRate: { log2: { from, to, step } } } }), data, trainer)),
      );
    const wide = at(-10, -3, 0.1);
    for (const key of at(-8.7, -4.2, 0.1)) expect(wide.has(key)).toBe(true);
    expect(axisValues({ log2: { from: -9, to: -3, step: 1 } })).toEqual([-9, -8, -7, -6, -5, -4, -3].map((exponent) => 2 ** exponent));
  });

  test("another path is the same run; another text is not", () => {
    expect(keysOf(planTrials(spec, { ...data, path: "elsewhere" }, trainer))).toEqual(keysOf(plan));
    expect(keysOf(planTrials(spec, { ...data, sha256: "00".repeat(32) }, trainer)).some((key) => keysOf(plan).includes(key))).toBe(false);
  });
});

test("one explicit trial outside the sweep: width 256, missing axes are the study's largest", () => {
  const trial = planTrial(spec, data, trainer, {
    parametrization: "mup",
    hyperparameters: { learningRate: 1 / 32 },
    scale: { width: 256 },
    seeds: [1],
  });
  expect(trial.scale).toMatchObject({ width: 256, depth: 2, headDimension: 8, tokenHorizon: 51_200 });
  const hidden = trial.runs[0]?.resolved.tensors.find((row) => row.role === "hidden");
  expect(hidden?.learningRate).toBe(1 / 32 / 16);
});

test("a listed trial that the grid also has is the same run", () => {
  const listed = studySpecSchema.parse({
    ...input,
    space: {},
    strategy: { name: "list", trials: [{ parametrization: "mup", hyperparameters: { learningRate: 2 ** -5 }, scale: { width: 64 } }] },
  });
  const [trial] = planTrials(listed, data, trainer);
  const same = plan.find(
    (candidate) =>
      candidate.parametrization === "mup" && candidate.scale.width === 64 && candidate.hyperparameters["learningRate"] === 2 ** -5,
  );
  expect(trial?.runs.map((run) => run.runKey)).toEqual(same?.runs.map((run) => run.runKey));
});

test("SP and muP at width 32 differ in nothing but what the rules scale", () => {
  const at = (parametrization: string) =>
    planTrial(spec, data, trainer, { parametrization, hyperparameters: { learningRate: 0.1 }, scale: { width: 32 }, seeds: [1] }).runs[0]
      ?.identity ?? {};
  const fields = new Set(differingFields(at("sp"), at("mup")).map((path) => path.replace(/\[\d+\]/, "[*]")));
  expect(fields).toEqual(
    new Set(["tensors[*].learningRate", "tensors[*].initStd", "tensors[*].forwardMultiplier", "tensors[*].backwardMultiplier"]),
  );
});

test("a scale that cannot be built is refused with the axis and a fix", () => {
  expect(() =>
    planTrial(spec, data, trainer, { parametrization: "mup", hyperparameters: { learningRate: 0.1 }, scale: { width: 30 }, seeds: [1] }),
  ).toThrow(/width 30 is not a multiple of headDimension 8/);
});

test("a custom model gets its own hyperparameters untouched, and no rows that nobody asked for", () => {
  const own = studySpecSchema.parse({
    ...input,
    trainer: { command: ["python3", "train.py"] },
    model: { architecture: "custom" },
    data: { kind: "external", id: "none" },
    parametrizations: ["sp"],
    space: { temperature: { values: [0.5, 2] } },
  });
  const [trial] = planTrials(own, { kind: "external", id: "none" }, trainer);
  expect(trial?.runs[0]?.resolved.hyperparameters).toEqual({ temperature: 0.5 });
  expect(trial?.runs[0]?.resolved.tensors).toEqual([]);
  expect(trial?.runs[0]?.resolved.operations.attentionLogitScale).toBeNull();
});

test("schedules in steps", () => {
  const scale = { tokenHorizon: 51_200, batchSizeTokens: 256 };
  expect(resolveSchedule(spec.schedule, scale)).toEqual({
    shape: "linear",
    warmupSteps: 20,
    totalSteps: 200,
    finalFraction: 0,
    decaySteps: 0,
  });
  expect(resolveSchedule({ ...spec.schedule, shape: "warmupStableDecay", decayFraction: 0.25 }, scale)).toMatchObject({ decaySteps: 50 });
});

test("the last axis of a space runs fastest; an empty space is one empty assignment", () => {
  expect(crossSpace({ a: { values: [1, 2] }, b: { values: [3, 4] } })).toEqual([
    { a: 1, b: 3 },
    { a: 1, b: 4 },
    { a: 2, b: 3 },
    { a: 2, b: 4 },
  ]);
  expect(crossSpace({})).toEqual([{}]);
  expect(() => axisValues({ log2: { from: 0, to: 1, step: 1e-6 } })).toThrow(/at most 10000/);
});
