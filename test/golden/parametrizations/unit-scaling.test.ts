import { afterAll, describe, expect, test } from "vitest";
import type { TensorShape } from "../../../analysis/parametrizations/architectures/contract.ts";
import { lookupTable, placedTensor } from "../../../analysis/parametrizations/architectures/shapes.ts";
import { composeParametrizations } from "../../../analysis/parametrizations/compose.ts";
import type { Parametrization } from "../../../analysis/parametrizations/contract.ts";
import { fillHyperparameters } from "../../../analysis/parametrizations/hyperparameters.ts";
import { readOptimizer } from "../../../analysis/parametrizations/optimizers/index.ts";
import { readOptions } from "../../../analysis/parametrizations/options.ts";
import { resolveTensors } from "../../../analysis/parametrizations/resolve.ts";
import { uMup } from "../../../analysis/parametrizations/rule-sets/u-mup.ts";
import { applyConstraint } from "../../../analysis/parametrizations/unit-scaling/constraints.ts";
import { residualCoefficients, residualTaus } from "../../../analysis/parametrizations/unit-scaling/residual-tau.ts";
import type { TensorRole, TensorRow } from "../../../analysis/study/trainer-contract.ts";
import { countNumbers, Tally } from "./tally.ts";
import { type GoldenScale, golden } from "./unit-scaling-cases.ts";
import { constraintOf, ourScales } from "./unit-scaling-operations.ts";

const tally = new Tally();
const inputs = "inputs of the comparison: shapes, arguments, sizes, base rates";

afterAll(() => {
  console.log(tally.describe("unit-scaling.json"));
});

/** Both lists hold the same factors of the same tensors in the same direction. */
function compareScales(actual: readonly GoldenScale[], expected: readonly GoldenScale[]): void {
  const sorted = (scales: readonly GoldenScale[]) =>
    scales.toSorted((a, b) => `${a.tensor} ${a.direction}`.localeCompare(`${b.tensor} ${b.direction}`) || a.factor - b.factor);
  const ours = sorted(actual);
  const theirs = sorted(expected);
  expect(ours.map(({ tensor, direction }) => `${tensor} ${direction}`)).toEqual(theirs.map(({ tensor, direction }) => `${tensor} ${direction}`));
  for (const [index, { factor }] of theirs.entries()) tally.compare(ours[index]?.factor ?? Number.NaN, factor);
}

/** u-mup with options, as the registry builds it. */
function ruleSet(options: string): Parametrization {
  const content = uMup.build(readOptions(uMup, options));
  return composeParametrizations("u-mup", [{ definition: uMup, written: "u-mup", content }]);
}

interface Request {
  readonly tensors: readonly TensorShape[];
  readonly width: number;
  readonly depth: number;
  readonly optimizer: "adam" | "adamw" | "sgd";
  readonly options?: string;
  readonly weightDecayKind?: "independent" | "decoupled";
  readonly learningRate?: number;
  readonly weightDecay?: number;
}

/** The one place where the tests ask the engine: rows of the tensor table by name. */
function resolvedRows(request: Request): ReadonlyMap<string, TensorRow> {
  const { tensors, width, depth, options = "", weightDecayKind = "independent", learningRate = 1, weightDecay = 0 } = request;
  const scale = { width, depth, headDimension: 1, batchSizeTokens: 1, tokenHorizon: 1 };
  const rows = resolveTensors({
    parametrization: ruleSet(options),
    optimizer: readOptimizer(request.optimizer),
    tensors,
    baseTensors: tensors,
    scale,
    base: scale,
    hyperparameters: fillHyperparameters({ learningRate, weightDecay }),
    weightDecayKind,
  });
  return new Map(rows.map((row) => [row.name, row]));
}

describe("numbers of unit-scaling", () => {
  tally.exclude(golden.meta, "seed of the generator");

  test.each([...new Set(golden.ops.map(({ op }) => op))])("%s: every factor, forward and backward", (name) => {
    for (const operation of golden.ops.filter(({ op }) => op === name)) {
      compareScales(ourScales(operation), operation.scales);
      tally.exclude([operation.shapes, operation.args], inputs);
    }
  });

  test("constraints", () => {
    for (const { constraint, scales, result } of golden.constraints) {
      const actual = applyConstraint(constraintOf(constraint), scales);
      expect(actual).toHaveLength(result.length);
      for (const [index, expected] of result.entries()) tally.compare(actual[index] ?? Number.NaN, expected);
      tally.exclude(scales, inputs);
    }
  });

  test("the residual rule: tau, branch and skip of every branch", () => {
    for (const { residual_mult, residual_attn_ratio, transformer_layers, tau, residual_coeff, skip_coeff } of golden.residual_rule) {
      const branches = Array.from({ length: transformer_layers }, () => ["attention", "feedForward"] as const).flat();
      const hyperparameters = { residualMultiplier: residual_mult, attentionResidualRatio: residual_attn_ratio };
      const taus = residualTaus(branches, hyperparameters);
      const multipliers = ruleSet("").residual?.multipliers(branches, { ...fillHyperparameters({ learningRate: 1 }), ...hyperparameters });
      for (const list of [tau, residual_coeff, skip_coeff]) expect(list).toHaveLength(taus.length);
      for (const [index] of taus.entries()) {
        tally.compare(taus[index] ?? Number.NaN, tau[index] ?? Number.NaN);
        tally.compare(multipliers?.[index]?.branchMultiplier ?? Number.NaN, residual_coeff[index] ?? Number.NaN);
        tally.compare(multipliers?.[index]?.skipMultiplier ?? Number.NaN, skip_coeff[index] ?? Number.NaN);
      }
      tally.exclude([residual_mult, residual_attn_ratio, transformer_layers], inputs);
    }
  });

  test("where a residual splits and where it is added", () => {
    for (const { tau, split, add } of golden.residual_split_add) {
      const { branchMultiplier, skipMultiplier } = residualCoefficients(tau);
      compareScales(
        [branchMultiplier, skipMultiplier].map((factor) => ({ tensor: "input", direction: "bwd", factor })),
        split,
      );
      compareScales(
        [
          { tensor: "residual", direction: "fwd", factor: branchMultiplier },
          { tensor: "skip", direction: "fwd", factor: skipMultiplier },
        ],
        add,
      );
      tally.exclude(tau, inputs);
    }
  });

  test("modules: learning rates and starting values", () => {
    const roles: Readonly<Record<string, TensorRole>> = { weight: "hidden", output: "output", norm: "normGain", bias: "bias" };
    const tensors = golden.modules.map(({ module, name, shape, mup_type }) => {
      const [rows = 1, columns = 1] = shape;
      if (module === "embedding") return lookupTable(`${module}.${name}`, rows, columns);
      // The bias of a readout grows with nothing: a scalar, as architectures have it.
      return placedTensor(`${module}.${name}`, module === "readout" && mup_type === "bias" ? "scalar" : (roles[mup_type] ?? "hidden"), shape);
    });
    const adam = resolvedRows({ tensors, width: 64, depth: 1, optimizer: "adam" });
    const sgd = resolvedRows({ tensors, width: 64, depth: 1, optimizer: "sgd", options: "sgd-constraint=to-output-scale" });
    for (const parameter of golden.modules) {
      const row = adam.get(`${parameter.module}.${parameter.name}`);
      tally.compare(row?.learningRate ?? Number.NaN, parameter.lr_scale_adam);
      tally.compare(sgd.get(`${parameter.module}.${parameter.name}`)?.learningRate ?? Number.NaN, parameter.lr_scale_sgd_to_output_scale);
      if (parameter.constant_init === null) expect(row).toMatchObject({ initStd: 1, initMean: 0 });
      else {
        tally.compare(row?.initMean ?? Number.NaN, parameter.constant_init);
        expect(row?.initStd).toBe(0);
      }
      tally.exclude(parameter.initial_std, "deviations of one drawn sample, two digits: the rule says 1");
      tally.exclude(parameter.shape, inputs);
    }
  });

  for (const decoder of golden.transformer_decoders) {
    const { hidden_size: width, layers: depth, params, optimizers, taus } = decoder;
    const title = `decoder of width ${width} and ${depth} layers`;
    const tensors = params.map(({ name, shape, mup_type }): TensorShape => {
      const [rows = 1, columns = 1] = shape;
      if (name === "embedding.weight") return lookupTable(name, rows, columns);
      return placedTensor(name, mup_type === "output" ? "output" : "hidden", shape, name.startsWith("layers.") ? { insideBlock: true } : {});
    });

    test(`${title}: three learning-rate factors of every parameter`, () => {
      const tables = {
        lr_scale_adam: resolvedRows({ tensors, width, depth, optimizer: "adam" }),
        lr_scale_sgd_readout_none: resolvedRows({ tensors, width, depth, optimizer: "sgd" }),
        lr_scale_sgd_readout_to_output_scale: resolvedRows({ tensors, width, depth, optimizer: "sgd", options: "sgd-constraint=to-output-scale" }),
      };
      for (const parameter of params) {
        tally.compare(tables.lr_scale_adam.get(parameter.name)?.learningRate ?? Number.NaN, parameter.lr_scale_adam);
        tally.compare(tables.lr_scale_sgd_readout_none.get(parameter.name)?.learningRate ?? Number.NaN, parameter.lr_scale_sgd_readout_none);
        tally.compare(
          tables.lr_scale_sgd_readout_to_output_scale.get(parameter.name)?.learningRate ?? Number.NaN,
          parameter.lr_scale_sgd_readout_to_output_scale,
        );
        expect(tensors.find(({ name }) => name === parameter.name)?.insideBlock ?? false).toBe(parameter.mup_scaling_depth !== null);
        if (parameter.mup_scaling_depth !== null) expect(parameter.mup_scaling_depth).toBe(depth);
        tally.exclude([parameter.shape, parameter.mup_scaling_depth], inputs);
      }
      tally.exclude([width, decoder.vocab_size, depth, decoder.heads], inputs);
    });

    test.each(optimizers.map((entry) => ({ ...entry, title: `${entry.optimizer}, independent decay ${entry.independent_weight_decay}` })))(
      `${title}: $title: learning rate and weight decay of every parameter`,
      (entry) => {
        const rows = resolvedRows({
          tensors,
          width,
          depth,
          optimizer: ({ Adam: "adam", AdamW: "adamw", SGD: "sgd" } as const)[entry.optimizer],
          weightDecayKind: entry.independent_weight_decay ? "independent" : "decoupled",
          learningRate: entry.lr,
          weightDecay: entry.weight_decay,
        });
        expect([...rows.keys()].sort()).toEqual(Object.keys(entry.params).sort());
        for (const [name, expected] of Object.entries(entry.params)) {
          tally.compare(rows.get(name)?.learningRate ?? Number.NaN, expected.lr);
          tally.compare(rows.get(name)?.weightDecay ?? Number.NaN, expected.weight_decay);
        }
        tally.exclude([entry.lr, entry.weight_decay], inputs);
      },
    );

    test(`${title}: tau of every layer`, () => {
      const ours = residualTaus(
        taus.flatMap(() => ["attention", "feedForward"] as const),
        { residualMultiplier: 1, attentionResidualRatio: 1 },
      );
      for (const [index, { mhsa_tau, mlp_tau }] of taus.entries()) {
        tally.compare(ours[2 * index] ?? Number.NaN, mhsa_tau);
        tally.compare(ours[2 * index + 1] ?? Number.NaN, mlp_tau);
      }
    });
  }

  test("every number of the file is compared or left out for a reason", () => {
    const total = Object.values(tally.excluded).reduce((sum, count) => sum + count, 0);
    expect(tally.compared + total).toBe(countNumbers(golden));
    expect({ compared: tally.compared, ...tally.excluded }).toMatchInlineSnapshot(`
      {
        "compared": 3066,
        "deviations of one drawn sample, two digits: the rule says 1": 4,
        "inputs of the comparison: shapes, arguments, sizes, base rates": 1600,
        "seed of the generator": 1,
      }
    `);
  });
});
