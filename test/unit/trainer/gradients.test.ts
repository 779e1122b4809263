import { describe, expect, it } from "vitest";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import type { TensorRow, TrainerRun } from "../../../analysis/study/trainer-contract.ts";
import { createEngine, type Engine } from "../../../trainers/reference/engine/engine.ts";
import { allocateParameters, initializeParameters, type Parameter } from "../../../trainers/reference/training/parameters.ts";
import { createTask, type Task } from "../../../trainers/reference/training/task.ts";
import { mlpRun, transformerRun } from "./example-runs.ts";
import { mlpVariant, residualMlpRun, transformerVariant } from "./model-runs.ts";

interface Built {
  readonly engine: Engine;
  readonly parameters: readonly Parameter[];
  readonly task: Task;
}

async function build(run: TrainerRun): Promise<Built> {
  const engine = await createEngine();
  const parameters = allocateParameters(engine, run.tensors);
  initializeParameters(engine, parameters, run.seed);
  return { engine, parameters, task: createTask(engine, run, parameters) };
}

/** Multipliers that are all different from 1 and from each other; backward equals forward, so gradients are the true ones. */
function withMultipliers(run: TrainerRun): TrainerRun {
  const multiplied = (row: TensorRow, index: number): TensorRow => ({
    ...row,
    forwardMultiplier: 0.7 + 0.09 * index,
    backwardMultiplier: 0.7 + 0.09 * index,
  });
  return {
    ...run,
    tensors: run.tensors.map(multiplied),
    operations: {
      ...run.operations,
      ...(run.operations.attentionLogitScale === null ? {} : { attentionLogitScale: 0.45 }),
      residualBlocks: run.operations.residualBlocks.map((block, index) => ({
        ...block,
        skipMultiplier: 0.8 + 0.15 * index,
        branchMultiplier: 1.3 - 0.2 * index,
      })),
      embeddingMultiplier: 1.4,
      outputMultiplier: 0.6,
      activationMultiplier: 1.2,
      lossMultiplier: 1.7,
    },
  };
}

const dot = (left: Float64Array, right: Float64Array) => left.reduce((sum, value, i) => sum + value * (right[i] ?? 0), 0);
const unit = (values: Float64Array) => {
  const length = Math.sqrt(dot(values, values));
  return values.map((value) => value / length);
};

/**
 * Compares the gradient of one tensor with a central difference of the loss, along a direction half gradient, half random. The step
 * is large enough for f32 losses and small enough that few relus switch.
 */
function directionalError({ engine, task }: Pick<Built, "engine" | "task">, parameter: Parameter, lossMultiplier: number): number {
  task.train(0);
  const gradient = Float64Array.from(engine.floats(parameter.gradient, parameter.length));
  const stream = randomStream(11, parameter.row.name);
  const random = unit(Float64Array.from(gradient, () => stream.normal()));
  const ascent = unit(gradient);
  // A scalar has one direction only.
  const direction = gradient.length === 1 ? ascent : unit(ascent.map((value, i) => value + (random[i] ?? 0)));
  const start = engine.floats(parameter.weights, parameter.length).slice();
  const slope = dot(gradient, direction);
  const size = Math.min(0.01, 0.0003 / Math.abs(slope));
  const lossAt = (distance: number) => {
    engine.floats(parameter.weights, parameter.length).set(start.map((value, i) => value + distance * (direction[i] ?? 0)));
    return lossMultiplier * task.train(0);
  };
  const difference = (lossAt(size) - lossAt(-size)) / (2 * size);
  engine.floats(parameter.weights, parameter.length).set(start);
  return Math.abs(difference / slope - 1);
}

describe("gradients against finite differences", () => {
  const small = { width: 12, headDimension: 4, sequenceLength: 7, sequences: 3, vocabularySize: 9 };
  const runs: Readonly<Record<string, TrainerRun>> = {
    transformer: transformerRun(small),
    "multi-layer perceptron": mlpRun({ width: 21, depth: 3, inputDimension: 6, classes: 5, sequences: 13 }),
    "residual multi-layer perceptron, one product": residualMlpRun({ productsPerBlock: 1, activation: "gelu", width: 13 }),
    "residual multi-layer perceptron, two products": residualMlpRun({ productsPerBlock: 2 }),
    "transformer with everything": transformerVariant(
      { activation: "silu", gatedFeedForward: true, biases: true, normGains: "vector", normPosition: "branchOutput" },
      small,
    ),
    "transformer with gelu, scalar gains and biases": transformerVariant({ activation: "gelu", biases: true, normGains: "scalar" }, small),
    "transformer with a gated relu": transformerVariant({ activation: "relu", gatedFeedForward: true, normGains: "vector" }, small),
    "transformer with norms last": transformerVariant({ activation: "tanh", normPosition: "branchOutput" }, small),
    "multi-layer perceptron with squared relu and biases": mlpVariant({ activation: "squaredRelu", biases: true }, { width: 13 }),
    "multi-layer perceptron with tanh": mlpVariant({ activation: "tanh" }, { width: 13 }),
  };
  for (const [name, plain] of Object.entries(runs))
    for (const [kind, run] of [
      ["plain", plain],
      ["with every multiplier", withMultipliers(plain)],
    ] as const)
      it(`${name}, ${kind}: every tensor`, async () => {
        const errors = new Map<string, number[]>();
        for (const seed of [1, 2, 3]) {
          const built = await build({ ...run, seed });
          for (const parameter of built.parameters) {
            if (parameter.row.name.endsWith("key.bias")) continue;
            const found = directionalError(built, parameter, run.operations.lossMultiplier);
            errors.set(parameter.row.name, [...(errors.get(parameter.row.name) ?? []), found]);
          }
        }
        const checked = run.tensors.map((row) => row.name).filter((tensor) => !tensor.endsWith("key.bias"));
        expect([...errors.keys()]).toEqual(checked);
        // A relu that switches within the step bends the difference, in one seed by up to 1 %; a wrong gradient is wrong in all.
        for (const [tensor, found] of errors) {
          expect(Math.min(...found), tensor).toBeLessThan(0.002);
          expect(Math.max(...found), tensor).toBeLessThan(0.02);
        }
      });
});

describe("the bias of keys", () => {
  it("has no gradient: it moves all logits of a query alike", async () => {
    const { engine, parameters, task } = await build(transformerVariant({ biases: true }));
    task.train(0);
    const rms = (part: string) => {
      const parameter = parameters.find(({ row }) => row.name === `blocks.0.attention.${part}.bias`);
      if (parameter === undefined) throw new Error("no bias");
      return engine.kernels.rootMeanSquare(parameter.gradient, parameter.length);
    };
    expect(rms("query")).toBeGreaterThan(1e-4);
    expect(rms("key")).toBeLessThan(1e-5 * rms("query"));
  });
});

describe("backwardMultiplier", () => {
  it("replaces the forward multiplier in the gradient to the input, and nowhere else", async () => {
    const plain = mlpRun();
    const changed = {
      ...plain,
      tensors: plain.tensors.map((row) => (row.name === "readout" ? { ...row, backwardMultiplier: 0.25 } : row)),
    };
    const gradientsOf = async (run: TrainerRun) => {
      const { engine, parameters, task } = await build(run);
      const loss = task.train(0);
      return { loss, gradients: parameters.map((parameter) => engine.floats(parameter.gradient, parameter.length)) };
    };
    const before = await gradientsOf(plain);
    const after = await gradientsOf(changed);
    expect(after.loss).toBe(before.loss);
    expect(after.gradients[2]).toEqual(before.gradients[2]);
    for (const layer of [0, 1]) expect(after.gradients[layer]).toEqual(before.gradients[layer]?.map((value) => value * 0.25));
  });
});
