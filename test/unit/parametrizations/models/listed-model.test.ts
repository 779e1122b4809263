import { describe, expect, test } from "vitest";
import { type ModelTensors, modelTensorsSchema, pairListedModel } from "../../../../analysis/parametrizations/models/listed-model.ts";
import { LadderError } from "../../../../analysis/study/ladder-error.ts";

type Tensor = ModelTensors["tensors"][number];

const hidden: Tensor = { name: "w", role: "hidden", shape: [512, 256], baseShape: [128, 64] };

function problemsOf(...tensors: readonly Tensor[]) {
  try {
    pairListedModel({ tensors: [...tensors] });
  } catch (error) {
    if (!(error instanceof LadderError)) throw error;
    return error.problems.map(({ path, message, fix }) => `${path}: ${message} (${fix ?? ""})`);
  }
  return [];
}

test("every tensor beside its base: kernels in the fan-in, tables by what stays, null for what never grows", () => {
  const model = modelTensorsSchema.parse({
    tensors: [
      { name: "embed", role: "input", shape: [1000, 256], baseShape: [null, 64], tied: true, module: "embedding" },
      { name: "patch", role: "input", shape: [256, 3, 4, 4], baseShape: [64, null, null, null] },
      { name: "features", role: "input", shape: [256, 12], baseShape: [64, 12] },
      { ...hidden, insideBlock: true, module: "feedForward.up", initStdFactor: 0 },
      { name: "convolution", role: "hidden", shape: [512, 256, 3, 3], baseShape: [128, 64, 3, 3] },
      { name: "norm", role: "normGain", shape: [256], baseShape: [64] },
      { name: "head", role: "output", shape: [10, 256], baseShape: [10, 64] },
      { name: "head.bias", role: "scalar", shape: [10] },
    ],
  });
  expect(pairListedModel(model)).toEqual([
    {
      tensor: {
        name: "embed",
        role: "input",
        shape: [1000, 256],
        fanIn: 1,
        fanOut: 256,
        lookup: true,
        tied: true,
        module: "embedding",
      },
      base: { name: "embed", role: "input", shape: [1000, 64], fanIn: 1, fanOut: 64, lookup: true, tied: true, module: "embedding" },
    },
    {
      tensor: { name: "patch", role: "input", shape: [256, 3, 4, 4], fanIn: 48, fanOut: 256, lookup: false },
      base: { name: "patch", role: "input", shape: [64, 3, 4, 4], fanIn: 48, fanOut: 64, lookup: false },
    },
    {
      tensor: { name: "features", role: "input", shape: [256, 12], fanIn: 12, fanOut: 256, lookup: false },
      base: { name: "features", role: "input", shape: [64, 12], fanIn: 12, fanOut: 64, lookup: false },
    },
    {
      tensor: {
        name: "w",
        role: "hidden",
        shape: [512, 256],
        fanIn: 256,
        fanOut: 512,
        lookup: false,
        insideBlock: true,
        module: "feedForward.up",
        initStdFactor: 0,
      },
      base: {
        name: "w",
        role: "hidden",
        shape: [128, 64],
        fanIn: 64,
        fanOut: 128,
        lookup: false,
        insideBlock: true,
        module: "feedForward.up",
        initStdFactor: 0,
      },
    },
    {
      tensor: { name: "convolution", role: "hidden", shape: [512, 256, 3, 3], fanIn: 2304, fanOut: 512, lookup: false },
      base: { name: "convolution", role: "hidden", shape: [128, 64, 3, 3], fanIn: 576, fanOut: 128, lookup: false },
    },
    {
      tensor: { name: "norm", role: "normGain", shape: [256], fanIn: 1, fanOut: 256, lookup: false },
      base: { name: "norm", role: "normGain", shape: [64], fanIn: 1, fanOut: 64, lookup: false },
    },
    {
      tensor: { name: "head", role: "output", shape: [10, 256], fanIn: 256, fanOut: 10, lookup: false },
      base: { name: "head", role: "output", shape: [10, 64], fanIn: 64, fanOut: 10, lookup: false },
    },
    {
      tensor: { name: "head.bias", role: "scalar", shape: [10], fanIn: 1, fanOut: 10, lookup: false },
      base: { name: "head.bias", role: "scalar", shape: [10], fanIn: 1, fanOut: 10, lookup: false },
    },
  ]);
});

describe("what would train by wrong multipliers is refused", () => {
  test("a tensor that grows and whose base shape is unknown; a scalar may leave it out", () => {
    const { baseShape: _left, ...unknown } = hidden;
    expect(problemsOf(unknown)).toEqual([
      expect.stringMatching(/^tensors\[0\]\.baseShape: w is a hidden tensor whose base shape is unknown \(write baseShape/),
    ]);
    expect(problemsOf({ name: "e", role: "input", shape: [10, 64] })[0]).toMatch(/e is an input tensor whose base shape is unknown/);
    expect(problemsOf({ name: "s", role: "scalar", shape: [3] })).toEqual([]);
  });

  test.each<[string, Tensor, RegExp]>([
    [
      "a hidden tensor that grows one way",
      { ...hidden, baseShape: [512, 64] },
      /w is hidden, but its shape is \[512,256\] here and \[512,64\]/,
    ],
    ["a hidden tensor with a finite dimension", { ...hidden, baseShape: [null, 64] }, /fan-in and fan-out grows?/],
    ["an input matrix whose features grow", { name: "i", role: "input", shape: [9, 8], baseShape: [3, 4] }, /i is input/],
    ["a readout whose classes grow", { name: "o", role: "output", shape: [9, 8], baseShape: [3, 8] }, /o is output/],
    ["a scalar that grows", { name: "s", role: "scalar", shape: [9], baseShape: [3] }, /s is scalar/],
    ["a kernel that grows", { name: "k", role: "hidden", shape: [9, 8, 5], baseShape: [3, 4, 3] }, /k is hidden/],
    ["another number of dimensions", { ...hidden, baseShape: [64] }, /w has 2 dimensions here and 1 at the base/],
    [
      "a readout of one dimension",
      { name: "o", role: "output", shape: [64], baseShape: [32] },
      /o is output, but has one dimension.*\[1, width\]/,
    ],
    ["a bias of two", { name: "b", role: "bias", shape: [4, 4], baseShape: [2, 2] }, /b is bias, but has 2 dimensions/],
    ["a tied matrix", { ...hidden, tied: true }, /w is tied, but hidden/],
    ["a hidden lookup", { ...hidden, lookup: true }, /w is a lookup table, but hidden/],
    [
      "a table or matrix that cannot be told",
      { name: "e", role: "input", shape: [10, 64], baseShape: [10, 64] },
      /e has the same shape at the base, so that a table/,
    ],
  ])("%s", (_what, tensor, message) => {
    expect(problemsOf(tensor).join("\n")).toMatch(message);
  });

  test("a name twice; every problem at once", () => {
    expect(problemsOf(hidden, hidden, { ...hidden, name: "v", baseShape: [1] })).toEqual([
      expect.stringMatching(/^tensors\[1\]\.name: w is listed twice/),
      expect.stringMatching(/^tensors\[2\]\.baseShape: v has 2 dimensions/),
    ]);
  });

  test("at the base itself nothing differs and nothing is refused, where null or lookup say which is which", () => {
    expect(problemsOf({ ...hidden, baseShape: [512, 256] })).toEqual([]);
    expect(problemsOf({ name: "e", role: "input", shape: [10, 64], baseShape: [null, 64] })).toEqual([]);
    expect(problemsOf({ name: "e", role: "input", shape: [10, 64], baseShape: [10, 64], lookup: false })).toEqual([]);
  });

  test("the schema is strict", () => {
    expect(modelTensorsSchema.safeParse({ tensors: [{ ...hidden, base: [1] }] }).success).toBe(false);
    expect(modelTensorsSchema.safeParse({ tensors: [{ ...hidden, shape: [0, 3] }] }).success).toBe(false);
    expect(modelTensorsSchema.safeParse({ tensors: [] }).success).toBe(false);
  });
});
