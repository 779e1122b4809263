import { randomStream } from "../../analysis/numerics/random-stream.ts";
import type { Operations, TensorRow } from "../../analysis/study/trainer-contract.ts";
import { createEngine } from "../../trainers/reference/engine/engine.ts";
import { createMlp } from "../../trainers/reference/models/mlp.ts";
import { createTransformer } from "../../trainers/reference/models/transformer.ts";
import { createOptimizer } from "../../trainers/reference/training/optimizer.ts";
import { allocateParameters, initializeParameters } from "../../trainers/reference/training/parameters.ts";

/** Trains one step on the batch of that number; returns the loss. */
export type StepFunction = (step: number) => number;

const operations: Operations = {
  attentionLogitScale: 1 / Math.sqrt(8),
  residualBlocks: (["attention", "feedForward", "attention", "feedForward"] as const).map((branch) => ({
    branch,
    skipMultiplier: 1,
    branchMultiplier: 1,
  })),
  embeddingMultiplier: 1,
  outputMultiplier: 1,
  activationMultiplier: 1,
  lossMultiplier: 1,
};

const row = (name: string, shape: number[]): TensorRow => ({
  name,
  role: "hidden",
  shape,
  fanIn: shape[1] ?? 1,
  fanOut: shape[0] ?? 1,
  initStd: name.endsWith("Embedding") ? 1 : 1 / Math.sqrt(shape[1] ?? 1),
  initMean: 0,
  forwardMultiplier: 1,
  backwardMultiplier: 1,
  learningRate: 1e-3,
  weightDecay: 0,
  epsilon: 1e-8,
  group: "all",
});

export const mlpBatch = 128;

/** The multi-layer perceptron 64-h-h-16 with Adam, and the weights and batches it starts from, for a peer to share. */
export async function ownMlp(width: number) {
  const engine = await createEngine();
  const parameters = allocateParameters(engine, [
    row("layers.0", [width, 64]),
    row("layers.1", [width, width]),
    row("readout", [16, width]),
  ]);
  initializeParameters(engine, parameters, 1);
  const optimizer = createOptimizer(engine, { name: "adam", beta1: 0.9, beta2: 0.95 }, parameters);
  const network = createMlp(
    engine,
    { width, depth: 2, inputDimension: 64, classes: 16, batch: mlpBatch },
    { ...operations, residualBlocks: [] },
    parameters,
  );
  const stream = randomStream(1, "benchBatches");
  const batches = Array.from({ length: 8 }, () => ({
    inputs: Float32Array.from({ length: mlpBatch * 64 }, () => stream.normal()),
    labels: Int32Array.from({ length: mlpBatch }, () => stream.integer(16)),
  }));
  const weights = parameters.map(({ weights: address, length }) => engine.floats(address, length).slice());
  const step: StepFunction = (number) => {
    const batch = batches[number % batches.length];
    if (batch === undefined) throw new Error("no batch");
    engine.floats(network.inputs, mlpBatch * 64).set(batch.inputs);
    engine.integers(network.targets, mlpBatch).set(batch.labels);
    const loss = network.forward();
    network.backward();
    optimizer.update(number, 1);
    return loss;
  };
  return { step, weights, batches };
}

/** The demo's transformer: L = 2, T = 32, B = 8, head dimension 8, 96 symbols, feed-forward x4, Adam. */
export async function ownTransformer(width: number): Promise<StepFunction> {
  const engine = await createEngine();
  const blocks = [0, 1].flatMap((block) => [
    ...["query", "key", "value", "output"].map((part) => row(`blocks.${block}.attention.${part}`, [width, width])),
    row(`blocks.${block}.feedForward.up`, [4 * width, width]),
    row(`blocks.${block}.feedForward.down`, [width, 4 * width]),
  ]);
  const rows = [row("tokenEmbedding", [96, width]), row("positionEmbedding", [32, width]), ...blocks, row("readout", [96, width])];
  const parameters = allocateParameters(engine, rows);
  initializeParameters(engine, parameters, 1);
  const optimizer = createOptimizer(engine, { name: "adam", beta1: 0.9, beta2: 0.95 }, parameters);
  const shape = { width, depth: 2, headDimension: 8, feedForwardWidth: 4 * width, vocabularySize: 96, sequenceLength: 32, batch: 8 };
  const network = createTransformer(engine, shape, operations, parameters);
  const stream = randomStream(1, "benchBatches");
  const symbols = () => Int32Array.from({ length: 256 }, () => stream.integer(96));
  const batches = Array.from({ length: 8 }, () => ({ tokens: symbols(), targets: symbols() }));
  return (number) => {
    const batch = batches[number % batches.length];
    if (batch === undefined) throw new Error("no batch");
    engine.integers(network.tokens, 256).set(batch.tokens);
    engine.integers(network.targets, 256).set(batch.targets);
    const loss = network.forward();
    network.backward();
    optimizer.update(number, 1);
    return loss;
  };
}
