import { runIdentity, runKey, type ResolvedRun } from "../../../analysis/study/run-key.ts";
import type { CountedScale } from "../../../analysis/study/scale.ts";
import { studySpecSchema, type StudySpec } from "../../../analysis/study/study-spec.ts";
import type { Data } from "../../../analysis/study/trainer-contract.ts";
import type { PlannedRun, PlannedTrial } from "../../../analysis/study/trial.ts";
import type { LadderDatabase } from "../../../infra/postgres/connect.ts";
import { createStudyOrGet } from "../../../infra/postgres/studies.ts";
import { createSweepOrGet, type Sweep } from "../../../infra/postgres/sweeps.ts";
import { insertTrials } from "../../../infra/postgres/trials.ts";

export const exampleTrainer = { version: "1", programDigest: "a".repeat(64), command: ["node", "train.js"] };
export const exampleData: Data = { kind: "markov", id: "source", seed: 1, vocabularySize: 16, concentration: 0.5 };

export function exampleSpec(study: string, changes: Partial<StudySpec> = {}): StudySpec {
  return {
    ...studySpecSchema.parse({
      study,
      model: { architecture: "mlp", inputDimension: 8, classes: 4 },
      data: exampleData,
      optimizer: { name: "sgd", momentum: 0 },
      base: { width: 16 },
      scales: { width: [16, 32], depth: 1, headDimension: 1, batchSizeTokens: 32, tokenHorizon: 3200 },
      parametrizations: ["sp", "mup"],
      space: { learningRate: { values: [0.01, 0.1] } },
      seeds: [1, 2],
    }),
    ...changes,
  };
}

export interface ExampleCell {
  readonly parametrization: string;
  readonly width: number;
  readonly learningRate: number;
  readonly seeds?: readonly number[];
  /** What the rules made of the learning rate; equal values at equal width are one run. */
  readonly resolvedLearningRate?: number;
  readonly changes?: Partial<ResolvedRun>;
}

export function exampleScale(width: number): CountedScale {
  const parameters = 12 * width;
  return {
    width,
    depth: 1,
    headDimension: 1,
    batchSizeTokens: 32,
    tokenHorizon: 3200,
    parameterCountTotal: parameters,
    parameterCountNonEmbedding: parameters,
    trainingFlops: 6 * parameters * 3200,
    trainingFlopsFormula: "6ND",
  };
}

export function exampleTrial(cell: ExampleCell): PlannedTrial {
  const scale = exampleScale(cell.width);
  return {
    parametrization: cell.parametrization,
    hyperparameters: { learningRate: cell.learningRate },
    scale,
    runs: (cell.seeds ?? [1, 2]).map((seed) => exampleRun(cell, scale, seed)),
  };
}

function exampleRun(cell: ExampleCell, scale: CountedScale, seed: number): PlannedRun {
  const learningRate = cell.resolvedLearningRate ?? cell.learningRate;
  const resolved: ResolvedRun = {
    contract: 1,
    seed,
    hyperparameters: { learningRate: cell.learningRate },
    scale,
    model: { architecture: "mlp", inputDimension: 8, classes: 4 },
    data: exampleData,
    optimizer: { name: "sgd", momentum: 0 },
    schedule: { shape: "constant", warmupSteps: 0, totalSteps: 100, finalFraction: 1, decaySteps: 0 },
    evaluation: { batches: 4, logEverySteps: 10 },
    tokenHorizon: 3200,
    rungs: [],
    parents: [],
    tensors: [
      {
        name: "hidden.weight",
        role: "hidden",
        shape: [cell.width, 8],
        fanIn: 8,
        fanOut: cell.width,
        initStd: 0.1,
        initMean: 0,
        forwardMultiplier: 1,
        backwardMultiplier: 1,
        learningRate,
        weightDecay: 0,
        epsilon: 0,
        group: "hidden",
      },
    ],
    operations: {
      attentionLogitScale: null,
      residualBlocks: [],
      embeddingMultiplier: 1,
      outputMultiplier: 1,
      activationMultiplier: 1,
      lossMultiplier: 1,
    },
    ...cell.changes,
  };
  const identity = runIdentity(resolved, exampleTrainer);
  return { runKey: runKey(identity), identity, resolved, seed };
}

/** SP and muP at widths 16 and 32, two learning rates, two seeds: 12 runs, the 4 at the base width shared. */
export const exampleTrials: readonly PlannedTrial[] = ["mup", "sp"].flatMap((parametrization) =>
  [16, 32].flatMap((width) =>
    [0.01, 0.1].map((learningRate) =>
      exampleTrial({
        parametrization,
        width,
        learningRate,
        resolvedLearningRate: parametrization === "mup" ? (learningRate * 16) / width : learningRate,
      }),
    ),
  ),
);

let studies = 0;

/** A study of its own with one sweep and its trials. */
export async function insertExampleSweep(
  db: LadderDatabase,
  trials: readonly PlannedTrial[] = exampleTrials,
  name = `study-${String((studies += 1))}`,
): Promise<{ readonly sweep: Sweep; readonly runKeys: readonly string[] }> {
  const spec = exampleSpec(name);
  const study = await createStudyOrGet(db, { name, spec });
  const { sweep } = await createSweepOrGet(db, {
    studyId: study.id,
    spec,
    specHash: `hash-of-${name}`,
    data: exampleData,
    trainer: exampleTrainer,
    concurrency: 2,
  });
  await insertTrials(db, sweep.id, trials);
  return { sweep, runKeys: [...new Set(trials.flatMap((trial) => trial.runs.map((run) => run.runKey)))] };
}

/** One run of its own; `width` makes it differ from others. */
export async function insertExampleRun(db: LadderDatabase, width: number): Promise<string> {
  const { runKeys } = await insertExampleSweep(db, [exampleTrial({ parametrization: "sp", width, learningRate: 0.05, seeds: [1] })]);
  const [key] = runKeys;
  if (key === undefined) throw new Error("no run was planned");
  return key;
}

export const exampleRequest = { executor: "local", codeCommit: null, dirtyDigest: null, folderRoot: "/runs" };
