import { describe, expect, test } from "vitest";
import { countNonEmbeddingParameters, countParameters, countScale } from "../../../analysis/parametrizations/architectures/count.ts";
import { findArchitecture, tensorTable } from "../../../analysis/parametrizations/architectures/index.ts";
import { textAlphabetSize } from "../../../analysis/parametrizations/architectures/transformer.ts";
import { powerOf } from "../../../analysis/parametrizations/factor.ts";
import { fillHyperparameters } from "../../../analysis/parametrizations/hyperparameters.ts";
import { findParametrization } from "../../../analysis/parametrizations/index.ts";
import { readOptimizer } from "../../../analysis/parametrizations/optimizers/index.ts";
import { resolveOperations } from "../../../analysis/parametrizations/resolve-operations.ts";
import { resolveTensors } from "../../../analysis/parametrizations/resolve.ts";
import { type ModelSpec, modelSpecSchema } from "../../../analysis/study/study-spec.ts";
import type { Data } from "../../../analysis/study/trainer-contract.ts";
import { alphabetSize } from "../../../trainers/reference/data/text.ts";

const text: Data = { kind: "text", id: "moby-dick", path: "data.txt", sha256: "0".repeat(64), heldOutFraction: 0.05 };
const transformerSpec = modelSpecSchema.parse({ architecture: "transformer", sequenceLength: 32, vocabularySize: 96 });
const hyperparameters = fillHyperparameters({ learningRate: 0.5 });

function scale(width: number, depth = 2) {
  return { width, depth, headDimension: 8, batchSizeTokens: 256, tokenHorizon: 51_200 };
}

function rows(spec: ModelSpec, parametrization: string, optimizer: string, width: number, baseWidth: number) {
  const model = findArchitecture(spec.architecture).resolveModel(spec, text);
  return resolveTensors({
    parametrization: findParametrization(parametrization),
    optimizer: readOptimizer(optimizer),
    tensors: tensorTable(model, scale(width), spec),
    baseTensors: tensorTable(model, scale(baseWidth), spec),
    scale: scale(width),
    base: scale(baseWidth),
    hyperparameters,
    weightDecayKind: "decoupled",
  });
}

describe("a transformer of width 128 with base 16 under muP and Adam", () => {
  const table = new Map(rows(transformerSpec, "mup", "adam", 128, 16).map((row) => [row.name, row]));

  test("hidden tensors: learning rate / 8, deviation 1/sqrt(128)", () => {
    for (const name of ["attention.query", "attention.output", "feedForward.up"]) {
      expect(table.get(`blocks.1.${name}`)?.learningRate).toBe(0.5 / 8);
      expect(table.get(`blocks.1.${name}`)?.initStd).toBeCloseTo(1 / Math.sqrt(128), 15);
    }
    // Its fan-in is 4 x width: 512 here, 64 at the base.
    expect(table.get("blocks.1.feedForward.down")?.initStd).toBeCloseTo(1 / Math.sqrt(512), 15);
    expect(table.get("blocks.1.feedForward.down")?.learningRate).toBe(0.5 / 8);
  });

  test("tables keep learning rate and deviation", () => {
    for (const [name, initStd] of [
      ["tokenEmbedding", 1],
      ["positionEmbedding", 0.1],
    ] as const)
      expect(table.get(name)).toMatchObject({ learningRate: 0.5, initStd, forwardMultiplier: 1, fanIn: 1, fanOut: 128 });
  });

  test("the readout keeps the deviation of the base and is divided by 8, forward and backward", () => {
    expect(table.get("readout")).toMatchObject({ learningRate: 0.5, initStd: 0.25, forwardMultiplier: 1 / 8, backwardMultiplier: 1 / 8 });
  });
});

test("SP at the same width: one learning rate, readout deviation 1/sqrt(128), no multiplier", () => {
  const table = rows(transformerSpec, "sp", "adam", 128, 16);
  expect(new Set(table.map((row) => row.learningRate))).toEqual(new Set([0.5]));
  expect(new Set(table.map((row) => row.forwardMultiplier))).toEqual(new Set([1]));
  expect(table.at(-1)?.initStd).toBeCloseTo(1 / Math.sqrt(128), 15);
});

test("attention logits: sqrt(base)/headDimension under muP, 1/sqrt(headDimension) under SP, equal at the base", () => {
  const logits = (id: string, headDimension: number) =>
    resolveOperations({
      parametrization: findParametrization(id),
      hasAttention: true,
      residualBranches: [],
      scale: { ...scale(128, 1), headDimension },
      base: { ...scale(128, 1), headDimension: 16 },
      hyperparameters,
    }).attentionLogitScale;
  expect(logits("mup", 64)).toBe(Math.sqrt(16) / 64);
  expect(logits("sp", 64)).toBe(1 / Math.sqrt(64));
  expect(logits("mup", 16)).toBe(logits("sp", 16));
});

test("width multipliers belong to tensors: a layer that does not widen with the others keeps its own", () => {
  const spec = modelSpecSchema.parse({
    architecture: "custom",
    tensors: [
      { name: "in", role: "input", shape: ["width", 10] },
      { name: "wide", role: "hidden", shape: ["width", "width"] },
      { name: "fixed", role: "hidden", shape: [64, 64] },
    ],
  });
  const table = rows(spec, "mup", "adam", 64, 16);
  expect(table.map((row) => [row.name, row.learningRate, row.group])).toEqual([
    ["in", 0.5, "input"],
    ["wide", 0.125, "hidden.1"],
    ["fixed", 0.5, "hidden.2"],
  ]);
});

test("hidden tensors that grow by different factors get rates and groups of their own", () => {
  const pair = (up: number, down: number) => [
    { name: "a", role: "hidden" as const, shape: [up, down], fanIn: down, fanOut: up, lookup: false },
    { name: "b", role: "hidden" as const, shape: [down, up], fanIn: up, fanOut: down, lookup: false },
  ];
  const table = resolveTensors({
    parametrization: findParametrization("mup"),
    optimizer: readOptimizer("sgd"),
    tensors: pair(160, 32),
    baseTensors: pair(80, 8),
    scale: scale(32),
    base: scale(8),
    hyperparameters,
    weightDecayKind: "decoupled",
  });
  expect(table.map((row) => [row.learningRate, row.group])).toEqual([
    [0.25, "hidden.1"],
    [1, "hidden.2"],
  ]);
});

describe("what silently goes wrong elsewhere is refused", () => {
  const spec = (tensors: unknown) => modelSpecSchema.parse({ architecture: "custom", tensors });

  test("a wide model none of whose tensors widens", () => {
    const fixed = spec([{ name: "w", role: "hidden", shape: [64, 64] }]);
    for (const id of ["sp", "mup"]) expect(() => rows(fixed, id, "adam", 64, 16)).toThrow(/no dimension of any tensor follows it/);
    expect(rows(fixed, "mup", "adam", 16, 16)).toHaveLength(1);
  });

  test("a model without tensors under rules that need them; sp, which needs none, is fine", () => {
    expect(() => rows(spec([]), "mup", "adam", 64, 16)).toThrow(/lists none/);
    expect(rows(spec([]), "sp", "adam", 64, 16)).toEqual([]);
  });

  test("a role that contradicts how the tensor grows", () => {
    expect(() => rows(spec([{ name: "w", role: "hidden", shape: [64, "width"] }]), "mup", "adam", 64, 16)).toThrow(
      /w is declared hidden, but only its fan-in grows/,
    );
    expect(() => rows(spec([{ name: "w", role: "input", shape: ["width", "width"] }]), "mup", "adam", 64, 16)).toThrow(
      /input, but its fan-in grows/,
    );
    expect(() => rows(spec([{ name: "w", role: "output", shape: ["width", "width"] }]), "mup", "adam", 64, 16)).toThrow(
      /output, but its fan-out grows/,
    );
  });

  test("a hidden tensor without a base", () => {
    const tensor = { name: "w", role: "hidden" as const, shape: [4, 4], fanIn: 4, fanOut: 4, lookup: false };
    expect(() =>
      resolveTensors({
        parametrization: findParametrization("mup"),
        optimizer: readOptimizer("adam"),
        tensors: [tensor],
        baseTensors: [],
        scale: scale(4),
        base: scale(2),
        hyperparameters,
        weightDecayKind: "decoupled",
      }),
    ).toThrow(/no base for w/);
  });

  test("hyperparameters: missing learning rate, negative and infinite values", () => {
    expect(() => fillHyperparameters({})).toThrow(/learningRate has no value/);
    expect(() => fillHyperparameters({ learningRate: 0 })).toThrow(/must be above 0/);
    expect(() => fillHyperparameters({ learningRate: 1, weightDecay: -1 })).toThrow(/weightDecay is -1/);
    expect(() => fillHyperparameters({ learningRate: Number.POSITIVE_INFINITY })).toThrow(/Infinity/);
  });

  test("a vocabulary that nobody knows; text has the symbols that the reference trainer reads", () => {
    const spec32 = modelSpecSchema.parse({ architecture: "transformer", sequenceLength: 32 });
    expect(() => findArchitecture("transformer").resolveModel(spec32, { kind: "external", id: "own" })).toThrow(
      /vocabularySize is missing/,
    );
    expect(findArchitecture("transformer").resolveModel(spec32, text)).toMatchObject({ vocabularySize: alphabetSize });
    expect(textAlphabetSize).toBe(alphabetSize);
  });
});

describe("counts", () => {
  test("transformer: 12 depth width^2 in blocks, tables apart, readout counted", () => {
    const model = findArchitecture("transformer").resolveModel(transformerSpec, text);
    const tensors = tensorTable(model, scale(128), transformerSpec);
    expect(countNonEmbeddingParameters(tensors)).toBe(12 * 2 * 128 * 128 + 96 * 128);
    expect(countParameters(tensors)).toBe(12 * 2 * 128 * 128 + 96 * 128 + 96 * 128 + 32 * 128);
    expect(countScale(scale(128), tensors, "6ND").trainingFlops).toBe(6 * (12 * 2 * 128 * 128 + 96 * 128) * 51_200);
  });

  test("FLOPs beyond 64-bit integers stay finite and right", () => {
    expect(
      countScale(
        { ...scale(128), tokenHorizon: 15e12 },
        [{ name: "w", role: "hidden", shape: [1e6, 1e6], fanIn: 1e6, fanOut: 1e6, lookup: false }],
        "6ND",
      ).trainingFlops,
    ).toBe(9e25);
  });

  test("mlp: every tensor multiplies", () => {
    const spec = modelSpecSchema.parse({ architecture: "mlp", inputDimension: 64, classes: 16 });
    const tensors = tensorTable({ architecture: "mlp", inputDimension: 64, classes: 16 }, scale(32, 3), spec);
    expect(tensors.map((tensor) => tensor.name)).toEqual(["layers.0", "layers.1", "layers.2", "readout"]);
    expect(countNonEmbeddingParameters(tensors)).toBe(64 * 32 + 2 * 32 * 32 + 16 * 32);
    expect(countParameters(tensors)).toBe(countNonEmbeddingParameters(tensors));
  });
});

test("custom shapes: kernels count into the fan-in, tables are told from matrices", () => {
  const spec = modelSpecSchema.parse({
    architecture: "custom",
    tensors: [
      { name: "conv", role: "hidden", shape: ["2 * width", "width", 3, 3] },
      { name: "table", role: "input", shape: [50, "width"] },
      { name: "patch", role: "input", shape: ["width", 48] },
      { name: "half", role: "bias", shape: ["0.5*width"] },
    ],
  });
  expect(
    tensorTable({ architecture: "custom" }, scale(32), spec).map(({ shape, fanIn, fanOut, lookup }) => ({ shape, fanIn, fanOut, lookup })),
  ).toEqual([
    { shape: [64, 32, 3, 3], fanIn: 288, fanOut: 64, lookup: false },
    { shape: [50, 32], fanIn: 1, fanOut: 32, lookup: true },
    { shape: [32, 48], fanIn: 48, fanOut: 32, lookup: false },
    { shape: [16], fanIn: 1, fanOut: 16, lookup: false },
  ]);
});

test("half powers are exact: 4^(-1/2) is 1/2, 64^(-1) is 1/64", () => {
  expect(powerOf(4, -0.5)).toBe(0.5);
  expect(powerOf(64, -1)).toBe(1 / 64);
  expect(powerOf(9, 1.5)).toBe(27);
  expect(powerOf(7, 0)).toBe(1);
  expect(powerOf(2, 0.3)).toBeCloseTo(2 ** 0.3, 14);
});
