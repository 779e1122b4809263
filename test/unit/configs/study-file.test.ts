import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { parseStudyFile } from "../../../infra/configs/study-file.ts";
import { LadderError, type Problem } from "../../../analysis/study/ladder-error.ts";

const good = {
  study: "width-transfer",
  model: { architecture: "transformer", sequenceLength: 32 },
  data: { kind: "package", id: "moby-dick" },
  optimizer: { name: "adam", beta1: 0.9, beta2: 0.95 },
  base: { width: 16 },
  scales: { width: [16, 32], depth: 2, headDimension: 8, batchSizeTokens: 256, tokenHorizon: 51_200 },
  parametrizations: ["sp", "mup"],
  space: { learningRate: { log2: { from: -9, to: -3, step: 1 } } },
  seeds: [1, 2],
};
type Draft = Record<string, unknown>;

function problemsOf(text: string): readonly Problem[] {
  try {
    parseStudyFile(text, "study.yaml");
  } catch (error) {
    if (!(error instanceof LadderError)) throw error;
    expect([error.kind, error.code]).toEqual(["input", "SPEC_INVALID"]);
    expect(error.problems.length).toBeGreaterThan(0);
    return error.problems;
  }
  return [];
}

/** Problems of the good study with some sections replaced. */
function changed(change: Draft): readonly Problem[] {
  return problemsOf(stringify({ ...good, ...change }));
}
const brief = (problems: readonly Problem[]) =>
  problems.map(({ path, message, fix }) => `${path}: ${message.replace(/ \(line \d+\)$/, "")}${fix === undefined ? "" : ` | ${fix}`}`);

test("a good study in YAML and in JSON is the same study, with defaults filled in", () => {
  const fromYaml = parseStudyFile(stringify(good), "study.yaml");
  expect(parseStudyFile(JSON.stringify(good, null, 2), "study.json")).toEqual(fromYaml);
  expect(fromYaml).toMatchObject({
    trainer: "reference",
    strategy: { name: "grid" },
    executor: { name: "local" },
    schedule: { shape: "linear", warmupFraction: 0.1 },
  });
});

test("every problem of a bad study at once, in the order of the file, each with path, line, value and fix", () => {
  const text = `study: Bad Name
model:
  architecture: transformer
  sequenceLenght: 32
data: { kind: package, id: moby }
optimizer: { name: adamm, beta1: 0.9 }
base: { widht: 16 }
scales:
  width: [16, 30, 30, -3]
  batchSizeTokens: 100
  headDimension: 8
  tokenHorizon: 51210
parametrizations: [sp, mupp]
hyperparameters: { learningRate: 0.1 }
space:
  learningrate: { log2: { from: -9, to: -3, step: 1 } }
  learningRate: { values: [0.1, -1] }
seeds: [1, 1]
executor: { name: slrum }
strategy: { name: gird }
target: { width: 33 }
extra: 1
`;
  expect(problemsOf(text).map(({ path, message, value, fix }) => [path, message, value ?? null, fix ?? null])).toEqual([
    ["study", "must be lower-case letters, digits and hyphens, at most 63, starting with a letter or digit (line 1)", '"Bad Name"', null],
    ["model.sequenceLenght", "is not a known field (line 4)", "32", "did you mean sequenceLength?"],
    ["data.id", "is not one of the possible values (line 5)", '"moby"', "one of: moby-dick"],
    ["optimizer.name", "is not known (line 6)", '"adamm"', "did you mean adam?"],
    ["optimizer.beta2", "is missing (line 6)", null, "write a number"],
    ["base.widht", "is not a known field (line 7)", "16", "did you mean width?"],
    ["scales.depth", "is missing: transformer needs it (line 8)", null, "write a whole number, or a list to sweep it"],
    ["scales.width[3]", "must be above 0 (line 9)", "-3", null],
    ["scales.width[2]", "stands here twice (line 9)", "30", "remove one: the runs would be the same"],
    ["scales.width[1]", "width 30 is not a multiple of headDimension 8 (line 9)", "30", "use 32, or another headDimension"],
    ["scales.width[2]", "width 30 is not a multiple of headDimension 8 (line 9)", "30", "use 32, or another headDimension"],
    ["scales.batchSizeTokens", "batchSizeTokens 100 is not a multiple of sequenceLength 32 (line 10)", "100", "use 96"],
    ["scales.tokenHorizon", "is not a multiple of batchSizeTokens 100 (line 12)", "51210", "use 51200"],
    ["parametrizations[1]", "is not known (line 13)", '"mupp"', "did you mean mup?"],
    ["hyperparameters.learningRate", "is fixed here and swept in space (line 14)", null, "keep one of the two"],
    ["space.learningrate", "is no hyperparameter of this architecture (line 16)", null, "did you mean learningRate?"],
    ["space.learningRate.values[1]", "must be above 0 (line 17)", "-1", null],
    ["seeds[1]", "stands here twice (line 18)", "1", "remove one: the runs would be the same"],
    ["executor.name", "is not known (line 19)", '"slrum"', "one of: local"],
    ["strategy.name", "is not known (line 20)", '"gird"', "did you mean grid?"],
    ["target.width", "width 33 is not a multiple of headDimension 8 (line 21)", "33", "use 32, or another headDimension"],
    [
      "extra",
      "is not a known field (line 22)",
      "1",
      "one of: study, question, trainer, model, data, optimizer, weightDecayKind, precision, schedule, evaluation, base, scales, parametrizations, variants, coordinateCheck, privacy, hyperparameters, space, spaceFor, seeds, strategy, executor, checkpointEverySteps, budget, target",
    ],
  ]);
});

describe("texts that are no study", () => {
  test.each([
    ["", /the file is empty/],
    ["# only a comment\n", /the file is empty/],
    ["- 1\n- 2\n", /a study is a mapping of fields/],
    ["study: a\nstudy: b\n", /unique/],
    ["study: [a\n", /Flow sequence/],
    ["study: !date 2026-01-01\n", /tag/],
    ["a: &a [*a, *a]\nb: *nowhere\n", /nowhere|alias/i],
    ["\u0000\u0001", /./],
  ])("%j", (text, message) => {
    const problems = problemsOf(text);
    expect(problems[0]?.path).toMatch(/^line \d+$/);
    expect(problems.map((problem) => problem.message).join("\n")).toMatch(message);
  });

  test("an alias bomb ends at once", () => {
    const bomb = [
      "a0: &a0 [x, x]",
      ...Array.from({ length: 12 }, (_, index) => `a${index + 1}: &a${index + 1} [${Array(10).fill(`*a${index}`).join(", ")}]`),
    ].join("\n");
    expect(problemsOf(bomb)[0]?.message).toMatch(/alias/i);
  });
});

describe("sections that contradict each other", () => {
  test("hyperparameters: unknown to the architecture, out of range, fixed and swept, none to sweep", () => {
    expect(brief(changed({ hyperparameters: { wieghtDecay: 0.1, epsilon: -1 } }))).toEqual([
      "hyperparameters.wieghtDecay: is no hyperparameter of this architecture | did you mean weightDecay?",
      "hyperparameters.epsilon: must be at least 0",
    ]);
    expect(brief(changed({ space: {} }))).toEqual([
      "space: sweeps nothing | for example learningRate: { log2: { from: -9, to: -3, step: 1 } }",
    ]);
    expect(brief(changed({ space: { weightDecay: { values: [0.1] } } }))).toEqual([
      "space.learningRate: is missing: it has no default | sweep it in space or fix it in hyperparameters",
    ]);
    expect(brief(changed({ spaceFor: { mpu: { learningRate: { values: [0.1] } } } }))).toEqual([
      "spaceFor.mpu: is not known | one of: sp, mup",
    ]);
    expect(brief(changed({ spaceFor: { sp: { learningRate: { log2: { from: -12, to: -3, step: 1 } } } } }))).toEqual([]);
    expect(brief(changed({ space: { learningRate: { log2: { from: -9, to: -3, step: 1e-7 } } } }))[0]).toMatch(/at most 10000/);
  });

  test("base: not among the widths and no divisor of them; head dimension unclear", () => {
    expect(brief(changed({ base: { width: 24 } }))).toEqual([
      "base.width: is not in scales.width, and 16, 32 are no multiples of it | use one of the widths, for example 16",
    ]);
    expect(brief(changed({ base: { width: 8 } }))).toEqual([]);
    expect(brief(changed({ scales: { ...good.scales, headDimension: [8, 16] } }))).toEqual([
      "base.headDimension: is missing, and scales.headDimension has several values: which is the base? | write 8",
    ]);
  });

  test("reference trainer: data and vocabulary that it cannot train with, models that it does not know", () => {
    expect(brief(changed({ data: { kind: "teacher", id: "t", seed: 1, examples: 10 } }))).toEqual([
      "data.kind: does not fit: the reference trainer trains transformer on package, text, markov | one of: package, text, markov",
    ]);
    expect(brief(changed({ model: { ...good.model, vocabularySize: 50 } }))).toEqual([
      "model.vocabularySize: is smaller than the 96 symbols of this data | leave it out, or write at least 96",
    ]);
    expect(brief(changed({ model: { architecture: "custom" }, parametrizations: ["sp"] }))).toEqual([
      'trainer: is the reference trainer, which cannot train a custom model | write trainer: { command: ["python3", "train.py"] }',
    ]);
    expect(brief(changed({ trainer: { command: ["./train"] } }))).toEqual([
      "model.vocabularySize: is missing: only your trainer knows how it reads this data | write a whole number",
    ]);
  });

  test("custom models: what the rules would train wrongly in silence", () => {
    const own = (tensors: unknown) => changed({ trainer: { command: ["./train"] }, model: { architecture: "custom", tensors } });
    expect(brief(own([{ name: "w", role: "hidden", shape: [64, 64] }]))[0]).toMatch(
      /^model.tensors: width is 32 and the base width 16, but no dimension of any tensor follows it/,
    );
    expect(brief(own([]))[0]).toMatch(/^model.tensors: mup scales tensors by role, but the model lists none/);
    expect(brief(own([{ name: "w", role: "hidden", shape: ["0.1*width", "width"] }]))[0]).toMatch(/w: 0.1\*width at width 16 is 1.6/);
    expect(brief(own([{ name: "w", role: "hidden", shape: ["2*widht", "width"] }]))[0]).toMatch(/model.tensors\[0\].shape\[0\]/);
    expect(own([{ name: "w", role: "hidden", shape: ["width", "width"] }])).toEqual([]);
  });

  test("strategy untuned is Adafactor by its own schedule, and nothing else", () => {
    const base = { space: {}, strategy: { name: "untuned" } };
    expect(brief(changed(base))).toEqual([
      "schedule.shape: does not fit strategy untuned | inverseSquareRoot",
      "optimizer.name: does not fit strategy untuned | adafactor with parameterScale",
    ]);
    const fits = { ...base, optimizer: { name: "adafactor" }, schedule: { shape: "inverseSquareRoot", warmupFraction: 0 } };
    expect(brief(changed(fits))).toEqual([]);
  });

  test("strategy list: its trials are checked like a grid's cells", () => {
    const listed = (trials: unknown) => brief(changed({ space: {}, strategy: { name: "list", trials } }));
    expect(listed([{ parametrization: "mup", hyperparameters: { learningRate: 0.1 }, scale: { width: 64 } }])).toEqual([]);
    expect(listed([{ parametrization: "mupp", hyperparameters: { learningRate: 0 }, scale: { width: 63 } }])).toEqual([
      "strategy.trials[0].parametrization: is not known | did you mean mup?",
      "strategy.trials[0].hyperparameters.learningRate: must be above 0",
      "strategy.trials[0].scale.width: width 63 is not a multiple of headDimension 8 | use 64, or another headDimension",
    ]);
    expect(brief(changed({ strategy: { name: "list" }, space: {} }))).toEqual(["strategy.trials: is missing | write a list"]);
    expect(brief(changed({ strategy: { name: "grid", trials: [{ parametrization: "mup", hyperparameters: {} }] } }))).toEqual([
      "strategy.trials: is not a known field | one of: name",
    ]);
    expect(
      brief(changed({ strategy: { name: "list", trials: [{ parametrization: "mup", hyperparameters: { learningRate: 1 } }] } })),
    ).toEqual(["space: is not read by strategy list | remove it, or use strategy grid"]);
  });

  test("schedule: warm-up and decay that overlap", () => {
    expect(brief(changed({ schedule: { shape: "warmupStableDecay", warmupFraction: 0.5, decayFraction: 0.75 } }))).toEqual([
      "schedule.decayFraction: and warmupFraction 0.5 add up to more than the whole run | at most 0.5",
    ]);
  });

  test("executors are those that the caller knows", () => {
    const text = stringify({ ...good, executor: { name: "slurm" } });
    expect(() => parseStudyFile(text, "study.yaml")).toThrow(LadderError);
    expect(parseStudyFile(text, "study.yaml", { executors: ["local", "slurm"] }).executor.name).toBe("slurm");
  });
});
