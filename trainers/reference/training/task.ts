import { LadderError, type Problem } from "../../../analysis/study/ladder-error.ts";
import type { TrainerRun } from "../../../analysis/study/trainer-contract.ts";
import { markovTokenSource } from "../data/markov.ts";
import { teacherSource } from "../data/teacher.ts";
import { textSource } from "../data/text.ts";
import type { TokenSource } from "../data/token-source.ts";
import type { Engine } from "../engine/engine.ts";
import { createMlp } from "../models/mlp.ts";
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
export function createTask(engine: Engine, run: TrainerRun, parameters: readonly Parameter[]): Task {
  const { model, data } = run;
  if (model.architecture === "transformer" && (data.kind === "text" || data.kind === "markov")) {
    const { sequenceLength, vocabularySize } = model;
    const windowLength = sequenceLength + 1;
    const source =
      data.kind === "text"
        ? textSource(data, vocabularySize, windowLength, run.seed)
        : markovTokenSource(data, vocabularySize, windowLength, run.seed);
    return createTokenTask(engine, run, { ...model, source }, parameters);
  }
  if (model.architecture === "mlp" && data.kind === "teacher") {
    const { inputDimension, classes } = model;
    const { width, depth, batchSizeTokens: batch } = run.scale;
    const { batches } = run.evaluation;
    const source = teacherSource(data, inputDimension, classes, batches * batch, run.seed);
    const network = createMlp(engine, { width, depth, inputDimension, classes, batch }, run.operations, parameters);
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
  throw new LadderError("input", "RUN_UNSUPPORTED", `this trainer has no ${model.architecture} on ${data.kind} data`, {
    hint: "it trains transformer on text or markov data, and mlp on teacher data",
  });
}

type TokenModel = Extract<TrainerRun["model"], { architecture: "transformer" }> & { readonly source: TokenSource };

function createTokenTask(engine: Engine, run: TrainerRun, model: TokenModel, parameters: readonly Parameter[]): Task {
  const { sequenceLength, vocabularySize, source } = model;
  const { width, depth, headDimension } = run.scale;
  const { batches } = run.evaluation;
  const batch = run.scale.batchSizeTokens / sequenceLength;
  const feedForwardWidth = model.feedForwardRatio * width;
  const shape = { width, depth, headDimension, feedForwardWidth, vocabularySize, sequenceLength, batch };
  const network = createTransformer(engine, shape, run.operations, parameters);
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

/**
 * What a schema cannot say: dimensions that must divide each other, one pair of multipliers for each residual block, an
 * attention scale for attention.
 *
 * @throws LadderError `input` RUN_UNSUPPORTED
 */
export function checkRun(run: TrainerRun): void {
  const { model, scale, operations } = run;
  const problems: Problem[] = [];
  const refuse = (path: string, value: unknown, message: string, fix: string) =>
    problems.push({ path, message, value: JSON.stringify(value), fix });
  if (run.tokenHorizon % scale.batchSizeTokens !== 0)
    refuse("tokenHorizon", run.tokenHorizon, `not a multiple of batchSizeTokens ${scale.batchSizeTokens}`, "train whole batches");
  if (model.architecture === "transformer") {
    if (scale.width % scale.headDimension !== 0)
      refuse("scale.width", scale.width, `not a multiple of headDimension ${scale.headDimension}`, "change one of them");
    if (!Number.isInteger(model.feedForwardRatio * scale.width))
      refuse("model.feedForwardRatio", model.feedForwardRatio, `times width ${scale.width} is not a whole number`, "change one of them");
    if (scale.batchSizeTokens % model.sequenceLength !== 0)
      refuse(
        "scale.batchSizeTokens",
        scale.batchSizeTokens,
        `not a multiple of sequenceLength ${model.sequenceLength}`,
        "train whole sequences",
      );
    if (operations.attentionLogitScale === null)
      refuse("operations.attentionLogitScale", null, "attention needs a logit scale", "give a number");
    const branches = operations.residualBlocks.map((block) => block.branch);
    const expected = Array.from({ length: 2 * scale.depth }, (_, index) => (index % 2 === 0 ? "attention" : "feedForward"));
    if (JSON.stringify(branches) !== JSON.stringify(expected))
      refuse(
        "operations.residualBlocks",
        branches,
        `depth ${scale.depth} has ${expected.length} residual blocks, attention and feedForward in turn`,
        "give one entry for each, in the order of execution",
      );
  } else if (operations.residualBlocks.length > 0)
    refuse("operations.residualBlocks", operations.residualBlocks.length, `${model.architecture} has no residual blocks`, "use []");
  if (problems.length > 0) throw new LadderError("input", "RUN_UNSUPPORTED", "the reference trainer cannot train this run", { problems });
}
