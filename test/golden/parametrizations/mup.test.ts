import { describe, expect, test } from "vitest";
import { lookupTable, matrix } from "../../../analysis/parametrizations/architectures/shapes.ts";
import type { TensorShape } from "../../../analysis/parametrizations/architectures/contract.ts";
import type { OptimizerFamily } from "../../../analysis/parametrizations/contract.ts";
import { tensorFactor } from "../../../analysis/parametrizations/evaluate.ts";
import { pairWithBase } from "../../../analysis/parametrizations/growth.ts";
import { mup, mupConstantWeightDecay } from "../../../analysis/parametrizations/mup.ts";
import { resolveTensors } from "../../../analysis/parametrizations/resolve.ts";
import { LadderError } from "../../../analysis/study/ladder-error.ts";
import { type GoldenParameter, golden, shapesOf } from "./mup-cases.ts";

const hyperparameters = { learningRate: 0.01, weightDecay: 0.1, epsilon: 1e-8, initStd: 1, outputMultiplier: 1, embeddingMultiplier: 1 };
const optimizerOf = { MuAdam: "adam", MuAdamW: "adamw", MuSGD: "sgd" } as const;
const families: readonly OptimizerFamily[] = ["sgd", "adamLike"];

function close(actual: number, expected: number, relative: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(relative * Math.abs(expected));
}

describe("numbers of microsoft/mup", () => {
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
        const rows = resolveTensors({
          parametrization: optimizer.decoupled_wd ? mupConstantWeightDecay : mup,
          optimizer: optimizerOf[optimizer.optimizer],
          tensors: pairs.map(({ tensor }) => tensor),
          baseTensors: pairs.map(({ base }) => base),
          // The file has no one number for width; the tensors speak for themselves.
          width: 1,
          baseWidth: 1,
          hyperparameters: { ...hyperparameters, learningRate: optimizer.lr, weightDecay: optimizer.weight_decay },
        });
        expect(rows.map((row) => row.name).sort()).toEqual(Object.keys(optimizer.params).sort());
        for (const row of rows) {
          const expected = optimizer.params[row.name];
          close(row.learningRate, expected?.lr ?? Number.NaN, 1e-9);
          close(row.weightDecay, expected?.weight_decay ?? Number.NaN, 1e-9);
        }
      });
    }

    test(`${entry.id}: the readout's forward multiplier`, () => {
      for (const readout of entry.readout_forward) {
        const parameter = entry.params.find(({ name }) => name === `${readout.name}.weight`) ?? entry.params.find(({ name }) => name === "tok_emb.weight");
        if (parameter === undefined) throw new Error(`no parameter for ${readout.name}`);
        // A tied readout is the embedding table used as an output tensor: its fan-in is the model dimension.
        const { tensor, base } = shapesOf({ ...parameter, role: "output" });
        const growths = { fanIn: tensor.fanIn / base.fanIn, fanOut: 1 };
        for (const family of families) close(readout.output_mult * tensorFactor(mup, "output", family, "forwardMultiplier", growths), readout.input_scale, 1e-9);
      }
    });

    test(`${entry.id}: initial deviations of 2-d tensors`, () => {
      const checked = entry.params.flatMap((parameter) =>
        Object.entries(parameter.init_std).map(([call, expected]) => {
          const { tensor, base } = shapesOf(parameter);
          const growths = { fanIn: tensor.fanIn / base.fanIn, fanOut: tensor.fanOut / base.fanOut };
          const factor = tensorFactor(mup, tensor.role, "adamLike", "initStd", growths);
          close(torchStd(call, parameter) * factor, expected, 1e-5);
          return call;
        }),
      );
      expect(checked.length).toBeGreaterThan(0);
    });
  }
});

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

  for (const { id, base, target, raises } of golden.errors)
    test(`${id}: refused (mup: ${raises ?? "no error"})`, () => {
      const wide = { ...base, ...target };
      // `delta` = base tells mup that no dimension is infinite: the shapes at the base are then those of the target.
      const baseConfig = id === "delta-equals-base" ? wide : base;
      let code: string | undefined;
      try {
        pairWithBase({ parametrization: mup, tensors: tensorsOf(wide), baseTensors: tensorsOf(baseConfig), width: Number(wide["d_model"]), baseWidth: Number(base["d_model"]) });
      } catch (error) {
        if (!(error instanceof LadderError)) throw error;
        code = error.code;
        expect(error.kind).toBe("input");
      }
      expect(code).toBe(refusals[id]);
    });
});

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
