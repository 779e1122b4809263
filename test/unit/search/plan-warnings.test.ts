import { describe, expect, test } from "vitest";
import { planTrials } from "../../../analysis/search/plan.ts";
import { planWarnings } from "../../../analysis/search/plan-warnings.ts";
import { type StudySpecInput, studySpecSchema } from "../../../analysis/study/study-spec.ts";
import { exampleStudy, exampleTrainer } from "../operations/example-trials.ts";

function warningsOf(changes: Partial<StudySpecInput>) {
  const spec = studySpecSchema.parse({ ...exampleStudy, ...changes });
  const trials = planTrials(spec, { kind: "markov", id: "markov-8", seed: 1, vocabularySize: 8, concentration: 0.5 }, exampleTrainer);
  return planWarnings(spec, trials);
}
const scales = (width: readonly number[]) => ({ width: [...width], depth: 1, headDimension: 8, batchSizeTokens: 64, tokenHorizon: 64 });

describe("what a plan warns of", () => {
  test("nothing near the base", () => {
    expect(warningsOf({})).toEqual([]);
  });

  test("widths beyond ten times the base, once a rule set that carries learning rates; SP carries none", () => {
    const warnings = warningsOf({ scales: scales([16, 176, 192]) });
    expect(warnings.map(({ parametrization, code }) => [parametrization, code])).toEqual([["mup", "WIDTH_FAR_FROM_BASE"]]);
    expect(warnings[0]?.words).toMatch(/^width 192 is 12 times from the base's 16/);
  });

  test("tensors that start below Adafactor's floor, by the floor that the study gives", () => {
    const adafactor = (parameterScaleFloor: number) => ({ name: "adafactor", minimumDimensionFactored: 1, parameterScaleFloor }) as const;
    expect(warningsOf({ optimizer: adafactor(1e-3), parametrizations: ["mup"] })).toEqual([]);
    // At width 32 hidden tensors start at 1/sqrt(32) = 0.18, the feed-forward's second matrix at 1/sqrt(128) = 0.088.
    const [warning] = warningsOf({ optimizer: adafactor(0.1), parametrizations: ["mup"] });
    expect(warning).toMatchObject({ code: "PARAMETER_SCALE_FLOOR" });
    expect(warning?.words).toMatch(/blocks\.0\.feedForward\.down.* 8\.8e-2, below Adafactor's floor 0\.1/);
  });

  test("a readout that starts at zero under K-FAC", () => {
    const warnings = warningsOf({
      model: { architecture: "mlp", inputDimension: 4, classes: 3, zeroReadoutInit: true },
      data: { kind: "teacher", id: "teacher", seed: 1, examples: 64 },
      optimizer: { name: "kfac" },
      parametrizations: ["mup"],
    });
    // The teacher's data is not read by a plan.
    expect(warnings.map(({ code }) => code)).toEqual(["ZERO_READOUT_UNDER_KFAC"]);
  });

  test("a model that a rule set is not made for: where norms stand under munit, their gains under u-muP", () => {
    const model = { architecture: "transformer", sequenceLength: 8 } as const;
    const under = (parametrization: string, change: object) =>
      warningsOf({
        parametrizations: [parametrization],
        model: { ...model, ...change },
        optimizer: { name: "adamw", beta1: 0.9, beta2: 0.95 },
      });
    expect(under("munit", {})).toMatchObject([{ code: "MODEL_UNLIKE_RULES", parametrization: "munit" }]);
    expect(under("munit", {})[0]?.words).toBe(
      "normPosition is branchInput, but munit is made for branchOutput: its rules may not hold for this model",
    );
    expect(under("munit", { normPosition: "branchOutput" })).toEqual([]);
    expect(under("u-mup", { normGains: "vector" })[0]?.words).toMatch(/^normGains is vector, but u-mup is made for none/);
    expect(under("u-mup", {})).toEqual([]);
    expect(under("mup", { normGains: "vector", normPosition: "branchOutput" })).toEqual([]);
  });

  test("learning rates of unit-scaled gradients, for a trainer that Ladder cannot tell to scale them", () => {
    const under = (parametrization: string, optimizer: StudySpecInput["optimizer"]) =>
      warningsOf({
        parametrizations: [parametrization],
        model: { architecture: "custom", tensors: [{ name: "readout", role: "output", shape: [8, "width"] }] },
        data: { kind: "external", id: "mine" },
        trainer: { command: ["python3", "train.py"] },
        optimizer,
      }).map(({ code }) => code);
    expect(under("u-mup", { name: "sgd", momentum: 0 })).toEqual(["GRADIENTS_NOT_KNOWN"]);
    expect(under("u-mup", { name: "adam", beta1: 0.9, beta2: 0.95 })).toEqual([]);
    expect(under("mup", { name: "sgd", momentum: 0 })).toEqual([]);
  });
});
