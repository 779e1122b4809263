import fc from "fast-check";
import { expect, test } from "vitest";
import type { TensorCell } from "../../../analysis/parametrizations/evaluate.ts";
import type { ScaleReadings } from "../../../analysis/parametrizations/factor.ts";
import { type TensorFactors, toForm } from "../../../analysis/parametrizations/forms.ts";
import { findParametrization } from "../../../analysis/parametrizations/index.ts";
import { readOptimizer } from "../../../analysis/parametrizations/optimizers/index.ts";
import { tensorFactors } from "../../../analysis/parametrizations/resolve.ts";

type Layer = "input" | "hidden" | "output";
const layers: readonly Layer[] = ["input", "hidden", "output"];
/** Width as a multiple of the base's. */
const anyGrowth = fc.integer({ min: 2, max: 256 });
const anyAlignment = fc.constantFrom("0", "0.25", "0.5", "1");

/** A layer of a network whose width is `growth` times the base's; its input and classes stay. */
function readings(layer: Layer, growth: number): ScaleReadings {
  const still = { value: 1, base: 1 };
  const grows = { value: growth, base: 1 };
  const [fanIn, fanOut] = [layer === "input" ? still : grows, layer === "output" ? still : grows];
  return { fanIn, fanOut, blockCount: still, blockFanIn: fanIn, blockFanOut: fanOut, width: grows, depth: still, headDimension: still };
}

function factorsOf(id: string, layer: Layer, optimizer: string, growth: number): TensorFactors {
  const set = findParametrization(id);
  const cell: TensorCell = {
    role: layer,
    optimizer: readOptimizer(optimizer).main,
    weightDecayKind: "decoupled",
    tensor: { shape: [2, 2], lookup: false },
  };
  const at = readings(layer, growth);
  const factors = tensorFactors(set, cell, at);
  return toForm("form3", factors, { ...cell, readings: at, measure: set.initialDeviation === "unit" ? "size" : "growth" });
}

function close(actual: number, expected: number): void {
  expect(Math.abs(actual / expected - 1)).toBeLessThan(1e-12);
}

/** Two rule sets train the same network: equal without multipliers, quantity by quantity. */
function same(
  left: string,
  right: string,
  layer: Layer,
  optimizer: string,
  growth: number,
  quantities = ["initStd", "learningRate"] as const,
): void {
  const [one, other] = [factorsOf(left, layer, optimizer, growth), factorsOf(right, layer, optimizer, growth)];
  for (const quantity of quantities) close(one[quantity].value, other[quantity].value);
}

test("the spectral condition is muP, for every optimizer that it knows", () => {
  const optimizers = [
    "sgd",
    "adam",
    "muon:fallback=0",
    "muon-plain",
    "shampoo",
    "shampoo:left=0.5,right=0.25",
    "soap:fallback=0",
    "kfac",
    "foof",
  ];
  fc.assert(
    fc.property(fc.constantFrom(...layers), fc.constantFrom(...optimizers), anyGrowth, (layer, optimizer, growth) => {
      same("spectral", "mup", layer, optimizer, growth);
      const decay = (id: string) => factorsOf(id, layer, optimizer, growth).weightDecay.value;
      close(decay("spectral"), decay("mup"));
    }),
    { seed: 60, numRuns: 200 },
  );
});

test("mean field is muP in other multipliers, for Adam and SGD", () => {
  fc.assert(
    fc.property(fc.constantFrom(...layers), fc.constantFrom("adam", "sgd"), anyGrowth, (layer, optimizer, growth) => {
      same("mean-field", "mup", layer, optimizer, growth);
    }),
    { seed: 61, numRuns: 100 },
  );
});

test("two classes: standard with NTK, mean field with muP, at every alignment, for Adam and Adafactor", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...layers),
      fc.constantFrom("adam", "adafactor"),
      anyGrowth,
      anyAlignment,
      (layer, optimizer, growth, alignment) => {
        same(`everett:init=standard,alignment=${alignment}`, `everett:init=ntk,alignment=${alignment}`, layer, optimizer, growth);
        same(`everett:init=mean-field,alignment=${alignment}`, `everett:init=mup,alignment=${alignment}`, layer, optimizer, growth);
      },
    ),
    { seed: 62, numRuns: 200 },
  );
});

test("full alignment is muP's theory: the muP and NTK members are the rule sets of that name", () => {
  fc.assert(
    fc.property(fc.constantFrom(...layers), anyGrowth, (layer, growth) => {
      same("everett:init=mup", "mup", layer, "adam", growth);
      same("everett:init=mup", "mup", layer, "adafactor", growth);
      same("everett:init=ntk", "ntp", layer, "adam", growth);
    }),
    { seed: 63, numRuns: 60 },
  );
});

test("the classes differ in the readout alone: by sqrt(width) at the start", () => {
  for (const growth of [4, 16]) {
    const start = (id: string, layer: Layer) => factorsOf(id, layer, "adam", growth).initStd.value;
    close(start("everett:init=standard", "output") / start("everett:init=mup", "output"), Math.sqrt(growth));
    for (const layer of ["input", "hidden"] as const) close(start("everett:init=standard", layer), start("everett:init=mup", layer));
  }
});

test("epsilon by layer keeps its share of the gradient in both members of a class", () => {
  fc.assert(
    fc.property(fc.constantFrom(...layers), anyGrowth, (layer, growth) => {
      const epsilon = (init: string) => factorsOf(`everett:init=${init},epsilon=per-layer`, layer, "adam", growth).epsilon.value;
      close(epsilon("standard"), epsilon("ntk"));
      close(epsilon("mean-field"), epsilon("mup"));
      if (layer !== "output") close(epsilon("mup") / epsilon("standard"), 1 / Math.sqrt(growth));
    }),
    { seed: 64, numRuns: 60 },
  );
});

test("one learning rate for all: 1/width of the model, also for a tensor that does not grow", () => {
  expect(factorsOf("sp-global", "hidden", "adam", 8).learningRate.value).toBe(1 / 8);
  expect(factorsOf("sp-global", "input", "adam", 8).learningRate.value).toBe(1 / 8);
});

test("on the sphere the learning rate of a matrix needs no width", () => {
  for (const layer of layers) expect(factorsOf("muonh", layer, "muonh:fallback=0", 16).learningRate.value).toBe(1);
});
