import fc from "fast-check";
import { expect, test } from "vitest";
import { matrix } from "../../../analysis/parametrizations/architectures/shapes.ts";
import { tensorQuantities } from "../../../analysis/parametrizations/contract.ts";
import type { TensorCell } from "../../../analysis/parametrizations/evaluate.ts";
import type { ScaleReadings } from "../../../analysis/parametrizations/factor.ts";
import { fillHyperparameters } from "../../../analysis/parametrizations/hyperparameters.ts";
import { defaultParametrizations, findParametrization, parametrizationDefinitions } from "../../../analysis/parametrizations/index.ts";
import { readOptimizer } from "../../../analysis/parametrizations/optimizers/index.ts";
import { resolveTensors, tensorFactors } from "../../../analysis/parametrizations/resolve.ts";
import { scaleNames } from "../../../analysis/parametrizations/exponents.ts";
import { type WeightDecayKind, weightDecayKinds } from "../../../analysis/study/study-spec.ts";
import { tensorRoles } from "../../../analysis/study/trainer-contract.ts";

const growth = fc.double({ min: 1 / 64, max: 64, noNaN: true });
const growths = fc.record({ fanIn: growth, fanOut: growth, depth: growth, batchSizeTokens: growth, tokenHorizon: growth, width: growth });
type Growths = Readonly<Record<"fanIn" | "fanOut" | "depth" | "batchSizeTokens" | "tokenHorizon" | "width", number>>;

const optimizers = [
  "sgd",
  "adam",
  "adafactor",
  "muon:fallback=0",
  "muon-plain",
  "muon-kimi:fallback=0",
  "muon-jordan:fallback=0",
  "muonh:fallback=0",
  "shampoo",
  "shampoo:left=0.5,right=0.25",
  "soap:fallback=0",
  "adamuon:fallback=0",
  "kfac",
  "foof",
];
const sets = [
  ...defaultParametrizations(),
  ...parametrizationDefinitions.filter(({ kind }) => kind === "component").map(({ id }) => findParametrization(`mup+${id}`)),
];
const anyRole = fc.constantFrom(...tensorRoles);
const anyOptimizer = fc.constantFrom(...optimizers).map((text) => readOptimizer(text).main);
const anyDecay = fc.constantFrom<WeightDecayKind[]>(...weightDecayKinds);
const anyTensor = fc.record({ insideBlock: fc.boolean(), lookup: fc.boolean(), tied: fc.boolean() });
const anyCell = fc.record({ role: anyRole, optimizer: anyOptimizer, weightDecayKind: anyDecay, tensor: anyTensor }).map(
  ({ role, optimizer, weightDecayKind, tensor }): TensorCell => ({
    role,
    optimizer,
    weightDecayKind,
    tensor: { shape: [2, 2], module: "attention.output", ...tensor },
  }),
);

/** Scales that grew from the base by these factors; heads and blocks as they were. */
function grown(
  by: Growths,
  from: Growths = { fanIn: 1, fanOut: 1, depth: 1, batchSizeTokens: 1, tokenHorizon: 1, width: 1 },
): ScaleReadings {
  const size = { fanIn: 24, fanOut: 40, depth: 3, batchSizeTokens: 512, tokenHorizon: 1e6, width: 32 };
  const others = Object.fromEntries(scaleNames.map((scale) => [scale, { value: 8, base: 8 }]));
  const reading = (scale: keyof Growths) => ({ value: size[scale] * from[scale] * by[scale], base: size[scale] * from[scale] });
  return {
    ...others,
    fanIn: reading("fanIn"),
    fanOut: reading("fanOut"),
    depth: reading("depth"),
    batchSizeTokens: reading("batchSizeTokens"),
    tokenHorizon: reading("tokenHorizon"),
    width: reading("width"),
  };
}

const none: Growths = { fanIn: 1, fanOut: 1, depth: 1, batchSizeTokens: 1, tokenHorizon: 1, width: 1 };

function times(left: Growths, right: Growths): Growths {
  return {
    fanIn: left.fanIn * right.fanIn,
    fanOut: left.fanOut * right.fanOut,
    depth: left.depth * right.depth,
    batchSizeTokens: left.batchSizeTokens * right.batchSizeTokens,
    tokenHorizon: left.tokenHorizon * right.tokenHorizon,
    width: left.width * right.width,
  };
}

function close(actual: number, expected: number): void {
  expect(Math.abs(actual / expected - 1)).toBeLessThan(1e-12);
}

const relative = sets.filter(({ components }) => components.every(({ measure }) => measure === "growth"));

test("most rule sets are relative, so that the properties below say something", () => {
  expect(relative.length).toBeGreaterThan(sets.length / 2);
});

test("at the base every factor of a relative rule set is exactly 1", () => {
  fc.assert(
    fc.property(fc.constantFrom(...relative), anyCell, (parametrization, cell) => {
      for (const factor of Object.values(tensorFactors(parametrization, cell, grown(none)))) expect(factor.value).toBe(1);
    }),
    { seed: 40, numRuns: 500 },
  );
});

test("climbing in two steps is climbing in one: factors of relative rule sets multiply", () => {
  fc.assert(
    fc.property(fc.constantFrom(...relative), anyCell, growths, growths, (parametrization, cell, first, second) => {
      const [one, two, both] = [grown(first), grown(second, first), grown(times(first, second))].map((readings) =>
        tensorFactors(parametrization, cell, readings),
      );
      for (const quantity of tensorQuantities)
        close(both?.[quantity].value ?? Number.NaN, (one?.[quantity].value ?? Number.NaN) * (two?.[quantity].value ?? Number.NaN));
    }),
    { seed: 41, numRuns: 500 },
  );
});

test("an absolute rule set has no base: two scales differ by what a relative one would have for them", () => {
  const absolute = sets.filter((set) => !relative.includes(set) && set.initialDeviation === "unit");
  expect(absolute.length).toBeGreaterThan(0);
  fc.assert(
    fc.property(fc.constantFrom(...absolute), anyCell, growths, growths, (parametrization, cell, first, second) => {
      const here = tensorFactors(parametrization, cell, grown(times(first, second)));
      const elsewhere = tensorFactors(parametrization, cell, grown(second, first));
      for (const quantity of tensorQuantities) close(here[quantity].value, elsewhere[quantity].value);
    }),
    { seed: 44, numRuns: 300 },
  );
});

test("mup keeps learningRate x weightDecay, the decay of a step, of every tensor constant over width, for decoupled and coupled decay", () => {
  const mup = findParametrization("mup");
  fc.assert(
    fc.property(anyCell, growths, (cell, by) => {
      const kind = cell.weightDecayKind === "coupled" ? "coupled" : "decoupled";
      const factors = tensorFactors(mup, { ...cell, weightDecayKind: kind }, grown(by));
      close(factors.learningRate.value * factors.weightDecay.value, 1);
    }),
    { seed: 42, numRuns: 300 },
  );
});

/** One hidden matrix, resolved at a scale that grew in width, batch and horizon. */
function resolveHidden(
  kind: WeightDecayKind,
  parametrization: string,
  optimizer: string,
  by: { width: number; batch: number; tokens: number },
) {
  const base = { width: 32, depth: 2, headDimension: 8, batchSizeTokens: 64, tokenHorizon: 64_000 };
  const scale = { ...base, width: 32 * by.width, batchSizeTokens: 64 * by.batch, tokenHorizon: 64_000 * by.tokens };
  const tensor = (width: number) => [matrix("w", "hidden", 4 * width, width)];
  const [row] = resolveTensors({
    parametrization: findParametrization(parametrization),
    optimizer: readOptimizer(optimizer),
    tensors: tensor(scale.width),
    baseTensors: tensor(base.width),
    scale,
    base,
    hyperparameters: fillHyperparameters({ learningRate: 0.02, weightDecay: 0.3 }),
    weightDecayKind: kind,
  });
  if (row === undefined) throw new Error("no row");
  return { row, steps: scale.tokenHorizon / scale.batchSizeTokens, baseSteps: base.tokenHorizon / base.batchSizeTokens };
}

const anyClimb = fc.record({
  width: fc.integer({ min: 2, max: 64 }),
  batch: fc.integer({ min: 1, max: 16 }),
  tokens: fc.integer({ min: 16, max: 64 }),
});
const anyRate = fc.constantFrom("sgd", "adam", "adafactor", "muon", "muon-kimi", "shampoo", "kfac", "foof", "soap");
const anyWriting = fc.constantFrom("mup:form=3", "mup:form=8", "mup:form=9", "mup:weight-decay=constant");

test("independent decay: a step at the peak decays by weightDecay itself, whatever the learning rate, form and scale", () => {
  fc.assert(
    fc.property(anyWriting, anyRate, anyClimb, (id, optimizer, by) => {
      const { row } = resolveHidden("independent", id, optimizer, by);
      close(row.learningRate * row.weightDecay, 0.3);
    }),
    { seed: 45, numRuns: 200 },
  );
});

test("independent decay under inverse-width: 1/width of the base's, once", () => {
  fc.assert(
    fc.property(anyRate, anyClimb, (optimizer, by) => {
      const { row } = resolveHidden("independent", "mup:weight-decay=inverse-width", optimizer, by);
      close(row.learningRate * row.weightDecay, 0.3 / by.width);
    }),
    { seed: 46, numRuns: 100 },
  );
});

test("constant timescale: 1 / (learningRate x weightDecay) stays the same share of the run, whatever grows", () => {
  fc.assert(
    fc.property(anyWriting, anyRate, anyClimb, (id, optimizer, by) => {
      const { row, steps, baseSteps } = resolveHidden("constantTimescale", id, optimizer, by);
      close(row.learningRate * row.weightDecay * steps, 0.02 * 0.3 * baseSteps);
    }),
    { seed: 47, numRuns: 200 },
  );
});

test("decoupled decay with a constant coefficient: the decay of a step falls with the learning rate; the coefficient is the study's", () => {
  fc.assert(
    fc.property(fc.constantFrom("sgd", "adam", "adafactor"), anyClimb, (optimizer, by) => {
      expect(resolveHidden("decoupled", "mup:weight-decay=constant", optimizer, by).row.weightDecay).toBe(0.3);
    }),
    { seed: 48, numRuns: 50 },
  );
});
