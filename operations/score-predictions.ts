import { parseRegisteredPrediction, type PredictionDocument } from "../analysis/fits/predictions/prediction-document.ts";
import { isAtPlace, type RunScore, samePlace, scoreRun } from "../analysis/fits/predictions/score-run.ts";
import type { OpenFit } from "../analysis/fits/document/open-fit.ts";
import { kindConditions } from "../analysis/rows/kind-conditions.ts";
import { binomialInterval } from "../analysis/numerics/binomial-interval.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import type { LadderDatabase } from "../infra/postgres/connect.ts";
import { arrivalTimes, listPredictions, type RegisteredPrediction } from "../infra/postgres/predictions.ts";
import { type GatheredRows, gatherRows } from "./gather-rows.ts";
import { readKeptFit } from "./read-fit.ts";
import type { Session } from "./session.ts";

/** A run at the place of a registered prediction, and when it was there. */
export interface ArrivedRun extends RunScore {
  /** ISO time by the database's clock: when the run ended or its row was first imported. */
  readonly arrivedAt: string;
}

/** A registered prediction and what became of it. Plain JSON. */
export interface PredictionScore {
  readonly id: string;
  readonly study: string;
  readonly fit: string;
  readonly law: string;
  readonly registeredAt: string;
  readonly at: PredictionDocument["at"];
  readonly output: PredictionDocument["output"];
  readonly value: number;
  readonly interval95: PredictionDocument["interval95"];
  /** Runs that arrived after it was registered: its score. */
  readonly runs: readonly ArrivedRun[];
  /** Runs that were there before: no score, for whoever predicted could know them. */
  readonly knownBefore: readonly ArrivedRun[];
  /** Why runs of the study could not be read for its law; null where they could. */
  readonly unread: string | null;
}

/** All registered predictions with their scores. Plain JSON: what `ladder predict --scores --json` prints. */
export interface ScoreReport {
  /** Null: of all studies. */
  readonly study: string | null;
  readonly predictions: readonly PredictionScore[];
  readonly total: {
    readonly predictions: number;
    /** Predictions whose run has arrived. */
    readonly scored: number;
    readonly runs: number;
    readonly inside: number;
    /** Exact 95 % interval of the share inside; null before any run has arrived. */
    readonly interval95: readonly [number, number] | null;
  };
  /** Inputs of a run equal those of a prediction when they differ by at most this share. */
  readonly samePlace: number;
}

/**
 * Scores registered predictions on the runs of their studies: finished ones and imported rows whose inputs are the asked ones. Only what
 * arrived after the registration counts. Rows are chosen as the fit chose its own: the best trial of a design, and of `--where` what does not
 * cut sizes off.
 *
 * @param study left out: all
 * @throws LadderError `missing` PREDICTIONS_NONE when a study has none
 */
export async function scorePredictions({ db }: Pick<Session, "db">, study?: string): Promise<ScoreReport> {
  const registered = await listPredictions(db, study);
  if (study !== undefined && registered.length === 0)
    throw new LadderError("missing", "PREDICTIONS_NONE", `no prediction is registered for study ${study}`, {
      fields: { study },
      hint: "ladder predict FIT --at … --register registers one",
    });
  const read = new Map<string, StudyRows>();
  const predictions: PredictionScore[] = [];
  for (const prediction of registered) {
    const known = read.get(prediction.fitId) ?? (await readStudyRows(db, prediction));
    read.set(prediction.fitId, known);
    predictions.push(scoreOf(prediction, known));
  }
  const runs = predictions.flatMap((prediction) => prediction.runs);
  const inside = runs.filter((run) => run.inside).length;
  return {
    study: study ?? null,
    predictions,
    total: {
      predictions: predictions.length,
      scored: predictions.filter((prediction) => prediction.runs.length > 0).length,
      runs: runs.length,
      inside,
      interval95: runs.length === 0 ? null : binomialInterval(inside, runs.length),
    },
    samePlace,
  };
}

interface StudyRows {
  readonly open: OpenFit;
  readonly rows: readonly { readonly columns: GatheredRows["rows"][number]["columns"]; readonly run: string; readonly arrived: Date }[];
  readonly unread: string | null;
}

async function readStudyRows(db: LadderDatabase, { fitId, study }: RegisteredPrediction): Promise<StudyRows> {
  const open = await readKeptFit(db, fitId);
  const { request, source, counting } = open.document;
  // What was asked of a file speaks of the file's columns. Conditions on sizes end where predictions begin.
  const where = request.where === null ? undefined : kindConditions(request.where);
  const ofStudy = source === study ? { map: request.map ?? undefined, where } : {};
  try {
    const gathered = await gatherRows(
      { inputs: open.law.inputs.map(({ name }) => name), outcome: open.law.output.name },
      { kind: "study", name: study, db },
      {
        ...ofStudy,
        ...(counting === "unknown" ? {} : { counting }),
        bestPer: request.bestPer ?? [],
        keepRepeated: true,
        dropWorst: 0,
      },
    );
    const arrival = await arrivalTimes(db, study, [...gathered.runKeys.values()]);
    const rows = gathered.rows.flatMap(({ line, columns }) => {
      const run = gathered.labels.get(line) ?? "";
      const arrived = arrival.runs.get(gathered.runKeys.get(line) ?? "") ?? arrival.rows.get(run);
      return arrived === undefined ? [] : [{ columns, run, arrived }];
    });
    return { open, rows, unread: null };
  } catch (error) {
    // A study that holds nothing yet, or rows without what this law needs: other predictions are scored all the same.
    if (error instanceof LadderError && error.kind !== "defect" && error.kind !== "unavailable")
      return { open, rows: [], unread: error.message };
    throw error;
  }
}

function scoreOf(prediction: RegisteredPrediction, { open: { law }, rows, unread }: StudyRows): PredictionScore {
  const { id, study, fitId, registeredAt } = prediction;
  const document = parseRegisteredPrediction(prediction.content, id);
  const arrived = rows
    .filter(({ columns }) => isAtPlace(law, document, columns))
    .map(({ columns, run, arrived: at }) => ({ at, score: scoreRun(document, run, columns[law.output.name] ?? Number.NaN) }))
    .sort((left, right) => left.at.getTime() - right.at.getTime())
    .map(({ at, score }) => ({ isAfter: at > registeredAt, run: { ...score, arrivedAt: at.toISOString() } }));
  return {
    id,
    study,
    fit: fitId,
    law: law.id,
    registeredAt: registeredAt.toISOString(),
    // The database has its own order of names.
    at: Object.fromEntries(law.inputs.map(({ name }) => [name, document.at[name] ?? Number.NaN])),
    output: document.output,
    value: document.value,
    interval95: document.interval95,
    runs: arrived.flatMap(({ isAfter, run }) => (isAfter ? [run] : [])),
    knownBefore: arrived.flatMap(({ isAfter, run }) => (isAfter ? [] : [run])),
    unread,
  };
}
