import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import { type StudySpec, studySpecSchema } from "../../analysis/study/study-spec.ts";
import type { PlannedRun } from "../../analysis/study/trial.ts";
import type { RunVerification } from "../../analysis/verification/run-verification.ts";
import { verifyRun } from "../../analysis/verification/verify-run.ts";
import { parseStudyFile } from "../../infra/configs/study-file.ts";
import { findExecutorKind } from "../../infra/executors/index.ts";
import type { Settings } from "../../infra/settings.ts";
import { type PreparedStudy, prepareSpec } from "../prepare-study.ts";
import { type LocalOutcome, trainLocally } from "../train-locally.ts";

/** Enough for a warm-up, a learning-rate decay and several log lines. */
export const trialSteps = 20;

export interface TrainerTrial {
  /** Program and arguments, as typed; empty: the study's own trainer. */
  readonly command: readonly string[];
  /** A study file whose smallest run with multipliers is tried; without one a transformer of width 16 on the text that comes with Ladder. */
  readonly studyFile: string | undefined;
  /** Seconds until it is stopped. */
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

/** Everything that a trainer said in its twenty steps. */
export interface TrainerReport extends Omit<LocalOutcome, "record"> {
  readonly command: readonly string[];
  /** Whether it used what was resolved, as far as it logged it. */
  readonly usedAgainstResolved: RunVerification;
}

/**
 * Runs a trainer for twenty steps as a sweep would, with the local executor and in a temporary folder, and reads what it
 * writes. Nothing is stored.
 *
 * @throws LadderError input when the study or the command cannot be used, and the signal's reason when it is aborted; the
 * trainer is ended then
 */
export async function tryTrainer(settings: Settings, trial: TrainerTrial): Promise<TrainerReport> {
  const { prepared, workingDirectory } = await prepareTrial(settings, trial);
  const home = await mkdtemp(join(tmpdir(), "ladder-trainer-"));
  try {
    return await runTrial(settings, trial, { prepared, workingDirectory, home });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function runTrial(
  settings: Settings,
  trial: TrainerTrial,
  { prepared, workingDirectory, home }: { readonly prepared: PreparedStudy; readonly workingDirectory: string; readonly home: string },
): Promise<TrainerReport> {
  const run = mostTelling(prepared);
  if (run === undefined)
    throw new LadderError("input", "STUDY_EMPTY", "the study asks for no run", { hint: "give it a hyperparameter to sweep" });
  const { command } = prepared.trainer;
  const { record, ...said } = await trainLocally(findExecutorKind("local").create({ home, environment: settings.environment }), {
    ...trial,
    run,
    command,
    workingDirectory,
    home,
    purpose: "doctor",
    checkpointEverySteps: trialSteps / 2,
  });
  const usedAgainstResolved = verifyRun(
    run.resolved,
    // One attempt; the last of several values of a step counts, as it does where they are stored.
    [...new Map(said.points.map((point) => [`${point.step} ${point.name}`, { ...point, attempt: 1 }])).values()],
    { diverged: record.divergedAtStep !== null, followed: record.done?.schedule ?? null },
  );
  return { ...said, command, usedAgainstResolved };
}

/** The first run among those with the most different learning rates: where all are equal, a dropped multiplier cannot be seen. */
function mostTelling({ trials }: PreparedStudy): PlannedRun | undefined {
  const rates = ({ resolved }: PlannedRun): number => new Set(resolved.tensors.map(({ learningRate }) => learningRate)).size;
  return trials
    .flatMap(({ runs }) => runs)
    .reduce<PlannedRun | undefined>((best, run) => (best === undefined || rates(run) > rates(best) ? run : best), undefined);
}

async function prepareTrial(
  settings: Settings,
  { command, studyFile }: TrainerTrial,
): Promise<{ readonly prepared: PreparedStudy; readonly workingDirectory: string }> {
  const workingDirectory = studyFile === undefined ? process.cwd() : dirname(resolve(studyFile));
  const spec = studyFile === undefined ? defaultSpec : await readStudySpec(studyFile);
  const trainer: StudySpec["trainer"] =
    command.length === 0
      ? spec.trainer
      : {
          command: [...command],
          version: "doctor",
          ...(typeof spec.trainer === "string" || spec.trainer.program === undefined ? {} : { program: spec.trainer.program }),
        };
  return { prepared: await prepareSpec(settings, { ...shortened(spec), trainer }, workingDirectory), workingDirectory };
}

async function readStudySpec(studyFile: string): Promise<StudySpec> {
  const text = await readFile(studyFile, "utf8").catch((error: unknown) => {
    throw new LadderError("missing", "FILE_NOT_FOUND", `there is no readable file ${studyFile}`, {
      cause: error,
      hint: "ladder init writes a study.yaml",
    });
  });
  return parseStudyFile(text, studyFile);
}

/**
 * The smallest scale of a study, but not its base width where it has another (multipliers are 1 there), cut to twenty steps
 * of which every one is logged.
 */
function shortened(spec: StudySpec): StudySpec {
  const { width, depth, headDimension, batchSizeTokens } = spec.scales;
  const widths = typeof width === "number" ? [width] : width;
  const scaled = widths.filter((candidate) => candidate !== spec.base.width);
  const batch = smallest(batchSizeTokens);
  return {
    ...spec,
    scales: {
      width: smallest(scaled.length > 0 ? scaled : widths),
      depth: smallest(depth),
      headDimension: smallest(headDimension),
      batchSizeTokens: batch,
      tokenHorizon: batch * trialSteps,
    },
    seeds: spec.seeds.slice(0, 1),
    evaluation: { batches: Math.min(2, spec.evaluation.batches), logEverySteps: 1 },
  };
}

function smallest(value: number | readonly number[]): number {
  return typeof value === "number" ? value : Math.min(...value);
}

const defaultSpec = studySpecSchema.parse({
  study: "doctor",
  model: { architecture: "transformer", sequenceLength: 32, feedForwardRatio: 4, vocabularySize: 96 },
  data: { kind: "package", id: "moby-dick" },
  optimizer: { name: "adam", beta1: 0.9, beta2: 0.95 },
  base: { width: 8, headDimension: 8 },
  scales: { width: 16, depth: 2, headDimension: 8, batchSizeTokens: 256, tokenHorizon: 256 * trialSteps },
  parametrizations: ["mup"],
  space: { learningRate: { values: [2 ** -7] } },
  seeds: [1],
});
