import { describe, expect, it } from "vitest";
import type { Operations, TensorRow, TrainerRun } from "../../../analysis/study/trainer-contract.ts";
import { createEngine } from "../../../trainers/reference/engine/engine.ts";
import { createObserver } from "../../../trainers/reference/models/observer.ts";
import { allocateParameters, initializeParameters } from "../../../trainers/reference/training/parameters.ts";
import { createTask } from "../../../trainers/reference/training/task.ts";
import { transformerVariant } from "./model-runs.ts";

type UnitScaling = NonNullable<Operations["unitScaling"]>;

const neutral: UnitScaling = {
  embeddingSum: { forward: 1, backward: 1 },
  activation: { input: 1, forward: 1, backward: 1 },
  attention: { forward: 1, backward: 1 },
  loss: { input: 1, backward: 1 },
  branchGradientAtSplit: false,
};

const withScaling = (run: TrainerRun, unitScaling: UnitScaling): TrainerRun => ({ ...run, operations: { ...run.operations, unitScaling } });

/** Loss and every gradient of the first batch. */
async function gradientsOf(run: TrainerRun) {
  const engine = await createEngine();
  const parameters = allocateParameters(engine, run.tensors);
  initializeParameters(engine, parameters, 1);
  const loss = createTask(engine, run, parameters).train(0);
  const gradients = new Map(parameters.map(({ row, gradient, length }) => [row.name, [...engine.floats(gradient, length)]]));
  return { loss, gradients };
}

/** How many times as large each gradient is, where it is a whole factor; NaN where it is another gradient. */
async function ratios(before: TrainerRun, after: TrainerRun): Promise<Readonly<Record<string, number>>> {
  const [left, right] = [await gradientsOf(before), await gradientsOf(after)];
  const ratioOf = (name: string, gradient: readonly number[]) => {
    const other = right.gradients.get(name) ?? [];
    const largest = gradient.reduce((best, value, i) => (Math.abs(value) > Math.abs(gradient[best] ?? 0) ? i : best), 0);
    const ratio = (other[largest] ?? Number.NaN) / (gradient[largest] ?? Number.NaN);
    const tolerance = 1e-5 * Math.abs(other[largest] ?? 0);
    return gradient.every((value, i) => Math.abs(ratio * value - (other[i] ?? 0)) <= tolerance) ? Number(ratio.toPrecision(4)) : Number.NaN;
  };
  return Object.fromEntries([...left.gradients].map(([name, gradient]) => [name, ratioOf(name, gradient)]));
}

describe("operations of unit scaling", () => {
  const plain = transformerVariant({ activation: "gelu", normGains: "vector" }, { depth: 1 });
  const changed = (changes: Partial<UnitScaling>) => ratios(withScaling(plain, neutral), withScaling(plain, { ...neutral, ...changes }));

  it("with neutral factors change no bit", async () => {
    expect(await gradientsOf(withScaling(plain, neutral))).toEqual(await gradientsOf(plain));
  });

  it("loss: backward multiplies every gradient, input the logits", async () => {
    expect(new Set(Object.values(await changed({ loss: { input: 1, backward: 8 } })))).toEqual(new Set([8]));
    const scaled = withScaling(plain, { ...neutral, loss: { input: 2.5, backward: 1 } });
    const multiplied = { ...plain, operations: { ...plain.operations, outputMultiplier: 2.5 } };
    expect((await gradientsOf(scaled)).loss).toBeCloseTo((await gradientsOf(multiplied)).loss, 6);
    expect(new Set(Object.values(await ratios(multiplied, scaled)))).toEqual(new Set([1]));
  });

  it("embeddingSum: backward multiplies the gradients of both tables alone", async () => {
    const found = await changed({ embeddingSum: { forward: 1, backward: 4 } });
    const { tokenEmbedding, positionEmbedding, ...others } = found;
    expect([tokenEmbedding, positionEmbedding]).toEqual([4, 4]);
    expect(new Set(Object.values(others))).toEqual(new Set([1]));
  });

  it("activation: backward meets the gradient below it and not above", async () => {
    const found = await changed({ activation: { input: 1, forward: 1, backward: 2 } });
    expect(found).toMatchObject({ "blocks.0.feedForward.up": 2, "blocks.0.feedForward.norm": 2 });
    expect(found).toMatchObject({ "blocks.0.feedForward.down": 1, readout: 1, finalNorm: 1 });
  });

  it("attention: backward meets the gradients to query, key and value", async () => {
    const found = await changed({ attention: { forward: 1, backward: 2 } });
    for (const part of ["query", "key", "value"]) expect(found[`blocks.0.attention.${part}`]).toBe(2);
    expect(found["blocks.0.attention.norm"]).toBe(2);
    expect(found).toMatchObject({ "blocks.0.attention.output": 1, "blocks.0.feedForward.up": 1 });
  });

  for (const normPosition of [undefined, "branchOutput"] as const)
    it(`branchGradientAtSplit: branches see the stream's gradient, and pass back branchMultiplier of theirs (norm ${normPosition ?? "first"})`, async () => {
      const run = transformerVariant({ normGains: "vector", ...(normPosition === undefined ? {} : { normPosition }) }, { depth: 1 });
      const [attention, feedForward] = run.operations.residualBlocks;
      if (attention === undefined || feedForward === undefined) throw new Error("no blocks");
      const residualBlocks = [
        { ...attention, branchMultiplier: 0.5 },
        { ...feedForward, branchMultiplier: 0.25 },
      ];
      const multiplied = { ...run, operations: { ...run.operations, residualBlocks } };
      const found = await ratios(withScaling(multiplied, neutral), withScaling(multiplied, { ...neutral, branchGradientAtSplit: true }));
      for (const [name, ratio] of Object.entries(found))
        expect(ratio, name).toBe(name.includes("attention") ? 2 : name.includes("feedForward") ? 4 : 1);
    });

  it("rows: the three multipliers of a matrix are independent", async () => {
    const withRow = (changes: Partial<TensorRow>) => ({
      ...plain,
      tensors: plain.tensors.map((row) => (row.name === "blocks.0.feedForward.up" ? { ...row, ...changes } : row)),
    });
    const weight = await ratios(plain, withRow({ weightGradientMultiplier: 8 }));
    const { "blocks.0.feedForward.up": up, ...others } = weight;
    expect(up).toBe(8);
    expect(new Set(Object.values(others))).toEqual(new Set([1]));
    const back = await ratios(plain, withRow({ backwardMultiplier: 8 }));
    expect(back).toMatchObject({ "blocks.0.feedForward.norm": 8, "blocks.0.feedForward.up": 1, "blocks.0.feedForward.down": 1 });
  });
});

/** exp(a ln high + (1 - a) ln low): the interpolation of unit-scaling's empirical models. */
const between = (a: number, low: number, high: number) => Math.exp(a * Math.log(high) + (1 - a) * Math.log(low));

/** u-muP of unit-scaling 0.3.5 by hand, every constraint off, multipliers 1 (Blake et al. 2024, table 2 and appendix; functional.py). */
function unitScaledRun(gated: boolean): TrainerRun {
  const options = { width: 96, depth: 2, headDimension: 16, vocabularySize: 64, sequenceLength: 32, sequences: 16, evaluationBatches: 1 };
  const run = transformerVariant(gated ? { activation: "silu", gatedFeedForward: true } : { activation: "gelu" }, options);
  const tokens = 32 * 16;
  const tensors = run.tensors.map((row): TensorRow => {
    const [first = 1, second = 1] = row.shape;
    const unit = { ...row, initStd: 1 };
    if (row.role === "input") return { ...unit, weightGradientMultiplier: (first / tokens) ** 0.5 };
    const back = { backwardMultiplier: first ** -0.5, weightGradientMultiplier: tokens ** -0.5 };
    return { ...unit, ...back, forwardMultiplier: row.role === "output" ? 1 / second : second ** -0.5 };
  });
  // tau with residual multiplier and ratio 1: branches all 1, so tau_i^2 = 1 / (layers + i) with `layers` blocks of two branches.
  const residualBlocks = run.operations.residualBlocks.map((block, index) => {
    const tau = (2 + index) ** -0.5;
    return { ...block, branchMultiplier: tau / (1 + tau * tau) ** 0.5, skipMultiplier: 1 / (1 + tau * tau) ** 0.5 };
  });
  const mixing = 1 / between(1 / (1 + 4 * 16), (Math.log(32) / 32) ** 0.5, 1);
  const gelu = 1 / (1 + 0.25);
  const activation = gated
    ? { input: 1, forward: between(1 / 2, 2, 2 ** 0.5), backward: between(1 / 2, 2, 2 ** 0.5) }
    : { input: 1, forward: between(gelu, 2, (2 / (1 - 1 / Math.PI)) ** 0.5), backward: between(gelu, 2, 2 ** 0.5) };
  const unitScaling: UnitScaling = {
    embeddingSum: { forward: 2 ** -0.5, backward: 1 },
    activation,
    attention: { forward: mixing, backward: mixing },
    loss: { input: 1, backward: (tokens * 64) / 63 ** 0.5 },
    branchGradientAtSplit: true,
  };
  return { ...run, tensors, operations: { ...run.operations, residualBlocks, attentionLogitScale: 1 / 16, unitScaling } };
}

describe("a unit-scaled transformer at its start", () => {
  for (const gated of [false, true])
    it(`has every activation and gradient inside the blocks between 1/2 and 2, but those to queries and keys (${gated ? "gated silu" : "gelu"})`, async () => {
      const run = unitScaledRun(gated);
      const engine = await createEngine();
      const observer = createObserver(engine);
      const parameters = allocateParameters(engine, run.tensors);
      initializeParameters(engine, parameters, 1);
      const task = createTask(engine, run, parameters, { observer });
      observer.active = true;
      task.train(0);
      const sizes = Object.entries(observer.take()).filter(([name]) => /^(rms|gradientRms)\/(blocks|features|embedding)/.test(name));
      for (const { row, gradient, length } of parameters)
        if (row.role !== "output") sizes.push([`weightGradientRms/${row.name}`, engine.kernels.rootMeanSquare(gradient, length)]);
      expect(sizes.length).toBeGreaterThan(50);
      const gradientOfLogits = /(radientRms).*(query|key)/;
      const outside = sizes.filter(([name, size]) => !gradientOfLogits.test(name) && (size < 0.5 || size > 2));
      expect(outside).toEqual([]);
      // Logits of 1 / headDimension leave little to query and key, in the library as here (test/golden/trainer/unit-scaling).
      for (const [name, size] of sizes.filter(([other]) => gradientOfLogits.test(other))) {
        expect(size, name).toBeGreaterThan(0.05);
        expect(size, name).toBeLessThan(0.5);
      }
    });
});
