import { describe, expect, test } from "vitest";
import { findParametrization } from "../../../../analysis/parametrizations/index.ts";
import { residualMlp } from "../../../../analysis/parametrizations/models/residual-mlp.ts";
import { factorsOf, resolveModel, rowsOf } from "./resolved-model.ts";

const deeper = { scale: { depth: 8 } };
const growth = 4;

/** Depth factors of the sources' tables, written by hand as powers of growth: [branch, learning rate of hidden, of bias and of gain in blocks]. */
const tables: readonly (readonly [string, string, number, number])[] = [
  // Tensor Programs VI.
  ["mup+depth-mup", "adamw", -1 / 2, -1 / 2],
  ["mup+depth-mup", "lion", -1 / 2, -1 / 2],
  ["mup+depth-mup", "sgd", -1 / 2, 0],
  // Bordelon et al.: no factor on the learning rate.
  ["mup+bordelon", "adamw", -1 / 2, 0],
  ["mup+bordelon", "sgd", -1 / 2, 0],
  // CompleteP, table 1: branches m_L^-alpha, AdamW m_L^(alpha - 1); SGD m_L at 1 by arXiv:2603.00541, table 5.
  ["completep", "adamw", -1, 0],
  ["completep", "sgd", -1, 1],
  ["completep:alpha=0.5", "adamw", -1 / 2, -1 / 2],
  ["completep:alpha=0.5", "sgd", -1 / 2, 0],
  ["completep:alpha=0.75", "adamw", -3 / 4, -1 / 4],
  ["mup+completep-depth:alpha=0.75", "adamw", -3 / 4, -1 / 4],
  // arXiv:2603.00541, section 4.3: width rule only for normalised optimizers; one product a block as Tensor Programs VI.
  ["mup+spectral-depth", "adamw", -1, 0],
  ["mup+spectral-depth", "sgd", -1, 1],
  ["mup+spectral-depth:products=1", "adamw", -1 / 2, -1 / 2],
  ["sp", "adamw", 0, 0],
  ["mup", "adamw", 0, 0],
];

describe("factors over depth 2 to 8, width as at the base", () => {
  for (const [id, optimizer, branch, rate] of tables)
    test(`${id} under ${optimizer}: branches growth^${branch}, learning rate in blocks growth^${rate}`, () => {
      const model = resolveModel(id, { ...deeper, optimizer });
      expect(model.branchMultipliers).toHaveLength(2 * 8);
      for (const multiplier of model.branchMultipliers) expect(multiplier).toBeCloseTo(Math.pow(growth, branch), 12);
      for (const name of [
        "blocks.0.attention.query",
        "blocks.7.feedForward.experts.1.down",
        "blocks.7.attention.output.bias",
        "blocks.7.attention.norm",
        "blocks.7.feedForward.norm.bias",
        "blocks.7.feedForward.router",
      ])
        expect(factorsOf(model, name)["learningRate"], name).toBeCloseTo(Math.pow(growth, rate), 12);
      // Outside of blocks no source has a factor.
      for (const name of ["tokenEmbedding", "positionEmbedding", "finalNorm", "finalNorm.bias", "readout"])
        expect(new Set(Object.values(factorsOf(model, name))), name).toEqual(new Set([1]));
    });

  const matrices = { ...deeper, parameters: { biases: false, normGains: "none", vocabularySize: 96 } } as const;
  // Qiu et al. 2025, table 1: Shampoo depth^(1 - 2(eL + eR)), SOAP, Muon, AdaMuon constant; K-FAC and FOOF derived.
  for (const [optimizer, rate] of [
    ["muon", 0],
    ["muon-plain", 0],
    ["muon-kimi", 0],
    ["soap", 0],
    ["adamuon", 0],
    ["shampoo", 0],
    ["shampoo:left=0.5,right=0.5", -1],
    ["shampoo:left=0.125,right=0.125", 1 / 2],
    ["kfac", -1],
    ["foof", 1],
  ] as const)
    test(`spectral-depth under ${optimizer}: learning rate in blocks growth^${rate}`, () => {
      const model = resolveModel("mup+spectral-depth", { ...matrices, optimizer });
      expect(factorsOf(model, "blocks.3.feedForward.up")["learningRate"]).toBeCloseTo(Math.pow(growth, rate), 12);
    });

  test("the sign of Shampoo's exponent is a choice", () => {
    const rate = (id: string) =>
      factorsOf(resolveModel(id, { ...matrices, optimizer: "shampoo:left=0.5,right=0.5" }), "blocks.3.feedForward.up")["learningRate"];
    expect(rate("mup+spectral-depth")).toBe(1 / growth);
    expect(rate("mup+spectral-depth:shampoo=inverted")).toBe(growth);
  });

  test("damping: 1/growth^2 for what is quadratic in gradients; K-FAC's input side stays", () => {
    const factors = (optimizer: string) =>
      factorsOf(resolveModel("mup+spectral-depth", { ...matrices, optimizer }), "blocks.3.feedForward.up");
    expect(factors("shampoo")).toMatchObject({ dampingFanIn: 1 / growth ** 2, dampingFanOut: 1 / growth ** 2 });
    expect(factors("kfac")).toMatchObject({ dampingFanIn: 1, dampingFanOut: 1 / growth ** 2 });
    expect(factors("foof")).toMatchObject({ dampingFanIn: 1 });
  });

  test("epsilon of SOAP and Muon in blocks 1/growth; AdaMuon's meets an orthogonal matrix and stays", () => {
    const epsilon = (optimizer: string) =>
      factorsOf(resolveModel("mup+spectral-depth", { ...matrices, optimizer }), "blocks.3.feedForward.up")["epsilon"];
    expect([epsilon("soap"), epsilon("muon"), epsilon("adamuon")]).toEqual([1 / growth, 1 / growth, 1]);
  });

  test("decay: Adam's coefficient stays (CompleteP); SGD's falls as its learning rate grows (arXiv:2603.00541, table 5)", () => {
    const decay = (optimizer: string, name: string) => factorsOf(resolveModel("completep", { ...deeper, optimizer }), name)["weightDecay"];
    expect(decay("adamw", "blocks.3.attention.query")).toBe(1);
    expect(decay("sgd", "blocks.3.attention.query")).toBe(1 / growth);
    expect(decay("sgd", "readout")).toBe(1);
  });
});

describe("epsilon under CompleteP, width 64 to 256 and depth 2 to 8", () => {
  const names = ["tokenEmbedding", "blocks.5.attention.query", "blocks.5.attention.norm", "finalNorm", "readout"];
  test.each([
    ["none", [1, 1, 1, 1, 1]],
    ["blocks", [1, 1 / 16, 1 / 16, 1, 1]],
    ["all", [1 / 16, 1 / 16, 1 / 16, 1 / 16, 1 / 16]],
    ["per-role", [1 / 4, 1 / 16, 1 / 16, 1 / 4, 1 / 4]],
  ])("%s", (option, expected) => {
    const model = resolveModel(`completep:epsilon=${option}`, { scale: { width: 256, depth: 8 } });
    expect(names.map((name) => factorsOf(model, name)["epsilon"])).toEqual(expected);
  });

  test("by default per role; of a readout without multiplier (form 3) it does not scale, as Complete(d)P corrects", () => {
    const wide = { scale: { width: 256, depth: 8 } };
    expect(rowsOf(resolveModel("completep", wide))).toEqual(rowsOf(resolveModel("completep:epsilon=per-role", wide)));
    expect(factorsOf(resolveModel("completep:form=3", wide), "readout")).toMatchObject({
      epsilon: 1,
      learningRate: 1 / 4,
      forwardMultiplier: 1,
    });
  });
});

describe("rule sets that say the same", () => {
  const optimizers = ["sgd", "adam", "adamw", "lion", "adafactor"];
  test.each(optimizers)("CompleteP at the base depth is muP, and at the base scale all factors are 1: %s", (optimizer) => {
    for (const width of [32, 256])
      for (const [completep, mup] of [
        ["completep:epsilon=none", "mup"],
        ["completep", "mup:epsilon=per-role"],
        ["completep:alpha=0.5,form=3", "mup:form=3,epsilon=per-role"],
        ["completep:weight-decay=constant,attention=inverse,epsilon=none", "mup:weight-decay=constant,attention=inverse"],
      ] as const) {
        const request = { scale: { width, headDimension: 32 }, optimizer };
        const [here, there] = [resolveModel(completep, request), resolveModel(mup, request)];
        expect(rowsOf(here)).toEqual(rowsOf(there));
        expect(here.branchMultipliers).toEqual(there.branchMultipliers);
        expect(here.attentionLogitScale).toBe(there.attentionLogitScale);
      }
    const atBase = resolveModel("completep", { optimizer });
    for (const name of atBase.tensors.keys()) expect(new Set(Object.values(factorsOf(atBase, name)))).toEqual(new Set([1]));
  });

  test.each(["muon", "shampoo", "soap", "kfac", "foof"])("the same under %s", (optimizer) => {
    const request = { scale: { width: 256 }, optimizer, parameters: { vocabularySize: 96 } };
    expect(rowsOf(resolveModel("completep:epsilon=none", request))).toEqual(rowsOf(resolveModel("mup", request)));
  });

  test.each(optimizers)("CompleteP at alpha = 1/2 is muP with depth-muP, wider and deeper: %s", (optimizer) => {
    const request = { scale: { width: 256, depth: 8 }, optimizer };
    for (const [completep, composed] of [
      ["completep:alpha=0.5,epsilon=none", "mup+depth-mup"],
      ["completep:alpha=0.5", "mup:epsilon=per-role+depth-mup:epsilon=blocks"],
      ["completep:alpha=0.5", "mup:epsilon=per-role+completep-depth:alpha=0.5"],
    ] as const) {
      expect(rowsOf(resolveModel(completep, request))).toEqual(rowsOf(resolveModel(composed, request)));
      expect(resolveModel(completep, request).branchMultipliers).toEqual(resolveModel(composed, request).branchMultipliers);
    }
  });

  test("Complete(d)P at the base batch and horizon is CompleteP", () => {
    const request = { scale: { width: 256, depth: 8 } };
    expect(rowsOf(resolveModel("completedp", request))).toEqual(rowsOf(resolveModel("completep", request)));
  });
});

describe("the GPT-2 init of output projections", () => {
  test("1/sqrt(2 depth) on output projections, at the base as well, and on nothing else", () => {
    for (const depth of [2, 8]) {
      const [plain, scaled] = [resolveModel("mup", { scale: { depth } }), resolveModel("mup+gpt2-residual-init", { scale: { depth } })];
      for (const [name, { row, tensor }] of scaled.tensors) {
        const projection = tensor.module === "attention.output" || tensor.module === "feedForward.down";
        expect(row.initStd, name).toBeCloseTo(
          (plain.tensors.get(name)?.row.initStd ?? Number.NaN) * (projection ? 1 / Math.sqrt(2 * depth) : 1),
          14,
        );
      }
    }
  });

  test("a residual perceptron has one branch a block: 1/sqrt(depth) on the second product; with one product there is none to scale", () => {
    const request = { family: residualMlp, scale: { depth: 16 }, parameters: { inputDimension: 8, classes: 4 } };
    const std = (id: string) => resolveModel(id, request).tensors.get("blocks.0.second")?.row.initStd ?? Number.NaN;
    expect(std("mup+gpt2-residual-init") / std("mup")).toBeCloseTo(1 / 4, 14);
    expect(() =>
      resolveModel("mup+gpt2-residual-init", { ...request, parameters: { ...request.parameters, productsPerBlock: "one" } }),
    ).toThrow(/gpt2-residual-init is about attention\.output, feedForward\.down, feedForward\.second, and the model has no such module/);
  });

  test.each([
    "mup+gpt2-residual-init+depth-mup",
    "mup+bordelon+gpt2-residual-init",
    "completep+gpt2-residual-init",
    "mup+gpt2-residual-init+spectral-depth",
  ])("%s: never beside a depth multiplier", (id) => {
    expect(() => findParametrization(id)).toThrow(/both say how to scale with depth/);
  });
});

describe("options and hints", () => {
  test("alpha lies between 1/2 and 1", () => {
    expect(() => findParametrization("completep:alpha=0.4")).toThrow(/alpha is "0.4", but must be 0.5 to 1/);
    expect(() => findParametrization("mup+completep-depth:alpha=1.1")).toThrow(/alpha is "1.1"/);
  });

  test("Bordelon under Adam has a hint for a check that fails over depth; under SGD none", () => {
    const hints = findParametrization("mup+bordelon").checkHints ?? [];
    expect(hints.filter(({ families }) => families.includes("adamLike")).map(({ axis, hint }) => [axis, hint])).toEqual([
      ["depth", expect.stringContaining("Adam needs m_L^-1/2 or use 1/L")],
    ]);
    expect(hints.filter(({ families }) => families.includes("sgd"))).toEqual([]);
  });

  test("vectors decay as the study says, or not at all", () => {
    const decay = (id: string, kind: "decoupled" | "independent") =>
      resolveModel(id, { weightDecayKind: kind }).tensors.get("blocks.0.attention.norm")?.row.weightDecay;
    for (const kind of ["decoupled", "independent"] as const) {
      expect(decay("completep:vector-weight-decay=none", kind)).toBe(0);
      expect(decay("completep", kind)).toBeGreaterThan(0);
    }
  });

  test("what transfers over depth depends on alpha", () => {
    const claim = (id: string) =>
      findParametrization(id).transfers.find(({ hyperparameter, axis }) => hyperparameter === "learningRate" && axis === "depth")?.transfer;
    expect([claim("completep"), claim("completep:alpha=0.5")]).toEqual(["theory", "none"]);
  });
});
