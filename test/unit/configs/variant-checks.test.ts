import { expect, test } from "vitest";
import { LadderError } from "../../../analysis/study/ladder-error.ts";
import { parseStudyFile } from "../../../infra/configs/study-file.ts";

const base = {
  study: "variants",
  model: { architecture: "transformer", sequenceLength: 32, vocabularySize: 96 },
  data: { kind: "package", id: "moby-dick" },
  optimizer: { name: "adam", beta1: 0.9, beta2: 0.95 },
  base: { width: 16 },
  scales: { width: [16, 32], depth: 2, headDimension: 8, batchSizeTokens: 256, tokenHorizon: 51_200 },
  parametrizations: ["changed"],
  space: { learningRate: { values: [0.01] } },
  seeds: [1],
};

/** `path: message` of every problem of a study whose only variant is this one. */
function problemsOf(variant: object, changes: object = {}): readonly string[] {
  try {
    parseStudyFile(JSON.stringify({ ...base, variants: { changed: { parametrization: "mup", ...variant } }, ...changes }), "study.json");
    return [];
  } catch (error) {
    if (!(error instanceof LadderError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message.replace(/ \(line \d+\)$/, "")}`);
  }
}

test("a variant of every kind of part is read", () => {
  expect(
    problemsOf({
      model: { normGains: "vector", biases: true },
      schedule: { shape: "cosine" },
      optimizer: { name: "lion", beta1: 0.9, beta2: 0.99 },
      weightDecayKind: "independent",
      hyperparameters: { weightDecay: 1e-4 },
      batchSizeFactor: 4,
      published: { outcome: "does-not-transfer", source: "a paper" },
    }),
  ).toEqual([]);
});

test.each([
  [{ model: { normGain: "vector" } }, ["variants.changed.model.normGain: is not a known field"]],
  [{ model: { normGains: "matrix" } }, ["variants.changed.model.normGains: is not one of the possible values"]],
  [{ model: { architecture: "mlp" } }, [expect.stringContaining("variants.changed.model.architecture: cannot change")]],
  [
    { model: { sequenceLength: 48 } },
    [expect.stringContaining("variants.changed.model: cannot be built: batchSizeTokens 256 is not a multiple")],
  ],
  [{ schedule: { shape: "spiral" } }, ["variants.changed.schedule.shape: is not one of the possible values"]],
  [
    { schedule: { shape: "warmupStableDecay", decayFraction: 0.95 } },
    ["variants.changed.schedule.decayFraction: and warmupFraction 0.1 add up to more than the whole run"],
  ],
  [{ hyperparameters: { learningRte: 1 } }, ["variants.changed.hyperparameters.learningRte: is no hyperparameter of this architecture"]],
  [{ hyperparameters: { weightDecay: -1 } }, [expect.stringContaining("variants.changed.hyperparameters.weightDecay: must be")]],
  [{ hyperparameters: { learningRate: 0.1 } }, ["variants.changed.hyperparameters.learningRate: is fixed here and swept in space"]],
  [{ batchSizeFactor: 0.1 }, ["variants.changed.batchSizeFactor: makes batchSizeTokens 25.6 of 256, which is no whole number"]],
  [{ batchSizeFactor: 3 }, [expect.stringContaining("makes batchSizeTokens 768 of 256, of which tokenHorizon 51200 is no multiple")]],
  [
    { batchSizeFactor: 0.0625 },
    [expect.stringContaining("makes batchSizeTokens 16 of 256: batchSizeTokens 16 is not a multiple of sequenceLength")],
  ],
  [{ parametrization: "mupp" }, ["variants.changed.parametrization: is not known"]],
  [{ optimizer: { name: "adamm", beta1: 0.9, beta2: 0.95 } }, ["variants.changed.optimizer.name: is not known"]],
])("%j is refused with its place", (variant, problems) => {
  expect(problemsOf(variant)).toEqual(problems);
});

test("a variant that nothing sweeps is refused, unless a listed trial asks for it", () => {
  expect(problemsOf({}, { parametrizations: ["mup"] })).toEqual(["variants.changed: is not swept"]);
  const trials = [{ parametrization: "changed", hyperparameters: { learningRate: 0.01 } }];
  expect(problemsOf({}, { parametrizations: ["mup"], space: {}, strategy: { name: "list", trials } })).toEqual([]);
});

test("a variant with the name of a rule set is refused: it would hide it", () => {
  expect(problemsOf({}, { parametrizations: ["mup"], variants: { mup: { parametrization: "sp" } } })).toEqual([
    "variants.mup: has the name of the rule set mup",
  ]);
});

test("a listed trial may repeat a fixed value, not contradict it", () => {
  const listed = (weightDecay: number) => ({
    space: {},
    strategy: { name: "list", trials: [{ parametrization: "changed", hyperparameters: { learningRate: 0.01, weightDecay } }] },
  });
  const variant = { hyperparameters: { weightDecay: 0.1 } };
  expect(problemsOf(variant, listed(0.1))).toEqual([]);
  expect(problemsOf(variant, listed(0.2))).toEqual([
    "variants.changed.hyperparameters.weightDecay: is fixed here, and strategy.trials[0] asks for another value",
  ]);
});

test("a variant's axes may be named in spaceFor, an unlisted name may not", () => {
  const own = { learningRate: { values: [0.1] } };
  expect(problemsOf({}, { spaceFor: { changed: own } })).toEqual([]);
  expect(problemsOf({}, { spaceFor: { chnged: own } })).toEqual(["spaceFor.chnged: is not known"]);
});
