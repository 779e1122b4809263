import { expect, test } from "vitest";
import { composeParametrizations } from "../../../../analysis/parametrizations/compose.ts";
import { fillHyperparameters } from "../../../../analysis/parametrizations/hyperparameters.ts";
import { modelFacts } from "../../../../analysis/parametrizations/architectures/index.ts";
import { choiceOfOptimizer } from "../../../../analysis/parametrizations/optimizers/index.ts";
import { readOptions } from "../../../../analysis/parametrizations/options.ts";
import { resolveOperations } from "../../../../analysis/parametrizations/resolve-operations.ts";
import { resolveTensors } from "../../../../analysis/parametrizations/resolve.ts";
import { uMup } from "../../../../analysis/parametrizations/rule-sets/u-mup.ts";
import { activations, type TrainerRun } from "../../../../analysis/study/trainer-contract.ts";
import { createEngine } from "../../../../trainers/reference/engine/engine.ts";
import { createObserver } from "../../../../trainers/reference/models/observer.ts";
import { allocateParameters, initializeParameters } from "../../../../trainers/reference/training/parameters.ts";
import { createTask } from "../../../../trainers/reference/training/task.ts";
import { transformerVariant } from "../../trainer/model-runs.ts";

/** The run as u-mup resolves it, with its own factors on every gradient. */
function resolved(run: TrainerRun): TrainerRun {
  const content = uMup.build(readOptions(uMup, "constraint=none"));
  const parametrization = composeParametrizations("u-mup", [{ definition: uMup, written: "u-mup", content }]);
  const { width, depth, headDimension, batchSizeTokens, tokenHorizon } = run.scale;
  const scale = { width, depth, headDimension, batchSizeTokens, tokenHorizon };
  const tensors = run.tensors.map(({ name, role, shape, fanIn, fanOut }) => ({
    name,
    role,
    shape,
    fanIn,
    fanOut,
    lookup: name.endsWith("Embedding"),
    insideBlock: name.startsWith("blocks."),
  }));
  const shared = {
    parametrization,
    hyperparameters: fillHyperparameters({ learningRate: 1 }),
    modelFacts: modelFacts(run.model),
    scale,
    base: scale,
  };
  return {
    ...run,
    tensors: resolveTensors({
      ...shared,
      tensors,
      baseTensors: tensors,
      optimizer: choiceOfOptimizer(run.optimizer),
      weightDecayKind: "independent",
    }),
    operations: resolveOperations({
      ...shared,
      hasAttention: true,
      residualBranches: run.operations.residualBlocks.map(({ branch }) => branch),
    }),
  };
}

/** Root mean square of every activation, of the gradient to it and of every weight's gradient, at the first batch. */
async function sizesAtStart(run: TrainerRun): Promise<readonly (readonly [string, number])[]> {
  const engine = await createEngine();
  const observer = createObserver(engine);
  const parameters = allocateParameters(engine, run.tensors);
  initializeParameters(engine, parameters, 1);
  const task = createTask(engine, run, parameters, { observer });
  observer.active = true;
  task.train(0);
  return [
    ...Object.entries(observer.take()).filter(([name]) => /^(rms|gradientRms)\/(blocks|features|embedding)/.test(name)),
    ...parameters
      .filter(({ row }) => row.role !== "output")
      .map(({ row, gradient, length }) => [`weightGradientRms/${row.name}`, engine.kernels.rootMeanSquare(gradient, length)] as const),
  ];
}

const models = activations.flatMap((activation) =>
  [false, true].map((gated) => ({ activation, gated, title: `${activation}${gated ? ", gated" : ""}` })),
);

test.each(models)("u-mup in the reference trainer: all is of unit scale at the start ($title)", async ({ activation, gated }) => {
  const choices = { activation, ...(gated ? { gatedFeedForward: true as const } : {}) };
  const run = transformerVariant(choices, {
    width: 64,
    depth: 2,
    headDimension: 16,
    vocabularySize: 64,
    sequenceLength: 16,
    sequences: 16,
  });
  const sizes = await sizesAtStart(resolved(run));
  expect(sizes.length).toBeGreaterThan(50);
  // Logits of 1/headDimension leave little to queries and keys, in the library as here. Its model of attention is of independent values: where
  // blocks make those of one sequence alike, what is mixed grows, to 2.4 at 4 blocks of 32 positions, which this shape stays below.
  const ofLogits = /(radientRms).*(query|key)/;
  expect(sizes.filter(([name, size]) => !ofLogits.test(name) && !(size >= 0.5 && size <= 2))).toEqual([]);
});
