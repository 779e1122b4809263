import { LadderError } from "../../../analysis/study/ladder-error.ts";
import type { TrainerRun } from "../../../analysis/study/trainer-contract.ts";
import { markovTokenSource } from "../data/markov.ts";
import { teacherSource } from "../data/teacher.ts";
import { textSource } from "../data/text.ts";
import type { TokenSource } from "../data/token-source.ts";
import type { Engine } from "../engine/engine.ts";
import { createMlp, type VectorNetwork } from "../models/mlp.ts";
import type { ModelOptions } from "../models/model-context.ts";
import { createResidualMlp } from "../models/residual-mlp.ts";
import { createTransformer } from "../models/transformer.ts";
import type { LinearProduct } from "./optimizers/linear-product.ts";
import type { Parameter } from "./parameters.ts";

/** A model together with its data: what one training loop needs. */
export interface Task {
  /** Loss of the training batch of update number `step` (nats), and the gradients of every parameter. */
  readonly train: (step: number) => number;
  /** Mean loss over the held-out batches, nats per token. */
  readonly heldOutLoss: () => number;
  /** Entropy rate of the data's source, where it is known. */
  readonly entropyRate?: number;
  /** Inputs and output gradients of the last `train`, for models that keep them. */
  readonly products?: readonly LinearProduct[];
}

/**
 * Builds the network of a run and connects it to its data.
 *
 * @throws LadderError `input` RUN_UNSUPPORTED with every field that does not fit, and what the data's readers throw
 */
export function createTask(engine: Engine, run: TrainerRun, parameters: readonly Parameter[], options: ModelOptions = {}): Task {
  const { model, data, operations } = run;
  const { width, depth, batchSizeTokens: batch } = run.scale;
  if (model.architecture === "transformer" && (data.kind === "text" || data.kind === "markov"))
    return createTokenTask(engine, { ...run, model, data }, parameters, options);
  if (model.architecture === "mlp" && data.kind === "teacher") {
    const network = createMlp(engine, { ...model, width, depth, batch }, operations, parameters, options);
    return createVectorTask(engine, run, model, data, network);
  }
  if (model.architecture === "residualMlp" && data.kind === "teacher") {
    const network = createResidualMlp(engine, { ...model, width, depth, batch }, operations, parameters, options);
    return createVectorTask(engine, run, model, data, network);
  }
  throw new LadderError("input", "RUN_UNSUPPORTED", `this trainer has no ${model.architecture} on ${data.kind} data`, {
    hint: "it trains transformer on text or markov data, and mlp and residualMlp on teacher data",
  });
}

type DataOf<Kind> = Extract<TrainerRun["data"], { kind: Kind }>;
type ModelOf<Architecture> = Extract<TrainerRun["model"], { architecture: Architecture }>;

function createVectorTask(
  engine: Engine,
  run: TrainerRun,
  { inputDimension, classes }: ModelOf<"mlp" | "residualMlp">,
  data: DataOf<"teacher">,
  network: VectorNetwork,
): Task {
  const { batches } = run.evaluation;
  const batch = network.rows;
  const source = teacherSource(data, inputDimension, classes, batches * batch, run.seed);
  const write = (index: number, inputs: Float32Array, label: number) => {
    engine.floats(network.inputs, batch * inputDimension).set(inputs, index * inputDimension);
    engine.integers(network.targets, batch)[index] = label;
  };
  return {
    products: network.products,
    train(step) {
      source.trainingExamples(step, batch, write);
      const loss = network.forward();
      network.backward();
      return loss;
    },
    heldOutLoss: () =>
      meanOverBatches(batches, (index) => {
        source.heldOutExamples(index * batch, batch, write);
        return network.forward();
      }),
  };
}

function tokenSource(run: TokenRun): TokenSource {
  const { model, data, seed } = run;
  const windowLength = model.sequenceLength + 1;
  return data.kind === "text"
    ? textSource(data, model.vocabularySize, windowLength, seed)
    : markovTokenSource(data, model.vocabularySize, windowLength, seed);
}

type TokenRun = TrainerRun & { readonly model: ModelOf<"transformer">; readonly data: DataOf<"text" | "markov"> };

function createTokenTask(engine: Engine, run: TokenRun, parameters: readonly Parameter[], options: ModelOptions): Task {
  const { model, scale, evaluation } = run;
  const { sequenceLength } = model;
  const { batches } = evaluation;
  const batch = scale.batchSizeTokens / sequenceLength;
  const { width, depth, headDimension } = scale;
  const shape = { ...model, width, depth, headDimension, feedForwardWidth: model.feedForwardRatio * width, batch };
  const source = tokenSource(run);
  const network = createTransformer(engine, shape, run.operations, parameters, options);
  const write = (index: number, window: ArrayLike<number>) => {
    const tokens = engine.integers(network.tokens, network.rows);
    const targets = engine.integers(network.targets, network.rows);
    const offset = index * sequenceLength;
    for (let t = 0; t < sequenceLength; t += 1) {
      tokens[offset + t] = window[t] ?? 0;
      targets[offset + t] = window[t + 1] ?? 0;
    }
  };
  return {
    ...(source.entropyRate === undefined ? {} : { entropyRate: source.entropyRate }),
    train(step) {
      source.trainingWindows(step, batch, write);
      const loss = network.forward();
      network.backward();
      return loss;
    },
    heldOutLoss: () =>
      meanOverBatches(batches, (index) => {
        source.heldOutWindows(index * batch, batch, batches * batch, write);
        return network.forward();
      }),
  };
}

function meanOverBatches(batches: number, lossOf: (index: number) => number): number {
  let total = 0;
  for (let index = 0; index < batches; index += 1) total += lossOf(index);
  return total / batches;
}
