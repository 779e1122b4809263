import { describe, expect, test } from "vitest";
import { optimizerStateOf } from "../../../analysis/parametrizations/optimizers/state-size.ts";
import { type OptimizerName, optimizerSchema } from "../../../analysis/study/trainer-contract.ts";
import { createEngine } from "../../../trainers/reference/engine/engine.ts";
import { createOptimizer } from "../../../trainers/reference/training/optimizer.ts";
import { allocateParameters } from "../../../trainers/reference/training/parameters.ts";
import { exampleRow } from "./example-runs.ts";

const first = ["velocity", "firstMoment"];
const damping = { fanIn: 0.1, fanOut: 0.1 };
const rows = [
  exampleRow("layers.0", "input", [24, 10], 0.1, { damping }),
  exampleRow("layers.1", "hidden", [24, 24], 0.1, { damping }),
  exampleRow("readout", "output", [5, 24], 0.1, { damping }),
];
const fallback = { name: "adamw", beta1: 0.9, beta2: 0.95, roles: ["output"] };
const settings: readonly ({ readonly name: OptimizerName } & Record<string, unknown>)[] = [
  { name: "sgd", momentum: 0.9 },
  { name: "adam", beta1: 0.9, beta2: 0.95 },
  { name: "adamw", beta1: 0.9, beta2: 0.95 },
  { name: "lion", beta1: 0.9, beta2: 0.99 },
  { name: "adafactor", minimumDimensionFactored: 10 },
  { name: "muon", fallback },
  { name: "shampoo", momentum: 0.9, fallback },
  { name: "shampoo", exponentRight: 0 },
  { name: "kfac", statisticsDecay: 0.9 },
  { name: "foof", momentum: 0.9, statisticsDecay: 0.9 },
];

describe("what an optimizer remembers is what the reference trainer keeps of it", () => {
  for (const setting of settings)
    test(JSON.stringify(setting), async () => {
      const engine = await createEngine();
      const parameters = allocateParameters(engine, rows);
      const optimizer = optimizerSchema.parse(setting);
      const products = parameters.map(({ row, gradient }) => ({
        name: row.name,
        inputs: gradient,
        outputGradient: gradient,
        rows: 4,
        factor: 1,
      }));
      const { slots } = createOptimizer(engine, optimizer, parameters, products);
      const kept = (index: number, names: (name: string) => boolean) =>
        (slots[index] ?? []).filter(({ name }) => names(name)).reduce((sum, { length }) => sum + length, 0);
      for (const [index, row] of rows.entries())
        expect({ name: row.name, ...optimizerStateOf(optimizer, row) }).toEqual({
          name: row.name,
          firstMoment: kept(index, (name) => first.includes(name)),
          secondMoment: kept(index, (name) => !first.includes(name)),
        });
    });
});

test("Adafactor remembers n + m numbers of a matrix where Adam remembers 2 n m", () => {
  const tensor = { role: "hidden", shape: [4096, 1024] } as const;
  expect(optimizerStateOf(optimizerSchema.parse({ name: "adafactor" }), tensor)).toEqual({ firstMoment: 0, secondMoment: 5120 });
  expect(optimizerStateOf(optimizerSchema.parse({ name: "adam", beta1: 0.9, beta2: 0.99 }), tensor)).toEqual({
    firstMoment: 4_194_304,
    secondMoment: 4_194_304,
  });
});
