import { describe, expect, test } from "vitest";
import { countActiveParameters, countParameters } from "../../../../analysis/parametrizations/architectures/count.ts";
import { findArchitecture, tensorTable } from "../../../../analysis/parametrizations/architectures/index.ts";
import { familyTensors, pairFamily } from "../../../../analysis/parametrizations/models/family-pair.ts";
import { findModelFamily, modelFamilies } from "../../../../analysis/parametrizations/models/index.ts";
import { modelSpecSchema } from "../../../../analysis/study/study-spec.ts";
import type { TensorRole } from "../../../../analysis/study/trainer-contract.ts";
import { golden, shapesOf } from "../../../golden/parametrizations/mup-cases.ts";

const small = { width: 64, depth: 4, headDimension: 16 };
const wide = { width: 256, depth: 4, headDimension: 16 };
const transformer = findModelFamily("transformer");

function growthOf(role: TensorRole): readonly [fanIn: boolean, fanOut: boolean] {
  const table: Readonly<Record<TensorRole, readonly [boolean, boolean]>> = {
    input: [false, true],
    hidden: [true, true],
    output: [true, false],
    bias: [false, true],
    normGain: [false, true],
    scalar: [false, false],
  };
  return table[role];
}

describe.each(modelFamilies.map((family) => [family.id, family] as const))("%s", (_id, family) => {
  const everything = Object.fromEntries(
    family.parameters
      .filter(({ kind, name }) => kind === "boolean" && name !== "tiedEmbeddings")
      .map(({ name }): [string, boolean] => [name, true]),
  );

  test("every tensor grows as its role says, with defaults and with everything switched on", () => {
    for (const parameters of [{}, everything]) {
      const pairs = pairFamily(family, { scale: wide, base: small, parameters });
      for (const { tensor, base } of pairs) {
        expect([tensor.fanIn > base.fanIn, tensor.fanOut > base.fanOut], tensor.name).toEqual(growthOf(tensor.role));
        expect({ ...base, shape: [], fanIn: 0, fanOut: 0 }).toEqual({ ...tensor, shape: [], fanIn: 0, fanOut: 0 });
      }
    }
  });

  test("names are distinct, modules known, matrices [fanOut, fanIn]; entries are fanIn x fanOut for products", () => {
    const tensors = familyTensors(family, small, everything);
    expect(new Set(tensors.map(({ name }) => name)).size).toBe(tensors.length);
    for (const { name, shape, fanIn, fanOut, lookup, module } of tensors) {
      expect(module, name).toBeDefined();
      if (!lookup) expect(fanIn * fanOut, name).toBe(shape.reduce((product, size) => product * size, 1));
      if (!lookup) expect(shape[0], name).toBe(fanOut);
    }
  });

  test("blocks repeat with depth, and nothing else does", () => {
    const inside = (depth: number) => familyTensors(family, { ...small, depth }).filter(({ insideBlock }) => insideBlock === true).length;
    expect(inside(8)).toBe(2 * inside(4));
    expect(family.residualBranches({ ...small, depth: 8 })).toHaveLength(2 * family.residualBranches(small).length);
  });

  test("the base has the depth of the scale, so that tables of a deeper model pair up", () => {
    const pairs = pairFamily(family, { scale: { ...wide, depth: 8 }, base: small, parameters: {} });
    expect(pairs).toHaveLength(familyTensors(family, { ...small, depth: 8 }).length);
  });
});

describe("one list of tensors for a study and for a table", () => {
  const at = { ...small, batchSizeTokens: 1, tokenHorizon: 1 };
  test.each([
    ["transformer", "transformer", { sequenceLength: 32, vocabularySize: 96, gatedFeedForward: true, biases: true, normGains: "vector" }],
    ["mlp", "mlp", { inputDimension: 7, classes: 3, biases: true }],
    ["residualMlp", "residual-mlp", { inputDimension: 7, classes: 3 }],
  ])("%s", (architecture, id, parameters) => {
    const spec = modelSpecSchema.parse({ architecture, ...parameters });
    const model = findArchitecture(architecture).resolveModel(spec, { kind: "external", id: "none" });
    expect(familyTensors(findModelFamily(id), small, parameters)).toEqual(tensorTable(model, at, spec));
  });
});

describe("the transformer's choices", () => {
  const of = (parameters: Readonly<Record<string, number | boolean | string>>, name: string) =>
    familyTensors(transformer, wide, parameters).find((tensor) => tensor.name === name);

  test("the mup package's decoder with grouped queries and gates has the same roles and shapes", () => {
    const found = golden.cases.find(({ id }) => id === "tr-gqa-glu-dhead-scaled");
    const wanted = (found?.params ?? []).map(shapesOf).map(({ tensor, base }) => [tensor.role, tensor.shape, base.shape, tensor.lookup]);
    const pairs = pairFamily(transformer, {
      scale: { width: 256, depth: 3, headDimension: 64 },
      base: { width: 64, depth: 3, headDimension: 16 },
      parameters: {
        vocabularySize: 301,
        sequenceLength: 40,
        feedForwardWidth: 688,
        keyValueHeads: 2,
        gatedFeedForward: true,
        normGains: "vector",
        normBiases: true,
      },
    });
    const ours = pairs.map(({ tensor, base }) => [tensor.role, tensor.shape, base.shape, tensor.lookup]);
    expect(ours.map((row) => JSON.stringify(row)).sort()).toEqual(wanted.map((row) => JSON.stringify(row)).sort());
    expect(ours).toHaveLength(38);
  });

  test("grouped queries: heads of keys and values keep their share of the heads, whether heads or their size grow", () => {
    const keyAtBase = (base: { width: number; depth: number; headDimension: number }) =>
      pairFamily(transformer, { scale: wide, base, parameters: { keyValueHeads: 4 } }).find(
        ({ tensor }) => tensor.name === "blocks.0.attention.key",
      );
    expect(keyAtBase(small)?.tensor.shape).toEqual([64, 256]);
    // A fixed head dimension: 16 heads here and 4 at the base.
    expect(keyAtBase(small)?.base.shape).toEqual([16, 64]);
    // A fixed number of heads: 4 of keys and values at both.
    expect(keyAtBase({ ...small, headDimension: 4 })?.base.shape).toEqual([16, 64]);
    expect(() => pairFamily(transformer, { scale: wide, base: small, parameters: { keyValueHeads: 2 } })).toThrow(
      /base.keyValueHeads is not known: 2 here would be 0.5 at the base/,
    );
    const said = { scale: wide, base: small, parameters: { keyValueHeads: 2 }, baseParameters: { keyValueHeads: 1 } };
    expect(pairFamily(transformer, said).find(({ tensor }) => tensor.module === "attention.key")?.base.shape).toEqual([16, 64]);
  });

  test("a feed-forward width is that of the scale; at the base the same share, or what is said", () => {
    const shape = (baseParameters?: { feedForwardWidth: number }) =>
      pairFamily(transformer, {
        scale: wide,
        base: small,
        parameters: { feedForwardWidth: 688 },
        ...(baseParameters === undefined ? {} : { baseParameters }),
      }).find(({ tensor }) => tensor.module === "feedForward.down");
    expect(shape()?.tensor.shape).toEqual([256, 688]);
    expect(shape()?.base.shape).toEqual([64, 172]);
    expect(shape({ feedForwardWidth: 192 })?.base.shape).toEqual([64, 192]);
  });

  test("tied embeddings are one tensor, marked so; positions may be none", () => {
    const names = familyTensors(transformer, small, { tiedEmbeddings: true, learnedPositions: false }).filter(
      ({ insideBlock }) => !insideBlock,
    );
    expect(names.map(({ name, role, tied }) => [name, role, tied])).toEqual([["tokenEmbedding", "input", true]]);
  });

  test("experts: the router is an output tensor, experts are hidden, and a token passes its share of them", () => {
    expect(of({ experts: 8 }, "blocks.0.feedForward.router")).toMatchObject({ role: "output", shape: [8, 256], insideBlock: true });
    expect(of({ experts: 8, biases: true }, "blocks.0.feedForward.router.bias")).toMatchObject({ role: "scalar", shape: [8] });
    expect(of({ experts: 8 }, "blocks.3.feedForward.experts.7.down")).toMatchObject({
      role: "hidden",
      shape: [256, 1024],
      module: "feedForward.down",
      tokenShare: 0.25,
    });
    expect(of({ experts: 8 }, "blocks.0.feedForward.up")).toBeUndefined();
    const dense = familyTensors(transformer, wide);
    const sparse = familyTensors(transformer, wide, { experts: 8, expertsPerToken: 1 });
    const routers = 4 * 8 * 256;
    expect(countActiveParameters(sparse)).toBe(countActiveParameters(dense) + routers);
    expect(countParameters(sparse)).toBe(countParameters(dense) + routers + 4 * 7 * 8 * 256 * 256);
  });

  test("a model of 70 billion parameters has its size: 80 blocks of Llama 2 70B's shapes", () => {
    const tensors = familyTensors(
      transformer,
      { width: 8192, depth: 80, headDimension: 128 },
      {
        vocabularySize: 32_000,
        feedForwardWidth: 28_672,
        keyValueHeads: 8,
        gatedFeedForward: true,
        normGains: "vector",
        learnedPositions: false,
      },
    );
    // As published: 68,976,648,192 parameters.
    expect(countParameters(tensors)).toBe(68_976_648_192);
  });
});

describe("images", () => {
  test("ResNet-18's shapes: the kernel counts into the fan-in, projections stand where the width changes, outside of branches", () => {
    const tensors = familyTensors(
      findModelFamily("residual-cnn"),
      { width: 64, depth: 8, headDimension: 1 },
      { classes: 1000, stemKernelSize: 7 },
    );
    // torchvision's resnet18: 11,689,512 parameters.
    expect(countParameters(tensors)).toBe(11_689_512);
    const of = (name: string) => tensors.find((tensor) => tensor.name === name);
    expect(of("stem")).toMatchObject({ role: "input", shape: [64, 3, 7, 7], fanIn: 147, fanOut: 64 });
    expect(of("blocks.2.first")).toMatchObject({ role: "hidden", shape: [128, 64, 3, 3], fanIn: 576, insideBlock: true });
    expect(tensors.filter(({ module }) => module === "shortcut").map(({ name, shape }) => [name, ...shape])).toEqual([
      ["blocks.2.shortcut", 128, 64, 1, 1],
      ["blocks.4.shortcut", 256, 128, 1, 1],
      ["blocks.6.shortcut", 512, 256, 1, 1],
    ]);
    expect(of("blocks.2.shortcut")?.insideBlock).toBeUndefined();
    expect(of("readout.bias")).toMatchObject({ role: "scalar", shape: [1000] });
  });

  test("blocks that start as the identity: the last gain of each is 0", () => {
    const tensors = familyTensors(findModelFamily("residual-cnn"), small, { zeroBranchGain: true });
    expect(tensors.filter(({ initMean }) => initMean === 0).map(({ name }) => name)).toEqual(
      [0, 1, 2, 3].map((index) => `blocks.${index}.second.norm`),
    );
  });

  test("ViT-B/16: parameter count, fan-in of a patch, class token and positions as lookup tables", () => {
    const tensors = familyTensors(findModelFamily("vit"), { width: 768, depth: 12, headDimension: 64 });
    // timm's vit_base_patch16_224: 86,567,656 parameters.
    expect(countParameters(tensors)).toBe(86_567_656);
    const of = (name: string) => tensors.find((tensor) => tensor.name === name);
    expect(of("patchEmbedding")).toMatchObject({ role: "input", shape: [768, 3, 16, 16], fanIn: 768, lookup: false });
    expect(of("classToken")).toMatchObject({ role: "input", shape: [1, 768], fanIn: 1, lookup: true });
    expect(of("positionEmbedding")).toMatchObject({ shape: [197, 768], fanIn: 1, lookup: true });
  });
});

describe("what cannot be built says why", () => {
  const build =
    (parameters: Readonly<Record<string, number | boolean | string>>, scale = small, id = "transformer") =>
    () =>
      familyTensors(findModelFamily(id), scale, parameters);
  test.each([
    [{ vocabulary: 3 }, /vocabulary 3 is no parameter of transformer/],
    [{ vocabularySize: 0 }, /vocabularySize 0 must be a whole number, at least 1/],
    [{ biases: "yes" }, /biases "yes" must be true or false/],
    [{ normGains: "matrix" }, /must be one of: none, vector, scalar/],
    [{ keyValueHeads: 3 }, /keyValueHeads 3 does not divide the 4 query heads/],
    [{ expertsPerToken: 2 }, /is given, but experts is not/],
    [{ experts: 4, expertsPerToken: 5 }, /more than the 4 experts/],
    [{ feedForwardRatio: 2, feedForwardWidth: 128 }, /given beside feedForwardWidth/],
    [{ feedForwardRatio: 2.7 }, /times width 64 is not a whole number/],
    [{ tiedEmbeddings: true, zeroReadoutInit: true }, /would start the token table at zero/],
  ])("%j", (parameters, message) => {
    expect(build(parameters)).toThrow(message);
  });

  test("scales", () => {
    expect(build({}, { ...small, width: 72 })).toThrow(/width 72 is not a multiple of headDimension 16/);
    expect(build({}, { ...small, depth: 0 })).toThrow(/depth 0 must be a whole number/);
    expect(build({}, { ...small, depth: 6 }, "residual-cnn")).toThrow(/depth 6 is not a multiple of the 4 stages/);
    expect(build({ patchSize: 15 }, small, "vit")).toThrow(/does not divide imageSize 224/);
    expect(() => pairFamily(transformer, { scale: wide, base: { ...small, width: 24 }, parameters: {} })).toThrow(
      /base.width 24 is not a multiple/,
    );
    expect(() => findModelFamily("gpt")).toThrow(/known: transformer, mlp/);
  });

  test("texts from a command line are read as what the parameter is", () => {
    expect(build({ vocabularySize: "96", biases: "true" })()).toEqual(build({ vocabularySize: 96, biases: true })());
    expect(build({ vocabularySize: "" })).toThrow(/must be a whole number/);
  });
});
