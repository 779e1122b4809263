import { stat } from "node:fs/promises";
import type { OpenFit } from "../analysis/fits/document/open-fit.ts";
import type { StudyRecord } from "../analysis/fits/study-record.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import type { Data } from "../analysis/study/trainer-contract.ts";
import type { TrialRunResult } from "../analysis/study/trial.ts";
import { listAttempts } from "../infra/postgres/attempts.ts";
import { listCheckpoints } from "../infra/postgres/checkpoints.ts";
import type { LadderDatabase } from "../infra/postgres/connect.ts";
import { studyResults } from "../infra/postgres/results.ts";
import { findRuns } from "../infra/postgres/runs.ts";
import { getStudy, type Study } from "../infra/postgres/studies.ts";
import { listSweeps, type Sweep } from "../infra/postgres/sweeps.ts";
import {
  checkpointsOf,
  commitsOf,
  describeOptions,
  distinct,
  evaluationOf,
  formulaWords,
  groupsOf,
  originOf,
  seedScatter,
  shapesOf,
  targetOf,
  tunedWords,
  uniqueRuns,
  valuesOf,
} from "./study-record-words.ts";

/**
 * What Postgres knows of the runs behind a fit; null where its rows are of no study that Ladder ran.
 *
 * @throws LadderError as `studyResults`
 */
export async function readStudyRecord(db: LadderDatabase, open: OpenFit): Promise<StudyRecord | null> {
  const { document, fittedRows } = open;
  const { study: name, data } = document;
  const found = name === null || data.labels === null ? null : await findSweptStudy(db, name);
  if (found === null) return null;
  const { sweep, results, study } = found;
  const fitted = fittedResults(
    results,
    fittedRows.map((row) => data.labels?.[row] ?? ""),
  );
  if (fitted.length === 0) return null;
  const runs = await findRuns(db, [...new Set(fitted.map(({ runKey }) => runKey))]);
  const failed = await findRuns(db, [...new Set(results.flatMap(({ runKey, state }) => (state === "failed" ? [runKey] : [])))]);
  const attempts = await Promise.all(runs.map(({ runKey }) => listAttempts(db, runKey)));
  const checkpoints = await Promise.all(runs.map(({ runKey }) => listCheckpoints(db, runKey)));
  const horizons = new Map(fitted.map(({ runKey, scale }) => [runKey, scale.tokenHorizon]));
  const { spec } = sweep;
  const ofRules = [...new Set(fitted.map(({ parametrization }) => parametrization))].sort();
  const tuned = tunedWords(results.filter(({ parametrization }) => ofRules.includes(parametrization)));
  return {
    study: study.name,
    fittedRows: fittedRows.length,
    fittedRuns: fittedRows.filter((row) => (data.labels?.[row] ?? "").startsWith("run ")).length,
    states: groupsOf(uniqueRuns(results).map(({ state }) => state)),
    failures: groupsOf(failed.map(({ errorClass, message }) => errorClass ?? message ?? "no reason")),
    variables: [...open.law.inputs, open.law.output].map(({ name: variable }) => ({
      name: variable,
      origin: originOf(variable, fitted, document.counting),
    })),
    shapes: shapesOf(fitted),
    tokenHorizons: distinct(fitted.map(({ scale }) => scale.tokenHorizon)),
    batchSizes: distinct(fitted.map(({ scale }) => scale.batchSizeTokens)),
    endedEarly: runs.filter(({ runKey, tokens }) => tokens !== null && tokens < (horizons.get(runKey) ?? 0)).length,
    data: await describeData(sweep),
    flopFormulas: [...new Set(fitted.map(({ scale }) => formulaWords(scale.trainingFlopsFormula)))],
    parametrizations: ofRules,
    optimizer: describeOptions(spec.optimizer, "name"),
    schedule: `schedule ${describeOptions(spec.schedule, "shape")}`,
    sequenceLength: "sequenceLength" in spec.model ? spec.model.sequenceLength : null,
    ...valuesOf(fitted, tuned.swept),
    tuned,
    trainer: {
      isReference: spec.trainer === "reference",
      version: sweep.trainer.version,
      programDigest: sweep.trainer.programDigest,
      command: sweep.trainer.command.join(" "),
      commits: commitsOf(attempts),
      executors: [...new Set(attempts.flatMap((own) => own.map(({ executor }) => executor)))].sort(),
    },
    checkpoints: checkpointsOf(checkpoints, spec.checkpointEverySteps),
    evaluation: evaluationOf(spec, sweep.data, fitted),
    seeds: seedScatter(results),
    target: targetOf(sweep, fitted, study.spec),
  };
}

/** The results behind rows. A run that rule sets share, such as that of the base scale, belongs to the one that covers most rows. */
function fittedResults(results: readonly TrialRunResult[], labels: readonly string[]): readonly TrialRunResult[] {
  const wanted = new Set(labels);
  const candidates = results.filter(({ runKey, state }) => state === "finished" && wanted.has(labelOf(runKey)));
  const [most] = groupsOf(candidates.map(({ parametrization }) => parametrization));
  const chosen = candidates.filter(({ parametrization }) => parametrization === most?.words);
  const covered = new Set(chosen.map(({ runKey }) => runKey));
  return [...chosen, ...candidates.filter(({ runKey }) => !covered.has(runKey))];
}

/** As `studyRunTable` calls the row of a run. */
function labelOf(runKey: string): string {
  return `run ${runKey.slice(0, 12)}`;
}

interface FoundStudy {
  readonly study: Study;
  /** The newest. */
  readonly sweep: Sweep;
  readonly results: readonly TrialRunResult[];
}

async function findSweptStudy(db: LadderDatabase, name: string): Promise<FoundStudy | null> {
  try {
    const study = await getStudy(db, name);
    const sweeps = await listSweeps(db, study.id);
    const sweep = sweeps.at(-1);
    return sweep === undefined ? null : { study, sweep, results: await studyResults(db, study.id) };
  } catch (error) {
    // Imported rows alone need no study of their own.
    if (error instanceof LadderError && error.code === "STUDY_NOT_FOUND") return null;
    throw error;
  }
}

async function describeData({ data, spec }: Sweep): Promise<StudyRecord["data"]> {
  const words = `${data.kind} ${data.id}`;
  switch (data.kind) {
    case "text":
      return { words, digest: data.sha256, uniqueTokens: spec.trainer === "reference" ? await trainedBytes(data) : null };
    case "markov":
      return { words: `${words}, seed ${data.seed}`, digest: null, uniqueTokens: "unlimited" };
    case "teacher":
      return { words: `${words}, seed ${data.seed}`, digest: null, uniqueTokens: data.examples };
    case "external":
      return { words, digest: data.sha256 ?? null, uniqueTokens: null };
  }
}

/** The reference trainer reads a text byte by byte; null where the file is not here. */
async function trainedBytes({ path, heldOutFraction }: Extract<Data, { kind: "text" }>): Promise<number | null> {
  try {
    return Math.floor((await stat(path)).size * (1 - heldOutFraction));
  } catch {
    return null;
  }
}
