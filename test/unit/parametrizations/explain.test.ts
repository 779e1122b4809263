import { describe, expect, it } from "vitest";
import { compareRules } from "../../../analysis/parametrizations/compare.ts";
import type { Parametrization } from "../../../analysis/parametrizations/contract.ts";
import { convertTable } from "../../../analysis/parametrizations/conversion.ts";
import { explainTensor } from "../../../analysis/parametrizations/explanation/explain.ts";
import { explainOperations } from "../../../analysis/parametrizations/explanation/explain-operations.ts";
import { exponentText, shortNumber } from "../../../analysis/parametrizations/explanation/factor-text.ts";
import type { BaseValueName } from "../../../analysis/parametrizations/explanation/given-values.ts";
import { fillHyperparameters } from "../../../analysis/parametrizations/hyperparameters.ts";
import { findParametrization } from "../../../analysis/parametrizations/index.ts";
import { pairFamily } from "../../../analysis/parametrizations/models/family-pair.ts";
import { findModelFamily } from "../../../analysis/parametrizations/models/index.ts";
import { munit } from "../../../analysis/parametrizations/rule-sets/munit.ts";
import { readOptions } from "../../../analysis/parametrizations/options.ts";
import { readOptimizer } from "../../../analysis/parametrizations/optimizers/index.ts";
import { resolveOperations } from "../../../analysis/parametrizations/resolve-operations.ts";
import { resolveTable } from "../../../analysis/parametrizations/resolve.ts";
import { uMup } from "../../../analysis/parametrizations/rule-sets/u-mup.ts";
import { composeParametrizations } from "../../../analysis/parametrizations/compose.ts";
import type { WeightDecayKind } from "../../../analysis/study/study-spec.ts";

const base = { width: 256, depth: 4, headDimension: 64, batchSizeTokens: 1024, tokenHorizon: 1024_000 };
const scale = { ...base, width: 4096 };
const transformer = findModelFamily("transformer");

function rules(id: string): Parametrization {
  const definition = [uMup, munit].find((candidate) => candidate.id === id);
  if (definition === undefined) return findParametrization(id);
  return composeParametrizations(id, [{ definition, written: id, content: definition.build(readOptions(definition, "")) }]);
}

function resolve(
  id: string,
  {
    optimizer = "adam",
    here = scale,
    given = {},
    weightDecayKind = "decoupled",
  }: {
    optimizer?: string;
    here?: typeof scale;
    given?: Readonly<Record<string, number>>;
    weightDecayKind?: WeightDecayKind;
  } = {},
) {
  const pairs = pairFamily(transformer, { scale: here, base, parameters: {} });
  const input = {
    parametrization: rules(id),
    optimizer: readOptimizer(optimizer),
    scale: here,
    base,
    tensors: pairs.map(({ tensor }) => tensor),
    baseTensors: pairs.map((pair) => pair.base),
    hyperparameters: fillHyperparameters({ learningRate: 1, weightDecay: 1, epsilon: 1, ...given }),
    weightDecayKind,
  };
  return {
    input,
    table: resolveTable(input),
    context: { ...input, given: new Set(Object.keys(given)) as ReadonlySet<BaseValueName> },
  };
}

function explain(id: string, tensor: string, of: string, options: Parameters<typeof resolve>[1] = {}) {
  const { table, context } = resolve(id, options);
  const resolved = table.find(({ row }) => row.name === tensor);
  if (resolved === undefined) throw new Error(`no ${tensor}`);
  const found = explainTensor(resolved, context).numbers.find((number) => number.of === of);
  if (found === undefined) throw new Error(`no ${of}`);
  return found;
}

const query = "blocks.0.attention.query";

describe("an explanation", () => {
  it("has the formula, the values in it, the result, the source and its evidence", () => {
    expect(explain("mup", query, "learningRate", { given: { learningRate: 0.01 } })).toEqual({
      of: "learningRate",
      formula: "0.01 × (fanIn/base)^-1",
      substituted: "0.01 × (fanIn 4096/256)^-1",
      kind: "value",
      value: 0.000625,
      remarks: [],
      sources: [{ component: "mup", source: expect.stringContaining("table 8") as unknown, evidence: ["paper", "golden", "live"] }],
    });
  });

  it("gives a factor on what nobody gave", () => {
    expect(explain("mup", query, "learningRate")).toMatchObject({
      substituted: "base × (fanIn 4096/256)^-1",
      kind: "factor",
      value: 1 / 16,
    });
    expect(explain("mup", query, "epsilon", { given: { epsilon: 1e-8 } })).toMatchObject({
      substituted: "1e-8",
      kind: "value",
      remarks: ["no rule: the same at every scale"],
    });
  });

  it("says what a deviation was made of", () => {
    expect(explain("mup", query, "initStd", { given: { initStd: 2 } })).toMatchObject({
      substituted: "initStd 2 × 1/sqrt(base fanIn 256) × (fanIn 4096/256)^(-1/2)",
      value: 2 / 64,
    });
    expect(explain("mup", "positionEmbedding", "initStd", { given: { initStd: 1 } })).toMatchObject({
      substituted: "0.1 of positionEmbedding",
      value: 0.1,
    });
  });

  it("names the module whose own value was given", () => {
    const given = { learningRate: 0.01, "learningRate@attention.query": 3 };
    expect(explain("mup", query, "learningRate", { given }).substituted).toBe(
      "0.01 × learningRate@attention.query 3 × (fanIn 4096/256)^-1",
    );
  });

  it("shows the conversion of independent decay", () => {
    const given = { learningRate: 0.01, weightDecay: 1e-4 };
    const found = explain("mup", query, "weightDecay", { given, weightDecayKind: "independent" });
    expect(found.substituted).toBe("0.0001 / learningRate 0.000625");
    expect(found.value).toBeCloseTo(0.16, 12);
    expect(found.remarks[0]).toContain("weightDecayKind independent");
  });

  it("names the steps of abc-symmetry between the rules as written and the form in use", () => {
    const { table, context } = resolve("mup", { optimizer: "kfac" });
    const readout = table.find(({ row }) => row.name === "readout");
    if (readout === undefined) throw new Error("no readout");
    expect(explainTensor(readout, context).form).toMatchObject({
      form: "form8",
      t: { substituted: "(fanIn 4096/256)^-1", value: 1 / 16 },
      changes: ["initStd × t^-1", "forwardMultiplier × t", "dampingFanOut × t^2"],
      source: expect.stringContaining("gauge of kfac") as unknown,
    });
  });

  it("covers what is no tensor", () => {
    const { input, context } = resolve("sp", { here: { ...scale, headDimension: 128 } });
    const operations = resolveOperations({ ...input, hasAttention: true, residualBranches: [] });
    expect(explainOperations({ ...context, operations, optimizer: input.optimizer, betas: {} })).toMatchObject([
      {
        of: "attentionLogitScale",
        substituted: "1/sqrt(base headDimension 64) × (headDimension 128/64)^(-1/2)",
        value: 1 / Math.sqrt(128),
      },
    ]);
  });

  it.each([
    [-0.5, "-1/2"],
    [2, "2"],
    [-1 / 3, "-1/3"],
    [0.7, "0.7"],
  ])("writes the exponent %f as %s", (exponent, text) => {
    expect(exponentText(exponent)).toBe(text);
  });

  it("rounds to six digits", () => {
    expect([0.000625, 1 / 3, 1e-8, 4096].map(shortNumber)).toEqual(["0.000625", "0.333333", "1e-8", "4096"]);
  });
});

describe("a comparison", () => {
  const compared = (id: string, options: Parameters<typeof resolve>[1] = {}) => {
    const { input, table } = resolve(id, options);
    return { ...input, table };
  };

  it("finds nothing between a rule set and itself, nor between any two at the base", () => {
    expect(compareRules(compared("mup"), compared("mup"), "growth")).toEqual([]);
    expect(compareRules(compared("mup", { here: base }), compared("sp", { here: base }), "growth")).toEqual([]);
    expect(compareRules(compared("mup", { here: base }), compared("sp", { here: base }), "absolute")).toEqual([]);
  });

  it("shows of munit and u-mup the embedding's learning rate and nothing else", () => {
    expect(compareRules(compared("munit"), compared("u-mup"), "growth")).toEqual(
      ["embedding", "positionEmbedding"].map((module) => ({
        tensors: [module === "embedding" ? "tokenEmbedding" : module],
        role: "input",
        module,
        quantity: "learningRate",
        left: { formula: "constant", value: 1 },
        right: { formula: "(fanOut/base)^(-1/2)", value: 0.25 },
      })),
    );
  });

  it("adds the depth factor where depth grows", () => {
    const deeper = { here: { ...scale, depth: 16 } };
    const found = compareRules(compared("munit", deeper), compared("u-mup", deeper), "growth");
    expect(found.filter(({ module }) => module === "attention.query")).toMatchObject([
      { quantity: "learningRate", right: { formula: "(fanIn/base)^(-1/2) × (depth/base)^(-1/2)", value: 1 / 8 } },
    ]);
    expect(found.find(({ module }) => module === "attention.query")?.tensors).toHaveLength(16);
    expect(found.find(({ quantity }) => quantity === "residualMultipliers")).toMatchObject({ left: { value: null } });
  });

  it("has constants in absolute numbers only", () => {
    const sides = [compared("mup"), compared("mup:attention=inverse")] as const;
    expect(compareRules(...sides, "growth")).toEqual([]);
    expect(compareRules(...sides, "absolute")).toMatchObject([
      { quantity: "attentionLogitScale", left: { value: 1 / 8 }, right: { value: 1 / 64 } },
    ]);
  });
});

describe("a conversion", () => {
  it.each(["sgd", "adam", "adafactor", "muon", "shampoo:left=0.5,right=0.5", "kfac"])("leaves under %s what trains alone", (optimizer) => {
    for (const form of ["form3", "form8", "form9"] as const) {
      const { tensors, unchanged } = convertTable(resolve("mup", { optimizer }).input, form);
      expect(tensors.length).toBeGreaterThan(20);
      expect(unchanged.length).toBeGreaterThanOrEqual(2);
      for (const { largestChange } of unchanged) expect(largestChange).toBeLessThan(1e-12);
    }
  });

  it("says t, and what it multiplies", () => {
    const { tensors } = convertTable(resolve("mup").input, "form3");
    const readout = tensors.find(({ before }) => before.row.name === "readout");
    expect(readout?.t.value).toBe(16);
    expect(readout?.after.row).toMatchObject({ forwardMultiplier: 1, learningRate: 1 / 16 });
  });

  it("of unit scaling has the true gradients on both sides and says so", () => {
    const { input } = resolve("u-mup");
    const facts = { sequenceLength: 8, vocabularySize: 32, activation: "relu", gated: false } as const;
    expect(convertTable({ ...input, modelFacts: facts }, "form3").trueGradients).toBe(true);
    expect(convertTable(resolve("mup").input, "form3").trueGradients).toBe(false);
  });
});
