import { afterAll, describe, expect, test } from "vitest";
import { fillHyperparameters } from "../../../analysis/parametrizations/hyperparameters.ts";
import { findParametrization } from "../../../analysis/parametrizations/index.ts";
import { readOptimizer } from "../../../analysis/parametrizations/optimizers/index.ts";
import { resolveTable } from "../../../analysis/parametrizations/resolve.ts";
import { resolveOperations } from "../../../analysis/parametrizations/resolve-operations.ts";
import type { Scale } from "../../../analysis/study/scale.ts";
import { type CompletepCase, golden, matrixModules, shapesOf, vectorModules } from "./completep-cases.ts";
import { countNumbers, Tally } from "./tally.ts";

const tally = new Tally();

afterAll(() => {
  console.log(tally.describe("completep.json"));
});

/**
 * The branch as Ladder names it. Without depth it is muP whose decay coefficient stays, for every layer count: its output projections do
 * not start smaller (init_std is the same for c_attn and c_proj), so there is no GPT-2 residual init in it.
 */
function ruleSet({ depth_alpha_enabled, alpha }: CompletepCase): string {
  return depth_alpha_enabled
    ? `completep:alpha=${alpha},epsilon=all,vector-weight-decay=none,attention=inverse`
    : "mup:weight-decay=constant,attention=inverse";
}

function resolve(entry: CompletepCase) {
  const scale: Scale = {
    width: entry.n_embd,
    depth: entry.n_layer,
    headDimension: entry.n_embd / entry.n_head,
    batchSizeTokens: 1024,
    tokenHorizon: 1_024_000,
  };
  const base: Scale = { ...scale, width: entry.base_n_embd, depth: entry.base_n_layer, headDimension: entry.base_n_embd / entry.n_head };
  const pairs = Object.keys(entry.params).map((name) => shapesOf(name, entry));
  const hyperparameters = fillHyperparameters({
    learningRate: entry.learning_rate,
    weightDecay: entry.weight_decay,
    epsilon: entry.adam_eps,
    initStd: entry.init_std,
    embeddingMultiplier: entry.mup_input_alpha,
    outputMultiplier: entry.mup_output_alpha,
    // nanoGPT starts every matrix of the base model with one deviation, whatever its fan-in.
    ...Object.fromEntries(Object.entries(matrixModules).map(([module, widths]) => [`initStd@${module}`, Math.sqrt(widths * entry.base_n_embd)])),
    // nanoGPT decays no vector; completep has an option that says so.
    ...(entry.depth_alpha_enabled ? {} : Object.fromEntries(vectorModules.map((module) => [`weightDecay@${module}`, 0]))),
  });
  const parametrization = findParametrization(ruleSet(entry));
  const pair = { parametrization, scale, base, hyperparameters };
  return {
    table: resolveTable({
      ...pair,
      optimizer: readOptimizer("adamw"),
      tensors: pairs.map(({ tensor }) => tensor),
      baseTensors: pairs.map((shapes) => shapes.base),
      weightDecayKind: "decoupled",
    }),
    operations: resolveOperations({
      ...pair,
      hasAttention: true,
      residualBranches: Array.from({ length: entry.n_layer }, () => ["attention", "feedForward"] as const).flat(),
    }),
  };
}

describe("numbers of nanoGPT-mup, branch completep", () => {
  test("the file is whole", () => {
    expect(golden.cases).toHaveLength(16);
    expect(golden.cases.flatMap(({ params }) => Object.keys(params))).toHaveLength(1024);
  });

  for (const [index, entry] of golden.cases.entries())
    test(`case ${index}, ${ruleSet(entry)}: width ${entry.n_embd}, ${entry.n_layer} layers: every tensor and operation`, () => {
      const { table, operations } = resolve(entry);
      expect(table.map(({ row }) => row.name)).toEqual(Object.keys(entry.params));
      for (const { row, tensor } of table) {
        const expected = entry.params[row.name];
        if (expected === undefined) throw new Error(`no ${row.name}`);
        tally.compare(row.learningRate, entry.learning_rate * expected.lr_scale);
        tally.compare(row.weightDecay, expected.weight_decay);
        tally.compare(row.epsilon, expected.eps);
        if (expected.init_std === null) expect(vectorModules).toContain(tensor.module);
        else tally.compare(row.initStd, expected.init_std);
        tally.exclude(expected.shape, "inputs of the comparison: shapes, sizes and base values");
      }

      tally.compare(operations.attentionLogitScale ?? Number.NaN, entry.attention_scale);
      expect(operations.residualBlocks).toHaveLength(2 * entry.n_layer);
      expect(new Set(operations.residualBlocks.map(({ branchMultiplier }) => branchMultiplier)).size).toBe(1);
      tally.compare(operations.residualBlocks[0]?.branchMultiplier ?? Number.NaN, entry.residual_multiplier);
      const readout = table.find(({ tiedReadout }) => tiedReadout !== undefined);
      expect(readout?.row.name).toBe("transformer.wte.weight");
      tally.compare((readout?.tiedReadout?.value ?? Number.NaN) * operations.outputMultiplier, entry.readout_input_scale);
      const { params: _, attention_scale: _a, residual_multiplier: _r, readout_input_scale: _o, ...inputs } = entry;
      tally.exclude(inputs, "inputs of the comparison: shapes, sizes and base values");
    });

  test("every number of the file is compared or left out for a reason", () => {
    const total = Object.values(tally.excluded).reduce((sum, count) => sum + count, 0);
    expect(tally.compared + total).toBe(countNumbers(golden));
    expect({ compared: tally.compared, ...tally.excluded }).toMatchInlineSnapshot(`
      {
        "compared": 3472,
        "inputs of the comparison: shapes, sizes and base values": 1568,
      }
    `);
  });
});
