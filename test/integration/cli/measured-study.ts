import { studySpecSchema, type StudySpecInput } from "../../../analysis/study/study-spec.ts";
import type { PlannedTrial } from "../../../analysis/study/trial.ts";
import { finishAttempt } from "../../../infra/postgres/attempt-ends.ts";
import { claimAttempt, recordSubmission } from "../../../infra/postgres/attempts.ts";
import type { LadderDatabase } from "../../../infra/postgres/connect.ts";
import { findRuns } from "../../../infra/postgres/runs.ts";
import { createStudyOrGet } from "../../../infra/postgres/studies.ts";
import { createSweepOrGet, type Sweep } from "../../../infra/postgres/sweeps.ts";
import { insertTrials } from "../../../infra/postgres/trials.ts";
import { planSpec, type PreparedStudy } from "../../../operations/prepare-study.ts";

/** A grid wide enough to bracket every optimum of `lossOf`; no file, no training. */
export const measuredStudy: StudySpecInput = {
  study: "measured",
  question: "Does the learning rate transfer over width?",
  model: { architecture: "transformer", sequenceLength: 8 },
  data: { kind: "markov", id: "source", seed: 1, vocabularySize: 8, concentration: 0.5 },
  optimizer: { name: "adam", beta1: 0.9, beta2: 0.95 },
  base: { width: 16 },
  scales: { width: [16, 32, 64, 128], depth: 1, headDimension: 8, batchSizeTokens: 64, tokenHorizon: 640 },
  parametrizations: ["sp", "mup"],
  hyperparameters: { weightDecay: 0 },
  space: { learningRate: { log2: { from: -11, to: -3, step: 1 } } },
  seeds: [1, 2],
  target: { width: 256 },
};

export const measuredTrainer = { version: "1", programDigest: "c".repeat(64), command: ["node", "train.js"] };
const data = { kind: "markov", id: "source", seed: 1, vocabularySize: 8, concentration: 0.5 } as const;

export function prepareMeasured(changes: Partial<StudySpecInput> = {}): PreparedStudy {
  return planSpec({ spec: studySpecSchema.parse({ ...measuredStudy, ...changes }), data, trainer: measuredTrainer });
}

/**
 * A made-up loss with the shape of the real ones: a basin in log2 of the learning rate whose optimum stays at 2^-6 under
 * muP and falls one octave a doubling under SP, a small offset and wobble by seed and width.
 */
export function lossOf(trial: Pick<PlannedTrial, "parametrization" | "hyperparameters" | "scale">, seed: number): number {
  const doublings = Math.log2(trial.scale.width / 16);
  const optimum = -6 - (trial.parametrization === "sp" ? doublings : 0) + 0.04 * Math.sin(7 * seed + 3 * doublings);
  const offset = Math.log2(trial.hyperparameters["learningRate"] ?? 1) - optimum;
  return 2.6 - 0.1 * doublings + 0.05 * offset * offset + 0.004 * offset * offset * offset + 0.01 * seed;
}

/** Writes the study as submitted, without a workflow. */
export async function writeMeasured(db: LadderDatabase, prepared: PreparedStudy): Promise<Sweep> {
  const { spec, specHash, trainer, trials } = prepared;
  const study = await createStudyOrGet(db, { name: spec.study, spec });
  const { sweep } = await createSweepOrGet(db, { studyId: study.id, spec, specHash, data, trainer, concurrency: 2 });
  await insertTrials(db, sweep.id, trials);
  return sweep;
}

/** Ends every run that has no end yet, with the loss of `lossOf` or as `end` says. */
export async function finishRuns(
  db: LadderDatabase,
  trials: readonly PlannedTrial[],
  end: (trial: PlannedTrial, seed: number) => "finished" | "diverged" | "failed" = () => "finished",
): Promise<void> {
  const open = new Set(
    (
      await findRuns(
        db,
        trials.flatMap((trial) => trial.runs.map((run) => run.runKey)),
      )
    )
      .filter((run) => run.finishedAt === null)
      .map((run) => run.runKey),
  );
  for (const trial of trials) {
    for (const { runKey, seed } of trial.runs) {
      if (!open.delete(runKey)) continue;
      const { attempt, attemptKey } = await claimAttempt(db, {
        runKey,
        executor: "local",
        codeCommit: "0123456789abcdef",
        dirtyDigest: null,
        folderRoot: "/nowhere",
      });
      await recordSubmission(db, attemptKey, { jobId: `job-${runKey}`, startedAt: new Date() });
      const state = end(trial, seed);
      await finishAttempt(db, {
        runKey,
        attempt,
        attemptState: state,
        runState: state,
        cpuSeconds: 1,
        ...(state === "finished" ? { loss: lossOf(trial, seed) } : {}),
        ...(state === "failed" ? { errorClass: "trainer-bug", message: "boom" } : {}),
      });
    }
  }
}
