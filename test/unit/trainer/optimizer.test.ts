import { describe, expect, it } from "vitest";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import { type Optimizer, optimizerSchema, type TensorRow } from "../../../analysis/study/trainer-contract.ts";
import { createEngine } from "../../../trainers/reference/engine/engine.ts";
import { createOptimizer } from "../../../trainers/reference/training/optimizer.ts";
import { allocateParameters } from "../../../trainers/reference/training/parameters.ts";
import { exampleRow } from "./example-runs.ts";

type ElementWise = Extract<Optimizer, { readonly name: "sgd" | "adam" | "adamw" | "lion" }>;

/** One tensor followed in f64, as the papers write it. */
function reference(optimizer: ElementWise, row: TensorRow, start: readonly number[]) {
  const weights = [...start];
  const first = start.map(() => 0);
  const second = start.map(() => 0);
  const coupled = "weightDecayCoupling" in optimizer && optimizer.weightDecayCoupling === "coupled";
  let steps = 0;
  return (gradient: ArrayLike<number>, factor: number): readonly number[] => {
    steps += 1;
    const rate = row.learningRate * factor;
    weights.forEach((weight, i) => {
      const g = (gradient[i] ?? 0) + (coupled ? row.weightDecay * weight : 0);
      const decayed = coupled ? weight : weight - rate * row.weightDecay * weight;
      if (optimizer.name === "sgd") {
        first[i] = optimizer.momentum * (first[i] ?? 0) + g;
        weights[i] = decayed - rate * first[i];
        return;
      }
      const { beta1, beta2 } = optimizer;
      if (optimizer.name === "lion") {
        weights[i] = decayed - rate * Math.sign(beta1 * (first[i] ?? 0) + (1 - beta1) * g);
        first[i] = beta2 * (first[i] ?? 0) + (1 - beta2) * g;
        return;
      }
      first[i] = beta1 * (first[i] ?? 0) + (1 - beta1) * g;
      second[i] = beta2 * (second[i] ?? 0) + (1 - beta2) * g * g;
      const mean = first[i] / (1 - beta1 ** steps);
      const square = second[i] / (1 - beta2 ** steps);
      weights[i] = decayed - (rate * mean) / (Math.sqrt(square) + row.epsilon);
    });
    return weights;
  };
}

const optimizers: readonly ElementWise[] = [
  { name: "sgd", momentum: 0 },
  { name: "sgd", momentum: 0.9 },
  { name: "sgd", momentum: 0.9, weightDecayCoupling: "coupled" },
  { name: "adam", beta1: 0.9, beta2: 0.95 },
  { name: "adam", beta1: 0.9, beta2: 0.95, weightDecayCoupling: "coupled" },
  { name: "adamw", beta1: 0.8, beta2: 0.999 },
  { name: "lion", beta1: 0.9, beta2: 0.99 },
];

describe("optimizer steps", () => {
  for (const optimizer of optimizers)
    it(`${JSON.stringify(optimizer)} follows the papers, each tensor with its own learning rate, decay and epsilon`, async () => {
      const engine = await createEngine();
      const rows = [
        exampleRow("first", "hidden", [3, 5], 0.02, { weightDecay: 0.3, epsilon: 1e-3 }),
        exampleRow("second", "output", [7, 1], 0.005, { weightDecay: 0, epsilon: 1e-8 }),
      ];
      const parameters = allocateParameters(engine, rows);
      const state = createOptimizer(engine, optimizer, parameters);
      const stream = randomStream(1, "optimizer");
      const references = parameters.map(({ row, weights, length }) => {
        const view = engine.floats(weights, length);
        for (let i = 0; i < length; i += 1) view[i] = stream.normal();
        return reference(optimizer, row, [...view]);
      });
      for (let step = 0; step < 25; step += 1) {
        const factor = 1 - step / 30;
        const expected = parameters.map(({ gradient, length }, index) => {
          const view = engine.floats(gradient, length);
          for (let i = 0; i < length; i += 1) view[i] = stream.normal() + 0.5;
          return references[index]?.(view, factor) ?? [];
        });
        state.update(step, factor);
        parameters.forEach(({ weights, length }, index) => {
          engine.floats(weights, length).forEach((value, i) => {
            expect(Math.abs(value - (expected[index]?.[i] ?? Number.NaN))).toBeLessThan(5e-6);
          });
        });
      }
    });

  it("an entry that never had a gradient stays where it is, also with epsilon 0", async () => {
    const engine = await createEngine();
    const parameters = allocateParameters(engine, [exampleRow("table", "input", [1, 5], 0.1, { epsilon: 0 })]);
    const state = createOptimizer(engine, { name: "adam", beta1: 0.9, beta2: 0.95 }, parameters);
    const [parameter] = parameters;
    if (parameter === undefined) throw new Error("no parameter");
    engine.floats(parameter.weights, 5).fill(2);
    engine.floats(parameter.gradient, 5).set([0, 1, 0, -1, 0]);
    state.update(0, 1);
    const weights = [...engine.floats(parameter.weights, 5)];
    expect([weights[0], weights[2], weights[4]]).toEqual([2, 2, 2]);
    expect(weights[1]).toBeCloseTo(1.9, 5);
    expect(weights[3]).toBeCloseTo(2.1, 5);
  });

  it("a gradient of NaN shows in the weights under every optimizer", async () => {
    for (const optimizer of [
      ...optimizers,
      ...["adafactor", "muon", "shampoo"].map((name) => optimizerSchema.parse({ name })),
      optimizerSchema.parse({ name: "muon", orthogonalization: "exact" }),
    ]) {
      const engine = await createEngine();
      const [parameter] = allocateParameters(engine, [exampleRow("matrix", "hidden", [3, 4], 0.1)]);
      if (parameter === undefined) throw new Error("no parameter");
      const state = createOptimizer(engine, optimizer, [parameter]);
      engine.floats(parameter.gradient, 12).set([1, 2, Number.NaN, 4]);
      state.update(0, 1);
      expect([...engine.floats(parameter.weights, 12)].some(Number.isNaN)).toBe(true);
    }
  });

  it("a gradient of zeros moves nothing under any optimizer, also with epsilon 0", async () => {
    for (const optimizer of [
      ...optimizers,
      ...["adafactor", "muon", "shampoo"].map((name) => optimizerSchema.parse({ name })),
      optimizerSchema.parse({ name: "muon", orthogonalization: "exact" }),
      optimizerSchema.parse({ name: "adafactor", minimumDimensionFactored: 1 }),
    ]) {
      const engine = await createEngine();
      const [parameter] = allocateParameters(engine, [exampleRow("matrix", "hidden", [3, 4], 0.1, { epsilon: 0 })]);
      if (parameter === undefined) throw new Error("no parameter");
      const state = createOptimizer(engine, optimizer, [parameter]);
      engine.floats(parameter.weights, 12).fill(1.5);
      state.update(0, 1);
      expect([...engine.floats(parameter.weights, 12)]).toEqual(new Array(12).fill(1.5));
    }
  });

  it("Adafactor keeps rows + columns numbers of a matrix that it factors, and every entry's otherwise", async () => {
    const engine = await createEngine();
    const parameters = allocateParameters(engine, [
      exampleRow("large", "hidden", [6, 5], 0.1),
      exampleRow("small", "output", [4, 9], 0.1),
      exampleRow("vector", "bias", [7], 0.1),
    ]);
    const state = createOptimizer(engine, optimizerSchema.parse({ name: "adafactor", minimumDimensionFactored: 5 }), parameters);
    expect(state.slots.map((slots) => slots.map(({ name, length }) => [name, length]))).toEqual([
      [
        ["rowMoments", 6],
        ["columnMoments", 5],
      ],
      [["secondMoment", 36]],
      [["secondMoment", 7]],
    ]);
  });

  it("the roles that the fallback names get its element-wise steps, the others the optimizer's", async () => {
    const rows = [
      exampleRow("embedding", "input", [4, 3], 0.02),
      exampleRow("hidden", "hidden", [3, 3], 0.03),
      exampleRow("bias", "bias", [3], 0.04),
    ];
    const train = async (optimizer: Optimizer, kept: readonly TensorRow[]) => {
      const engine = await createEngine();
      const parameters = allocateParameters(engine, kept);
      const state = createOptimizer(engine, optimizer, parameters);
      for (let step = 0; step < 4; step += 1) {
        for (const { row, gradient, length } of parameters) {
          const stream = randomStream(step, "fallback", row.name);
          const view = engine.floats(gradient, length);
          for (let i = 0; i < length; i += 1) view[i] = stream.normal();
        }
        state.update(step, 1);
      }
      return Object.fromEntries(parameters.map(({ row, weights, length }) => [row.name, [...engine.floats(weights, length)]]));
    };
    const settings = { beta1: 0.9, beta2: 0.95 };
    for (const name of ["adam", "adamw", "lion"] as const) {
      const muon = optimizerSchema.parse({ name: "muon", fallback: { name, ...settings, roles: ["input", "bias"] } });
      const together = await train(muon, rows);
      const { embedding, bias } = await train({ name, ...settings }, rows);
      const { hidden } = await train(
        optimizerSchema.parse({ name: "muon" }),
        rows.filter((row) => row.role === "hidden"),
      );
      expect(together).toEqual({ embedding, hidden, bias });
    }
  });
});
