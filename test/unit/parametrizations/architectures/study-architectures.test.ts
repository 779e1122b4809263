import { describe, expect, test } from "vitest";
import {
  countActiveParameters,
  countNonEmbeddingParameters,
  countParameters,
} from "../../../../analysis/parametrizations/architectures/count.ts";
import { architectures, findArchitecture, tensorTable } from "../../../../analysis/parametrizations/architectures/index.ts";
import { modelSpecSchema } from "../../../../analysis/study/study-spec.ts";
import type { Data } from "../../../../analysis/study/trainer-contract.ts";
import { modelSchema, trainerRunSchema } from "../../../../analysis/study/trainer-contract.ts";
import { expectedTensors } from "../../../../trainers/reference/models/tensor-table.ts";

const data: Data = { kind: "text", id: "text", path: "data.txt", sha256: "0".repeat(64), heldOutFraction: 0.05 };
const scale = { width: 32, depth: 2, headDimension: 8, batchSizeTokens: 256, tokenHorizon: 51_200 };

function resolve(written: Readonly<Record<string, unknown>>, at = scale) {
  const spec = modelSpecSchema.parse(written);
  const model = findArchitecture(spec.architecture).resolveModel(spec, data);
  return { model, tensors: tensorTable(model, at, spec) };
}

const transformer = { architecture: "transformer", sequenceLength: 16, vocabularySize: 96 };
const mlp = { architecture: "mlp", inputDimension: 12, classes: 5 };
const residualMlp = { architecture: "residualMlp", inputDimension: 12, classes: 5 };

test("what a model's defaults are is left out of the resolved model, so that keys of older runs stay", () => {
  expect(resolve(transformer).model).toEqual({
    architecture: "transformer",
    vocabularySize: 96,
    sequenceLength: 16,
    feedForwardRatio: 4,
    tiedEmbeddings: false,
  });
  expect(resolve(mlp).model).toEqual({ architecture: "mlp", inputDimension: 12, classes: 5 });
});

test("every resolved model is one that the trainer contract knows, with what was chosen in it", () => {
  const chosen = [
    { ...transformer, activation: "gelu", gatedFeedForward: true, biases: true, normGains: "scalar", normPosition: "branchOutput" },
    { ...mlp, activation: "tanh", biases: true },
    { ...residualMlp, productsPerBlock: 1, activation: "relu" },
  ];
  for (const written of chosen) {
    const { model } = resolve(written);
    expect(modelSchema.parse(model)).toMatchObject(written);
  }
  // What a tensor starts at is in its row and not in the model.
  expect(resolve({ ...transformer, zeroQueryInit: true, zeroReadoutInit: true }).model).toEqual(resolve(transformer).model);
  expect(resolve(residualMlp).model).toMatchObject({ productsPerBlock: 2, activation: "tanh" });
});

test("names and shapes are those that the reference trainer expects, whatever is chosen", () => {
  const yesOrNo = [false, true];
  const chosen = [
    ...yesOrNo.flatMap((biases) =>
      yesOrNo.flatMap((gatedFeedForward) =>
        ["none", "vector", "scalar"].map((normGains) => ({ ...transformer, biases, gatedFeedForward, normGains })),
      ),
    ),
    ...yesOrNo.map((biases) => ({ ...mlp, biases })),
    ...[1, 2].map((productsPerBlock) => ({ ...residualMlp, productsPerBlock })),
  ];
  for (const written of chosen) {
    const { model, tensors } = resolve(written);
    const run = trainerRunSchema.parse({
      contract: 1,
      runKey: "run",
      attempt: 1,
      seed: 1,
      hyperparameters: {},
      scale: { ...scale, parameterCountTotal: 1, parameterCountNonEmbedding: 1, trainingFlops: 1, trainingFlopsFormula: "6ND" },
      model,
      data,
      optimizer: { name: "sgd", momentum: 0 },
      schedule: { shape: "constant", warmupSteps: 0, totalSteps: 1, finalFraction: 1, decaySteps: 0 },
      evaluation: { batches: 1, logEverySteps: 1 },
      tokenHorizon: scale.tokenHorizon,
      rungs: [],
      checkpoint: { folder: "folder", everySteps: 0 },
      resumeFrom: null,
      parents: [],
      tensors: [],
      operations: {
        attentionLogitScale: null,
        residualBlocks: [],
        embeddingMultiplier: 1,
        outputMultiplier: 1,
        activationMultiplier: 1,
        lossMultiplier: 1,
      },
    });
    const ours = new Map(tensors.map(({ name, shape }) => [name, shape]));
    expect(ours, JSON.stringify(written)).toEqual(expectedTensors(run));
  }
});

describe("a transformer's tensors", () => {
  const names = (written: Readonly<Record<string, unknown>>) => resolve(written, { ...scale, depth: 1 }).tensors.map(({ name }) => name);

  test("plain: tables, six matrices a block, readout", () => {
    expect(names(transformer)).toEqual([
      "tokenEmbedding",
      "positionEmbedding",
      "blocks.0.attention.query",
      "blocks.0.attention.key",
      "blocks.0.attention.value",
      "blocks.0.attention.output",
      "blocks.0.feedForward.up",
      "blocks.0.feedForward.down",
      "readout",
    ]);
  });

  test("with everything: gate, a bias a matrix of the blocks, a gain a norm", () => {
    const matrices = ["attention.query", "attention.key", "attention.value", "attention.output"];
    const feedForward = ["feedForward.up", "feedForward.gate", "feedForward.down"];
    const withBias = (name: string) => [`blocks.0.${name}`, `blocks.0.${name}.bias`];
    expect(names({ ...transformer, gatedFeedForward: true, biases: true, normGains: "vector" })).toEqual([
      "tokenEmbedding",
      "positionEmbedding",
      "blocks.0.attention.norm",
      ...matrices.flatMap(withBias),
      "blocks.0.feedForward.norm",
      ...feedForward.flatMap(withBias),
      "finalNorm",
      "readout",
    ]);
  });

  const of = (written: Readonly<Record<string, unknown>>, name: string) => resolve(written).tensors.find((tensor) => tensor.name === name);

  test("biases are as long as their matrix's output, gains as wide as the model, scalar gains one number that starts at 1", () => {
    const vectors = { ...transformer, biases: true, normGains: "vector", gatedFeedForward: true };
    expect(of(vectors, "blocks.1.feedForward.gate.bias")).toMatchObject({ role: "bias", shape: [128], fanIn: 1, insideBlock: true });
    expect(of(vectors, "blocks.1.attention.norm")).toMatchObject({
      role: "normGain",
      shape: [32],
      module: "attention.norm",
      insideBlock: true,
    });
    const final = of({ ...transformer, normGains: "scalar" }, "finalNorm");
    expect(final).toMatchObject({ role: "scalar", shape: [1], initMean: 1, module: "finalNorm" });
    expect(final?.insideBlock).toBeUndefined();
  });

  test("zero initialisations are factors of 0 on exactly the tensors named", () => {
    const zeros = (written: Readonly<Record<string, unknown>>) =>
      resolve(written)
        .tensors.filter(({ initStdFactor }) => initStdFactor === 0)
        .map(({ name }) => name);
    expect(zeros(transformer)).toEqual([]);
    expect(zeros({ ...transformer, zeroQueryInit: true })).toEqual(["blocks.0.attention.query", "blocks.1.attention.query"]);
    expect(zeros({ ...transformer, zeroReadoutInit: true })).toEqual(["readout"]);
    expect(zeros({ ...mlp, zeroReadoutInit: true })).toEqual(["readout"]);
    expect(zeros({ ...residualMlp, zeroReadoutInit: true })).toEqual(["readout"]);
  });

  test("the position table alone starts smaller than its role", () => {
    expect(of(transformer, "positionEmbedding")).toMatchObject({ initStdFactor: 0.1, lookup: true, fanIn: 1 });
    expect(of(transformer, "tokenEmbedding")?.initStdFactor).toBeUndefined();
  });
});

test("an mlp's biases follow their layers; that of the readout is a scalar, as long as there are classes", () => {
  const { tensors } = resolve({ ...mlp, biases: true });
  expect(tensors.map(({ name, role, shape }) => [name, role, ...shape])).toEqual([
    ["layers.0", "input", 32, 12],
    ["layers.0.bias", "bias", 32],
    ["layers.1", "hidden", 32, 32],
    ["layers.1.bias", "bias", 32],
    ["readout", "output", 5, 32],
    ["readout.bias", "scalar", 5],
  ]);
});

test("a residual mlp: one feed-forward branch a block, with one or two square matrices", () => {
  const { tensors } = resolve(residualMlp);
  expect(tensors.map(({ name, role, shape }) => [name, role, ...shape])).toEqual([
    ["input", "input", 32, 12],
    ["blocks.0.first", "hidden", 32, 32],
    ["blocks.0.second", "hidden", 32, 32],
    ["blocks.1.first", "hidden", 32, 32],
    ["blocks.1.second", "hidden", 32, 32],
    ["readout", "output", 5, 32],
  ]);
  expect(resolve({ ...residualMlp, productsPerBlock: 1 }).tensors.map(({ name }) => name)).toEqual([
    "input",
    "blocks.0.first",
    "blocks.1.first",
    "readout",
  ]);
  const architecture = findArchitecture("residualMlp");
  expect(architecture.residualBranches({ ...scale, depth: 3 })).toEqual(["feedForward", "feedForward", "feedForward"]);
  expect(architecture.referenceData).toEqual(["teacher"]);
});

test("exactly what lies in residual blocks is marked so, and every tensor has a module", () => {
  const written = [{ ...transformer, biases: true, normGains: "vector", gatedFeedForward: true }, { ...mlp, biases: true }, residualMlp];
  for (const tensor of written.flatMap((model) => resolve(model).tensors)) {
    expect(tensor.insideBlock ?? false, tensor.name).toBe(tensor.name.startsWith("blocks."));
    expect(tensor.module, tensor.name).toMatch(/^[a-zA-Z.]+$/);
  }
});

test("every architecture of the study file is in the registry, once", () => {
  expect(architectures.map(({ id }) => id).sort()).toEqual(modelSpecSchema.options.map((option) => option.shape.architecture.value).sort());
});

test("counts: a tied table is multiplied with; experts count whole as parameters and by their share as work", () => {
  const table = { name: "t", role: "input" as const, shape: [10, 4], fanIn: 1, fanOut: 4, lookup: true };
  const expert = { name: "e", role: "hidden" as const, shape: [4, 4], fanIn: 4, fanOut: 4, lookup: false, tokenShare: 0.25 };
  expect(countNonEmbeddingParameters([table, expert])).toBe(16);
  expect(countNonEmbeddingParameters([{ ...table, tied: true }, expert])).toBe(56);
  expect(countActiveParameters([{ ...table, tied: true }, expert])).toBe(44);
  expect(countParameters([table, expert])).toBe(56);
});
