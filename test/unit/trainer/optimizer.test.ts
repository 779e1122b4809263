import { describe, expect, it } from "vitest";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import type { Optimizer, TensorRow } from "../../../analysis/study/trainer-contract.ts";
import { createEngine } from "../../../trainers/reference/engine/engine.ts";
import { createOptimizer } from "../../../trainers/reference/training/optimizer.ts";
import { allocateParameters } from "../../../trainers/reference/training/parameters.ts";
import { exampleRow } from "./example-runs.ts";

/** One tensor followed in f64, as the papers write it. */
function reference(optimizer: Optimizer, row: TensorRow, start: readonly number[]) {
  const weights = [...start];
  const first = start.map(() => 0);
  const second = start.map(() => 0);
  let steps = 0;
  return (gradient: ArrayLike<number>, factor: number): readonly number[] => {
    steps += 1;
    const rate = row.learningRate * factor;
    weights.forEach((weight, i) => {
      const g = gradient[i] ?? 0;
      const decayed = weight - rate * row.weightDecay * weight;
      if (optimizer.name === "sgd") {
        first[i] = optimizer.momentum * (first[i] ?? 0) + g;
        weights[i] = decayed - rate * first[i];
        return;
      }
      first[i] = optimizer.beta1 * (first[i] ?? 0) + (1 - optimizer.beta1) * g;
      second[i] = optimizer.beta2 * (second[i] ?? 0) + (1 - optimizer.beta2) * g * g;
      const mean = first[i] / (1 - optimizer.beta1 ** steps);
      const square = second[i] / (1 - optimizer.beta2 ** steps);
      weights[i] = decayed - (rate * mean) / (Math.sqrt(square) + row.epsilon);
    });
    return weights;
  };
}

const optimizers: readonly Optimizer[] = [
  { name: "sgd", momentum: 0 },
  { name: "sgd", momentum: 0.9 },
  { name: "adam", beta1: 0.9, beta2: 0.95 },
  { name: "adamw", beta1: 0.8, beta2: 0.999 },
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
});
