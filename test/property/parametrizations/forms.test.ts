import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { TensorQuantity } from "../../../analysis/parametrizations/contract.ts";
import type { TensorCell } from "../../../analysis/parametrizations/evaluate.ts";
import { exponentValue } from "../../../analysis/parametrizations/evaluate.ts";
import type { ScaleName } from "../../../analysis/parametrizations/exponents.ts";
import type { ScaleReadings } from "../../../analysis/parametrizations/factor.ts";
import { type TensorFactors, toForm } from "../../../analysis/parametrizations/forms.ts";
import { type FormId, formIds } from "../../../analysis/parametrizations/contract.ts";
import { findParametrization } from "../../../analysis/parametrizations/index.ts";
import { muonShapeFactor } from "../../../analysis/study/muon-shape-factor.ts";
import { familyGauges } from "../../../analysis/parametrizations/optimizers/families.ts";
import { readOptimizer } from "../../../analysis/parametrizations/optimizers/index.ts";
import { tensorFactors } from "../../../analysis/parametrizations/resolve.ts";
import { type WeightDecayKind, weightDecayKinds } from "../../../analysis/study/study-spec.ts";
import type { TensorRole } from "../../../analysis/study/trainer-contract.ts";

const roles = ["input", "hidden", "output", "bias", "normGain", "scalar"] as const;
const texts = [
  "sgd",
  "adam",
  "adafactor",
  "muon:fallback=0",
  "muon-plain",
  "muon-kimi:fallback=0",
  "muon-jordan:fallback=0",
  "shampoo",
  "shampoo:left=0.5,right=0.5",
  "shampoo:left=0.5,right=0.25",
  "soap:fallback=0",
  "adamuon:fallback=0",
  "kfac",
  "foof",
] as const;
const size = fc.integer({ min: 1, max: 4096 });
const anyReadings = fc
  .record({ fanIn: size, fanOut: size, baseIn: size, baseOut: size })
  .map(({ fanIn, fanOut, baseIn, baseOut }) => readings(fanIn / baseIn, fanOut / baseOut));
const anyCell = fc
  .record({
    role: fc.constantFrom(...roles),
    text: fc.constantFrom(...texts),
    weightDecayKind: fc.constantFrom<WeightDecayKind[]>(...weightDecayKinds),
  })
  .map(({ role, text, weightDecayKind }) => cellOf(role, text, weightDecayKind));
const anyForm = fc.constantFrom<FormId[]>(...formIds);

function readings(fanIn: number, fanOut: number): ScaleReadings {
  const still = { value: 1, base: 1 };
  return {
    fanIn: { value: fanIn, base: 1 },
    fanOut: { value: fanOut, base: 1 },
    blockCount: still,
    blockFanIn: { value: fanIn, base: 1 },
    blockFanOut: { value: fanOut, base: 1 },
    width: still,
    depth: still,
    headDimension: still,
    batchSizeTokens: still,
    tokenHorizon: still,
  };
}

function cellOf(role: TensorRole, text: string, weightDecayKind: WeightDecayKind = "decoupled"): TensorCell {
  return { role, optimizer: readOptimizer(text).main, weightDecayKind, tensor: { shape: [2, 2], lookup: false } };
}

/** muP for a cell in a form. */
function mupIn(form: FormId, cell: TensorCell, at: ScaleReadings): TensorFactors {
  return toForm(form, tensorFactors(findParametrization("mup"), cell, at), { ...cell, readings: at, measure: "growth" });
}

function close(actual: number, expected: number, relative = 1e-12): void {
  expect(Math.abs(actual / expected - 1)).toBeLessThan(relative);
}

test("every form agrees on a x b, what a network computes at the start", () => {
  fc.assert(
    fc.property(anyCell, anyReadings, anyForm, anyForm, (cell, at, left, right) => {
      const one = mupIn(left, cell, at);
      const other = mupIn(right, cell, at);
      close(one.forwardMultiplier.value * one.initStd.value, other.forwardMultiplier.value * other.initStd.value);
    }),
    { seed: 50, numRuns: 300 },
  );
});

/** The power p of a in a^p c, the size of a step in what the network computes, by hand. */
const stepPowers: Readonly<Record<(typeof texts)[number], number>> = {
  sgd: 2,
  adam: 1,
  adafactor: 0,
  "muon:fallback=0": 1,
  "muon-plain": 1,
  "muon-kimi:fallback=0": 1,
  "muon-jordan:fallback=0": 1,
  // L^-eL G R^-eR goes like a^(1 - 2 eL - 2 eR), and a once more on the way forward.
  shampoo: 1,
  "shampoo:left=0.5,right=0.5": 0,
  "shampoo:left=0.5,right=0.25": 0.5,
  "soap:fallback=0": 1,
  "adamuon:fallback=0": 1,
  // (d d^T)^-1 d x^T with d the gradient to W x, which goes like a: the step goes like 1/a, and a once more on the way forward.
  kfac: 0,
  foof: 2,
};

test.each(texts)("%s: every form agrees on a^p x c, how far a step moves what the network computes, with p by hand", (text) => {
  fc.assert(
    fc.property(fc.constantFrom(...roles), anyReadings, anyForm, (role, at, form) => {
      const cell = cellOf(role, text);
      const move = ({ forwardMultiplier: a, learningRate: c }: TensorFactors) => Math.pow(a.value, stepPowers[text]) * c.value;
      close(move(mupIn(form, cell, at)), move(mupIn("form3", cell, at)));
    }),
    { seed: 51, numRuns: 60 },
  );
});

test("every form agrees on what a step decays: eta x lambda decoupled; lambda / a^2 coupled, which is added to the gradient", () => {
  fc.assert(
    fc.property(anyCell, anyReadings, anyForm, (cell, at, form) => {
      const here = mupIn(form, cell, at);
      const there = mupIn("form3", cell, at);
      const decay = ({ forwardMultiplier: a, learningRate: c, weightDecay: lambda }: TensorFactors) =>
        cell.weightDecayKind === "coupled"
          ? lambda.value / (a.value * a.value)
          : cell.weightDecayKind === "decoupled"
            ? c.value * lambda.value
            : lambda.value;
      close(decay(here), decay(there));
    }),
    { seed: 52, numRuns: 300 },
  );
});

test("epsilon follows the gradient where it is added to something of its size", () => {
  fc.assert(
    fc.property(anyCell, anyReadings, anyForm, (cell, at, form) => {
      const power = ["adamLike", "muon", "muonSpectral", "muonMatchRms", "muonJordan", "soap"].includes(cell.optimizer.family) ? 1 : 0;
      const relativeEpsilon = ({ forwardMultiplier: a, epsilon }: TensorFactors) => epsilon.value / Math.pow(a.value, power);
      close(relativeEpsilon(mupIn(form, cell, at)), relativeEpsilon(mupIn("form3", cell, at)));
    }),
    { seed: 53, numRuns: 300 },
  );
});

test("conversion is an involution: there and back gives the same bits, from any form to any other", () => {
  fc.assert(
    fc.property(anyCell, anyReadings, anyForm, anyForm, (cell, at, from, to) => {
      const options = { ...cell, readings: at, measure: "growth" } as const;
      const start = mupIn(from, cell, at);
      const back = toForm(from, toForm(to, start, options), options);
      for (const quantity of Object.keys(start) as TensorQuantity[]) {
        expect(back[quantity].value).toBe(start[quantity].value);
        expect(back[quantity].terms).toEqual(start[quantity].terms);
      }
    }),
    { seed: 54, numRuns: 300 },
  );
});

/** Tables 3, 8 and 9 of Yang et al. 2022 as parametrizations.md 1.1 prints them: initial variance, multiplier, SGD and Adam, in m = growth. */
const printedTables: Readonly<
  Record<"form3" | "form8" | "form9", Readonly<Record<"variance" | "multiplier" | "sgd" | "adam", readonly [number, number, number]>>>
> = {
  form3: { variance: [0, -1, -2], multiplier: [0, 0, 0], sgd: [1, 0, -1], adam: [0, -1, -1] },
  form8: { variance: [0, -1, 0], multiplier: [0, 0, -1], sgd: [1, 0, 1], adam: [0, -1, 0] },
  form9: { variance: [-1, -1, -1], multiplier: [0.5, 0, -0.5], sgd: [0, 0, 0], adam: [-0.5, -1, -0.5] },
};

describe.each(Object.entries(printedTables))("%s is the printed table", (form, table) => {
  test.each(["input", "hidden", "output"] as const)("%s", (role) => {
    const column = { input: 0, hidden: 1, output: 2 }[role];
    for (const m of [2, 4, 9, 1 / 8]) {
      const at = readings(role === "input" ? 1 : m, role === "output" ? 1 : m);
      for (const [text, rates] of [
        ["sgd", table.sgd],
        ["adam", table.adam],
      ] as const) {
        const id = formIds.find((candidate) => candidate === form) ?? "unit";
        const factors = mupIn(id, cellOf(role, text), at);
        close(factors.initStd.value * factors.initStd.value, Math.pow(m, table.variance[column] ?? Number.NaN));
        close(factors.forwardMultiplier.value, Math.pow(m, table.multiplier[column] ?? Number.NaN));
        close(factors.learningRate.value, Math.pow(m, rates[column] ?? Number.NaN));
      }
    }
  });
});

test("u-muP is form 8 with t = sqrt(fanIn) on hidden tensors: deviations 1, multipliers 1/sqrt(fanIn) and 1/fanIn, Adam 1/sqrt(fanIn) and 1", () => {
  const uMup = findParametrization("u-mup:embedding-learning-rate=constant");
  fc.assert(
    fc.property(fc.constantFrom(...(["hidden", "output", "bias"] as const)), anyReadings, (role, at) => {
      const cell = cellOf(role, "adam");
      const own = tensorFactors(uMup, cell, at);
      const converted = mupIn("unit", cell, at);
      for (const quantity of ["forwardMultiplier", "learningRate"] as const) close(own[quantity].value, converted[quantity].value);
      close(converted.initStd.value, 1);
    }),
    { seed: 55, numRuns: 100 },
  );
});

// With the factor sqrt(fanOut / fanIn) inside the optimizer, Muon's learning rate takes no further power; Shampoo has it in its rule.
test("Muon moves as Shampoo with 1/4, 1/4: its learning rate's exponents with the built-in shape factor are Shampoo's, in form 3 and 8", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...(["input", "hidden", "output"] as const)),
      anyReadings,
      fc.constantFrom("form3" as const, "form8" as const),
      (role, at, form) => {
        const shampoo = mupIn(form, cellOf(role, "shampoo:left=0.25,right=0.25"), at).learningRate.value;
        const fans = { fanOut: at.fanOut?.value ?? Number.NaN, fanIn: at.fanIn?.value ?? Number.NaN };
        const spectral = mupIn(form, cellOf(role, "muon:fallback=0"), at).learningRate.value * muonShapeFactor("spectral", fans);
        const plain = mupIn(form, cellOf(role, "muon-plain"), at).learningRate.value * muonShapeFactor("none", fans);
        close(spectral, shampoo);
        close(plain, shampoo);
      },
    ),
    { seed: 56, numRuns: 100 },
  );
});

test("Muon of every shape factor moves a hidden matrix that grows in both dimensions by the same spectral norm", () => {
  for (const m of [2, 4, 16])
    for (const [text, kind] of [
      ["muon:fallback=0", "spectral"],
      ["muon-plain", "none"],
      ["muon-kimi:fallback=0", "matchRms"],
      ["muon-jordan:fallback=0", "jordan"],
    ] as const) {
      const norm = (growth: number) =>
        mupIn("form3", cellOf("hidden", text), readings(growth, growth)).learningRate.value *
        muonShapeFactor(kind, { fanOut: 3 * growth, fanIn: growth });
      close(norm(m) / norm(1), 1);
    }
});

test("the gauges that the conversions use are the powers above", () => {
  for (const text of texts) {
    const { main } = readOptimizer(text);
    expect([text, exponentValue(familyGauges[main.family].learningRate, main)]).toEqual([text, stepPowers[text]]);
  }
});

test("completep at the base depth is mup, whatever the width", () => {
  const completep = findParametrization("completep:epsilon=none");
  const mup = findParametrization("mup");
  fc.assert(
    fc.property(anyCell, anyReadings, fc.boolean(), (cell, at, insideBlock) => {
      const inside = { ...cell, tensor: { ...cell.tensor, insideBlock } };
      const [left, right] = [tensorFactors(completep, inside, at), tensorFactors(mup, inside, at)];
      for (const quantity of Object.keys(left) as TensorQuantity[]) expect(left[quantity].value).toBe(right[quantity].value);
    }),
    { seed: 57, numRuns: 200 },
  );
});

test("a form changes only what its multiplier changes: a role without one in either form keeps its factors", () => {
  const cell = cellOf("hidden", "adam");
  const at = readings(4, 4);
  const written = tensorFactors(findParametrization("mup"), cell, at);
  expect(toForm("form8", written, { ...cell, readings: at, measure: "growth" })).toBe(written);
  const scales: readonly ScaleName[] = written.learningRate.terms.map(({ scale }) => scale);
  expect(scales).toEqual(["fanIn"]);
});
