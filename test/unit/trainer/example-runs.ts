import type { Data, Operations, Optimizer, TensorRole, TensorRow, TrainerRun } from "../../../analysis/study/trainer-contract.ts";

/** Everything about a small run that a test may want to change; the rest is fixed here. */
export interface ExampleOptions {
  readonly width?: number;
  readonly depth?: number;
  readonly headDimension?: number;
  readonly vocabularySize?: number;
  readonly sequenceLength?: number;
  readonly sequences?: number;
  readonly steps?: number;
  readonly seed?: number;
  readonly learningRate?: number;
  readonly optimizer?: Optimizer;
  readonly data?: Data;
  /** muP (Adam) with this base width; left out: every multiplier 1. */
  readonly mupBaseWidth?: number;
  readonly evaluationBatches?: number;
  readonly logEverySteps?: number;
}

const adam: Optimizer = { name: "adam", beta1: 0.9, beta2: 0.95 };

/** A row with neutral multipliers and standard deviation 1 / sqrt(fan-in), 1 for tables. */
export function exampleRow(
  name: string,
  role: TensorRole,
  shape: readonly number[],
  learningRate: number,
  changes: Partial<TensorRow> = {},
): TensorRow {
  const [fanOut = 1, columns = 1] = shape;
  const table = name.endsWith("Embedding");
  const fanIn = table ? 1 : columns;
  return {
    name,
    role,
    shape: [...shape],
    fanIn,
    fanOut: table ? columns : fanOut,
    initStd: 1 / Math.sqrt(fanIn),
    initMean: 0,
    forwardMultiplier: 1,
    backwardMultiplier: 1,
    learningRate,
    weightDecay: 0,
    epsilon: 1e-8,
    group: role,
    ...changes,
  };
}

/** A decoder transformer's run: the demo's shape unless options say otherwise, SP or muP tables written out by hand. */
export function transformerRun(options: ExampleOptions = {}): TrainerRun {
  const {
    width = 16,
    depth = 2,
    headDimension = 8,
    vocabularySize = 11,
    sequenceLength = 8,
    sequences = 4,
    steps = 20,
    learningRate = 2 ** -5,
  } = options;
  const growth = options.mupBaseWidth === undefined ? 1 : width / options.mupBaseWidth;
  const hidden = (name: string, fanOut: number, fanIn: number) => exampleRow(name, "hidden", [fanOut, fanIn], learningRate / growth);
  const blocks = Array.from({ length: depth }, (_, block) => [
    ...["query", "key", "value", "output"].map((part) => hidden(`blocks.${block}.attention.${part}`, width, width)),
    hidden(`blocks.${block}.feedForward.up`, 4 * width, width),
    hidden(`blocks.${block}.feedForward.down`, width, 4 * width),
  ]).flat();
  const readout = exampleRow("readout", "output", [vocabularySize, width], learningRate);
  const operations: Operations = {
    attentionLogitScale: 1 / Math.sqrt(headDimension),
    residualBlocks: Array.from({ length: depth }, () => [
      { branch: "attention" as const, skipMultiplier: 1, branchMultiplier: 1 },
      { branch: "feedForward" as const, skipMultiplier: 1, branchMultiplier: 1 },
    ]).flat(),
    embeddingMultiplier: 1,
    outputMultiplier: 1,
    activationMultiplier: 1,
    lossMultiplier: 1,
  };
  return completeRun(options, {
    width,
    depth,
    headDimension,
    batchSizeTokens: sequences * sequenceLength,
    steps,
    model: { architecture: "transformer", vocabularySize, sequenceLength, feedForwardRatio: 4, tiedEmbeddings: false },
    data: { kind: "markov", id: "example", seed: 7, vocabularySize, concentration: 0.7 },
    operations,
    tensors: [
      exampleRow("tokenEmbedding", "input", [vocabularySize, width], learningRate),
      exampleRow("positionEmbedding", "input", [sequenceLength, width], learningRate),
      ...blocks,
      // muP's readout (Yang et al. 2022, table 8): multiplier 1 / growth with the base's standard deviation.
      { ...readout, initStd: readout.initStd * Math.sqrt(growth), forwardMultiplier: 1 / growth, backwardMultiplier: 1 / growth },
    ],
  });
}

/** A multi-layer perceptron's run on teacher data. */
export function mlpRun(options: ExampleOptions & { readonly inputDimension?: number; readonly classes?: number } = {}): TrainerRun {
  const { width = 24, depth = 2, sequences = 16, steps = 20, learningRate = 2 ** -7, inputDimension = 10, classes = 5 } = options;
  return completeRun(options, {
    width,
    depth,
    headDimension: 1,
    batchSizeTokens: sequences,
    steps,
    model: { architecture: "mlp", inputDimension, classes },
    data: { kind: "teacher", id: "example", seed: 3, examples: 200 },
    operations: {
      attentionLogitScale: null,
      residualBlocks: [],
      embeddingMultiplier: 1,
      outputMultiplier: 1,
      activationMultiplier: 1,
      lossMultiplier: 1,
    },
    tensors: [
      exampleRow("layers.0", "input", [width, inputDimension], learningRate),
      ...Array.from({ length: depth - 1 }, (_, layer) => exampleRow(`layers.${layer + 1}`, "hidden", [width, width], learningRate)),
      exampleRow("readout", "output", [classes, width], learningRate),
    ],
  });
}

type Parts = Pick<TrainerRun, "model" | "data" | "operations" | "tensors"> & {
  readonly width: number;
  readonly depth: number;
  readonly headDimension: number;
  readonly batchSizeTokens: number;
  readonly steps: number;
};

/** A whole run from the parts that a model decides on. */
export function completeRun(options: ExampleOptions, { width, depth, headDimension, batchSizeTokens, steps, ...parts }: Parts): TrainerRun {
  const tokenHorizon = steps * batchSizeTokens;
  const parameterCount = parts.tensors.reduce((total, row) => total + row.shape.reduce((product, size) => product * size, 1), 0);
  return {
    contract: 1,
    runKey: "example",
    attempt: 1,
    seed: options.seed ?? 1,
    hyperparameters: { learningRate: options.learningRate ?? 0 },
    scale: {
      width,
      depth,
      headDimension,
      batchSizeTokens,
      tokenHorizon,
      parameterCountTotal: parameterCount,
      parameterCountNonEmbedding: parameterCount,
      trainingFlops: 6 * parameterCount * tokenHorizon,
      trainingFlopsFormula: "6ND",
    },
    optimizer: options.optimizer ?? adam,
    schedule: { shape: "linear", warmupSteps: Math.floor(steps / 10), totalSteps: steps, finalFraction: 0, decaySteps: 0 },
    evaluation: { batches: options.evaluationBatches ?? 2, logEverySteps: options.logEverySteps ?? 10 },
    tokenHorizon,
    rungs: [],
    checkpoint: { folder: "checkpoints", everySteps: 0 },
    resumeFrom: null,
    parents: [],
    ...parts,
    data: options.data ?? parts.data,
  };
}
