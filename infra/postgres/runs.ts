import { sql } from "kysely";
import { z } from "zod";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import type { ResolvedRun, RunIdentity } from "../../analysis/study/run-key.ts";
import type { ErrorClass, RunState } from "../../analysis/study/states.ts";
import { scheduleSchema, trainerRunSchema, type Schedule } from "../../analysis/study/trainer-contract.ts";
import type { LadderDatabase } from "./connect.ts";
import { parseStored } from "./stored-json.ts";

/** A run without its resolved tables: cheap to read by the thousand. */
export interface RunSummary {
  readonly runKey: string;
  readonly seed: number;
  readonly state: RunState;
  /** Number of the newest attempt, 0 before the first. Results of older ones are refused. */
  readonly fence: number;
  /** Held-out loss, nats per token; null unless finished. */
  readonly loss: number | null;
  readonly step: number | null;
  readonly tokens: number | null;
  readonly errorClass: ErrorClass | null;
  readonly message: string | null;
  /** Runs of one trunk share a cluster; a run of its own is its own cluster. */
  readonly cluster: string;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

export interface Run extends RunSummary {
  /** What the key is the hash of. */
  readonly identity: RunIdentity;
  /** Everything the trainer is given but who it is and where it lies. */
  readonly resolved: ResolvedRun;
  /** The schedule really followed, when the trainer said it. */
  readonly schedule: Schedule | null;
}

const resolvedSchema = trainerRunSchema.omit({ runKey: true, attempt: true, checkpoint: true, resumeFrom: true });
const identitySchema: z.ZodType<RunIdentity> = z.record(z.string(), z.json());
const summaryColumns = [
  "runKey",
  "seed",
  "state",
  "fence",
  "loss",
  "step",
  "tokens",
  "errorClass",
  "message",
  "createdAt",
  "startedAt",
  "finishedAt",
] as const;

/** @throws LadderError `missing` RUN_NOT_FOUND. */
export async function getRun(db: LadderDatabase, runKey: string): Promise<Run> {
  const row = await db
    .selectFrom("runs")
    .select([...summaryColumns, "identity", "resolved", "schedule"])
    .select((expression) => expression.fn.coalesce("clusterId", "runKey").as("cluster"))
    .where("runKey", "=", runKey)
    .executeTakeFirst();
  if (row === undefined) throw runNotFound(runKey);
  return {
    ...row,
    identity: parseStored(identitySchema, row.identity, "runs.identity"),
    resolved: parseStored(resolvedSchema, row.resolved, "runs.resolved"),
    schedule: parseStored(scheduleSchema.nullable(), row.schedule, "runs.schedule"),
  };
}

/** Those of the keys that exist, in the order asked. */
export async function findRuns(db: LadderDatabase, runKeys: readonly string[]): Promise<readonly RunSummary[]> {
  const keys = [...new Set(runKeys)];
  const rows = await db
    .selectFrom("runs")
    .select(summaryColumns)
    .select((expression) => expression.fn.coalesce("clusterId", "runKey").as("cluster"))
    .where(sql<boolean>`run_key = any(${keys}::text[])`)
    .execute();
  const byKey = new Map(rows.map((row) => [row.runKey, row]));
  return keys.flatMap((key) => byKey.get(key) ?? []);
}

/**
 * Runs whose key starts with the given digits, at most `limit`: what a user types of a key.
 *
 * @throws LadderError `input` RUN_KEY_INVALID when it holds anything but hexadecimal digits.
 */
export async function findRunsByPrefix(db: LadderDatabase, prefix: string, limit = 10): Promise<readonly RunSummary[]> {
  if (!/^[0-9a-f]{1,32}$/.test(prefix))
    throw new LadderError(
      "input",
      "RUN_KEY_INVALID",
      `${JSON.stringify(prefix)} is not the beginning of a run key: up to 32 hexadecimal digits`,
    );
  const rows = await db.selectFrom("runs").select("runKey").where("runKey", "like", `${prefix}%`).orderBy("runKey").limit(limit).execute();
  return findRuns(
    db,
    rows.map((row) => row.runKey),
  );
}

/** Keys of the runs of a sweep that are not at an end, each once, in the order of the plan: trial, then seed. */
export async function pendingRuns(db: LadderDatabase, sweepId: string): Promise<readonly string[]> {
  const result = await sql<{ runKey: string }>`
    select trial_runs.run_key from trials
    join trial_runs on trial_runs.trial_id = trials.id
    join runs on runs.run_key = trial_runs.run_key
    where trials.sweep_id = ${sweepId} and runs.finished_at is null
    group by trial_runs.run_key order by min(array[trials.number, trial_runs.position])`.execute(db);
  return result.rows.map((row) => row.runKey);
}

export interface PriorRun {
  readonly runKey: string;
  readonly state: RunState;
  readonly seed: number;
  readonly identity: RunIdentity;
}

/**
 * Runs that earlier sweeps of a study gave to a trial of this content (see `trialHash`), the newest first: what a new key
 * is held against to say which field made it new.
 */
export async function priorRuns(db: LadderDatabase, studyId: string, trialContentHash: string, seed: number): Promise<readonly PriorRun[]> {
  const rows = await db
    .selectFrom("trials")
    .innerJoin("sweeps", "sweeps.id", "trials.sweepId")
    .innerJoin("trialRuns", "trialRuns.trialId", "trials.id")
    .innerJoin("runs", "runs.runKey", "trialRuns.runKey")
    .select(["runs.runKey", "runs.state", "runs.seed", "runs.identity"])
    .where("trials.contentHash", "=", trialContentHash)
    .where("sweeps.studyId", "=", studyId)
    .where("trialRuns.seed", "=", seed)
    .orderBy("sweeps.number", "desc")
    .execute();
  return rows.map((row) => ({ ...row, identity: parseStored(identitySchema, row.identity, "runs.identity") }));
}

export function runNotFound(runKey: string): LadderError {
  return new LadderError("missing", "RUN_NOT_FOUND", `there is no run ${runKey}`, { fields: { runKey } });
}
