import { sql } from "kysely";
import { type RunVerification, runVerificationSchema, verificationVersion } from "../../analysis/verification/run-verification.ts";
import { verifyRun } from "../../analysis/verification/verify-run.ts";
import type { LadderDatabase } from "./connect.ts";
import { holdFence } from "./fence.ts";
import { sampleMetrics } from "./metrics.ts";
import { getRun } from "./runs.ts";
import { parseStored } from "./stored-json.ts";

/** Steps of a long curve that are compared. */
const mostSteps = 1000;

/**
 * Compares what a run's trainer logged with what was resolved, and keeps the outcome: one a run, of its newest attempt.
 * Repeating it changes nothing.
 *
 * @throws LadderError `missing` RUN_NOT_FOUND, ATTEMPT_NOT_FOUND; `conflict` ATTEMPT_FENCED for an attempt that was replaced.
 */
export async function checkRun(db: LadderDatabase, runKey: string, attempt: number): Promise<RunVerification> {
  const verification = await verifyStoredRun(db, runKey);
  const { version, status } = verification;
  const content = JSON.stringify(verification);
  await db.transaction().execute(async (transaction) => {
    await holdFence(transaction, runKey, attempt);
    await transaction
      .insertInto("runChecks")
      .values({ runKey, attempt, version, status, content })
      .onConflict((conflict) => conflict.column("runKey").doUpdateSet({ attempt, version, status, content }))
      .execute();
  });
  return verification;
}

async function verifyStoredRun(db: LadderDatabase, runKey: string): Promise<RunVerification> {
  const run = await getRun(db, runKey);
  const points = await sampleMetrics(db, runKey, ["learningRate/", "parameterRms/"], mostSteps);
  return verifyRun(run.resolved, points, { diverged: run.state === "diverged", followed: run.schedule });
}

/**
 * Checks of those of the runs that have finished or diverged, by run key. What no check of this version is stored for (a run
 * of an older Ladder, or a worker that died at that moment) is checked now and kept.
 */
export async function readRunChecks(db: LadderDatabase, runKeys: readonly string[]): Promise<ReadonlyMap<string, RunVerification>> {
  const rows = await sql<{ runKey: string; fence: number; version: number | null; content: unknown }>`
    select runs.run_key, runs.fence, run_checks.version, run_checks.content
    from runs left join run_checks on run_checks.run_key = runs.run_key and run_checks.attempt = runs.fence
    where runs.run_key = any(${[...new Set(runKeys)]}::text[]) and runs.state in ('finished', 'diverged')
    order by runs.run_key`.execute(db);
  const checks = new Map<string, RunVerification>();
  for (const { runKey, fence, version, content } of rows.rows) {
    const isCurrent = version !== null && version >= verificationVersion;
    if (isCurrent) checks.set(runKey, parseStored(runVerificationSchema, content, "run_checks.content"));
    else checks.set(runKey, fence === 0 ? await verifyStoredRun(db, runKey) : await checkRun(db, runKey, fence));
  }
  return checks;
}

/** Runs of these sweeps whose stored check failed: each counts once. Cheap enough for a list of all studies. */
export async function countFailedChecks(db: LadderDatabase, sweepIds: readonly string[]): Promise<number> {
  const { rows } = await sql<{ failed: number }>`
    select count(distinct run_checks.run_key)::integer as failed
    from trials join trial_runs on trial_runs.trial_id = trials.id join run_checks on run_checks.run_key = trial_runs.run_key
    where trials.sweep_id = any(${sweepIds}::text[]) and run_checks.status = 'failed'`.execute(db);
  return rows[0]?.failed ?? 0;
}
