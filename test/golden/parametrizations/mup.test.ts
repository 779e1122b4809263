import { afterAll, describe, expect, test } from "vitest";
import type { TensorShape } from "../../../analysis/parametrizations/architectures/contract.ts";
import { lookupTable, matrix } from "../../../analysis/parametrizations/architectures/shapes.ts";
import { pairWithBase } from "../../../analysis/parametrizations/growth.ts";
import { fillHyperparameters } from "../../../analysis/parametrizations/hyperparameters.ts";
import { findParametrization } from "../../../analysis/parametrizations/index.ts";
import { readOptimizer } from "../../../analysis/parametrizations/optimizers/index.ts";
import { type ResolvedTensor, resolveTable } from "../../../analysis/parametrizations/resolve.ts";
import { LadderError } from "../../../analysis/study/ladder-error.ts";
import type { WeightDecayKind } from "../../../analysis/study/study-spec.ts";
import { type GoldenCase, type GoldenParameter, golden, numbersInFile, shapesOf } from "./mup-cases.ts";
import { Tally } from "./tally.ts";

const tally = new Tally();
const inputs = "inputs of the comparison: configurations, shapes, base rates and decays";
/** Initial deviations come from float32 tensors. */
const drawn = 1e-5;
const optimizerOf = { MuAdam: "adam", MuAdamW: "adamw", MuSGD: "sgd" } as const;
/** How torch's optimizer underneath decays; mup's rule for decay is the same for both. */
const decayOf: Readonly<Record<keyof typeof optimizerOf, WeightDecayKind>> = { MuAdam: "coupled", MuAdamW: "decoupled", MuSGD: "coupled" };

afterAll(() => {
  console.log(tally.describe("mup.json"));
});

interface Request {
  readonly parametrization?: string;
  readonly optimizer?: string;
  readonly learningRate?: number;
  readonly weightDecay?: number;
  readonly weightDecayKind?: WeightDecayKind;
}

/** The one place where the tests ask the engine: every tensor of a golden case, resolved. */
function resolveCase(pairs: readonly ReturnType<typeof shapesOf>[], request: Request = {}): ReadonlyMap<string, ResolvedTensor> {
  const { parametrization = "mup", optimizer = "adam", learningRate = 1, weightDecay = 0, weightDecayKind = "decoupled" } = request;
  // The file has no one number for width; the tensors speak for themselves.
  const scale = { width: 1, depth: 1, headDimension: 1, batchSizeTokens: 1, tokenHorizon: 1 };
  const table = resolveTable({
    parametrization: findParametrization(parametrization),
    optimizer: readOptimizer(optimizer),
    tensors: pairs.map(({ tensor }) => tensor),
    baseTensors: pairs.map(({ base }) => base),
    scale,
    base: scale,
    hyperparameters: fillHyperparameters({ learningRate, weightDecay }),
    weightDecayKind,
  });
  return new Map(table.map((resolved) => [resolved.tensor.name, resolved]));
}

function found<Value>(values: ReadonlyMap<string, Value>, name: string): Value {
  const value = values.get(name);
  if (value === undefined) throw new Error(`${name} is missing`);
  return value;
}

describe("numbers of microsoft/mup", () => {
  tally.exclude(golden.meta, "seed of the generator");

  test("the file is whole", () => {
    expect(golden.cases).toHaveLength(14);
    expect(golden.cases.flatMap((entry) => entry.params)).toHaveLength(321);
    expect(golden.cases.flatMap((entry) => entry.optimizers.flatMap((optimizer) => Object.keys(optimizer.params)))).toHaveLength(1926);
    expect(golden.cases.flatMap((entry) => entry.params.flatMap((parameter) => Object.keys(parameter.init_std)))).toHaveLength(1120);
  });

  for (const entry of golden.cases) {
    const pairs = entry.params.map(shapesOf);

    for (const optimizer of entry.optimizers) {
      test(`${entry.id}: ${optimizer.optimizer}, decoupled_wd ${optimizer.decoupled_wd}: learning rate and weight decay of every tensor`, () => {
        const table = resolveCase(pairs, {
          parametrization: optimizer.decoupled_wd ? "mup:weight-decay=constant" : "mup",
          optimizer: optimizerOf[optimizer.optimizer],
          weightDecayKind: decayOf[optimizer.optimizer],
          learningRate: optimizer.lr,
          weightDecay: optimizer.weight_decay,
        });
        tally.exclude([optimizer.lr, optimizer.weight_decay], inputs);
        expect([...table.keys()].sort()).toEqual(Object.keys(optimizer.params).sort());
        for (const [name, expected] of Object.entries(optimizer.params)) {
          const { row, factors } = found(table, name);
          tally.compare(row.learningRate, expected.lr);
          tally.compare(row.weightDecay, expected.weight_decay);
          tally.compare(factors.learningRate.value, expected.lr_mult);
          tally.compare(factors.weightDecay.value, expected.wd_mult);
        }
      });
    }

    test(`${entry.id}: the readout's forward multiplier`, () => {
      for (const readout of entry.readout_forward) {
        const parameter =
          entry.params.find(({ name }) => name === `${readout.name}.weight`) ?? entry.params.find(({ name }) => name === "tok_emb.weight");
        if (parameter === undefined) throw new Error(`no parameter for ${readout.name}`);
        const tied = isTied(entry, parameter);
        for (const optimizer of ["adam", "sgd"]) {
          const { factors, tiedReadout } = found(resolveCase([tied ? tiedPair(parameter) : shapesOf(parameter)], { optimizer }), parameter.name);
          const multiplier = tied ? tiedReadout : factors.forwardMultiplier;
          expect(multiplier).toBeDefined();
          close(readout.output_mult * (multiplier?.value ?? Number.NaN), readout.input_scale, 1e-9);
          close(1 / (multiplier?.value ?? Number.NaN), readout.width_mult, 1e-9);
        }
        tally.compared += 2;
        tally.exclude(readout.output_mult, inputs);
      }
    });

    test(`${entry.id}: initial deviations of 2-d tensors`, () => {
      const table = resolveCase(pairs);
      const checked = entry.params.flatMap((parameter) =>
        Object.entries(parameter.init_std).map(([call, expected]) => {
          tally.compare(torchStd(call, parameter) * found(table, parameter.name).factors.initStd.value, expected, drawn);
          return call;
        }),
      );
      expect(checked.length).toBeGreaterThan(0);
    });

    test(`${entry.id}: what set_base_shapes does to torch's own initial values`, () => {
      for (const parameter of entry.params) {
        if (parameter.default_init_rescale === null) continue;
        if (isTied(entry, parameter) || entry.target["tied"] !== true || parameter.role !== "output_bias") compareRescale(entry, parameter, parameter.default_init_rescale);
        else tally.exclude(parameter.default_init_rescale, "bias of MuSharedReadout, which has an entry for each model dimension and cannot be added to logits");
      }
    });

    test(`${entry.id}: infinite dimensions, width multipliers and fan ratios are the growth of the tensor's own fans`, () => {
      for (const parameter of entry.params) {
        const { tensor, base } = shapesOf(parameter);
        const fanIn = tensor.fanIn / base.fanIn;
        const fanOut = tensor.fanOut / base.fanOut;
        tally.compare({ hidden: 2, output_bias: parameter.base_shape[0] === null ? 0 : 1 }[parameter.role] ?? 1, parameter.ninf);
        tally.compare(tensor.role === "hidden" || tensor.role === "output" ? fanIn : fanOut, parameter.width_mult);
        // torch keeps a lookup table as [rows, width], so that the library's fan-in of one is the width.
        if (parameter.fanin_fanout_mult_ratio !== null)
          tally.compare(tensor.lookup ? fanOut / fanIn : fanIn / fanOut, parameter.fanin_fanout_mult_ratio);
        tally.exclude([parameter.shape, parameter.base_shape], inputs);
      }
      tally.exclude([entry.base, entry.delta, entry.target], inputs);
    });
  }
});

function isTied(entry: GoldenCase, parameter: GoldenParameter): boolean {
  return entry.target["tied"] === true && parameter.name === "tok_emb.weight";
}

/** The table as embedding and readout at once. */
function tiedPair(parameter: GoldenParameter): ReturnType<typeof shapesOf> {
  const { tensor, base } = shapesOf(parameter);
  return { tensor: { ...tensor, tied: true }, base: { ...base, tied: true } };
}

/** torch's own deviation here over the one at the base, times the library's correction, is the rule set's factor. */
function compareRescale(entry: GoldenCase, parameter: GoldenParameter, rescale: number): void {
  const tied = isTied(entry, parameter);
  const { factors, base, tensor } = found(
    resolveCase([tied ? tiedPair(parameter) : shapesOf(parameter)], { parametrization: "mup:tied=mup-compatible" }),
    parameter.name,
  );
  // torch draws matrices and biases with 1/sqrt(fan-in of the layer), tables with 1; gains are 1.
  const layer = entry.params.find(({ name }) => name === parameter.name.replace(/bias$/, "weight"));
  const shapes = tensor.role === "bias" && layer !== undefined ? shapesOf(layer) : { tensor, base };
  const torchGrowth = tensor.role === "normGain" ? 1 : Math.sqrt(shapes.base.fanIn / shapes.tensor.fanIn);
  tally.compare(torchGrowth * rescale, factors.initStd.value, drawn);
}

function close(actual: number, expected: number, relative: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(relative * Math.abs(expected));
}

/** What torch's own initialisers draw with at the base shape: [rows, columns], fan-in = columns. */
function torchStd(call: string, parameter: GoldenParameter): number {
  const [rows, columns] = parameter.shape.map((size, index) => parameter.base_shape[index] ?? size);
  if (rows === undefined || columns === undefined) throw new Error(`${parameter.name} is not 2-d`);
  switch (call) {
    case "normal_(std=0.02)":
    case "trunc_normal_(std=0.02,a=-0.04,b=0.04)":
      return 0.02;
    case "uniform_(-0.1,0.1)":
      return 0.1 / Math.sqrt(3);
    case "xavier_uniform_":
    case "xavier_normal_":
      return Math.sqrt(2 / (rows + columns));
    case "kaiming_normal_(fan_in,relu)":
      return Math.sqrt(2 / columns);
    case "kaiming_normal_(fan_out,relu)":
      return Math.sqrt(2 / rows);
    case "kaiming_uniform_(a=sqrt5)":
      return Math.sqrt(2 / 6 / columns);
    default:
      throw new Error(`unknown initialiser ${call}`);
  }
}

describe("set-ups that mup refuses, and the one that it trains wrongly in silence", () => {
  const refusals: Readonly<Record<string, string>> = {
    "delta-forgets-d_ff": "ROLE_CONTRADICTS_GROWTH",
    "delta-forgets-n_head": "ROLE_CONTRADICTS_GROWTH",
    "depth-differs": "BASE_TENSORS_DIFFER",
    "bias-differs": "BASE_TENSORS_DIFFER",
    "delta-equals-base": "NOTHING_GROWS",
  };
  test("there are five", () => {
    expect(golden.errors.map(({ id }) => id).sort()).toEqual(Object.keys(refusals).sort());
  });

  for (const { id, base, delta, target, raises, ninf } of golden.errors) {
    tally.exclude([base, delta, target], inputs);
    test(`${id}: refused (mup: ${raises ?? "no error"})`, () => {
      const wide = { ...base, ...target };
      // `delta` = base tells mup that no dimension is infinite: the shapes at the base are then those of the target.
      const baseConfig = id === "delta-equals-base" ? wide : base;
      let code: string | undefined;
      try {
        pairWithBase({
          parametrization: findParametrization("mup"),
          tensors: tensorsOf(wide),
          baseTensors: tensorsOf(baseConfig),
          scale: scaleOf(wide),
          base: scaleOf(base),
        });
      } catch (error) {
        if (!(error instanceof LadderError)) throw error;
        code = error.code;
        expect(error.kind).toBe("input");
      }
      expect(code).toBe(refusals[id]);
      // No dimension grows from what the library was given as the base: that is what is refused.
      const atBase = new Map(tensorsOf(baseConfig).map((tensor) => [parameterName(tensor), tensor.shape]));
      const wider = new Map(tensorsOf(wide).map((tensor) => [parameterName(tensor), tensor.shape]));
      for (const [name, count] of Object.entries(ninf ?? {})) {
        const shape = wider.get(name);
        if (shape === undefined) tally.exclude(count, "infinite dimensions of norms and biases that this test's copy of the model leaves out");
        else tally.compare(shape.filter((size, index) => size !== atBase.get(name)?.[index]).length, count);
      }
    });
  }
});

test("every number of the file was compared or left out for a stated reason", () => {
  const excluded = Object.values(tally.excluded).reduce((sum, count) => sum + count, 0);
  expect(tally.compared + excluded).toBe(numbersInFile);
  expect(tally.compared).toBe(9924);
  expect(Object.values(tally.excluded)).toEqual([1, 1376, 3, 9]);
});

function parameterName({ name, role }: TensorShape): string {
  return role === "bias" ? name : `${name}.weight`;
}

function scaleOf(config: Readonly<Record<string, number | boolean>>) {
  return { width: Number(config["d_model"]), depth: 1, headDimension: 1, batchSizeTokens: 1, tokenHorizon: 1 };
}

/** The golden file's transformer, from its configuration. */
function tensorsOf(config: Readonly<Record<string, number | boolean>>): readonly TensorShape[] {
  const size = (key: string) => Number(config[key]);
  const attention = size("n_head") * size("d_head");
  const bias = (name: string, length: number): TensorShape[] =>
    config["bias"] === true ? [{ name: `${name}.bias`, role: "bias", shape: [length], fanIn: 1, fanOut: length, lookup: false }] : [];
  const block = (index: number): TensorShape[] => [
    ...["q", "k", "v"].flatMap((name) => [matrix(`blocks.${index}.${name}`, "hidden", attention, size("d_model")), ...bias(`blocks.${index}.${name}`, attention)]),
    matrix(`blocks.${index}.o`, "hidden", size("d_model"), attention),
    matrix(`blocks.${index}.up`, "hidden", size("d_ff"), size("d_model")),
    ...bias(`blocks.${index}.up`, size("d_ff")),
    matrix(`blocks.${index}.down`, "hidden", size("d_model"), size("d_ff")),
  ];
  return [
    lookupTable("tok_emb", size("vocab"), size("d_model")),
    lookupTable("pos_emb", size("ctx"), size("d_model")),
    ...Array.from({ length: size("n_layer") }, (_, index) => block(index)).flat(),
    matrix("readout", "output", size("vocab"), size("d_model")),
  ];
}
