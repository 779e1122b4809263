import { sql } from "kysely";
import type { LadderDatabase } from "./connect.ts";
import { storableText } from "./stored-json.ts";

/** Ids of the sweeps not at an end that want this run. Cancelling one of several must not kill the job of the others. */
export async function sweepsWanting(db: LadderDatabase, runKey: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom("sweeps")
    .innerJoin("trials", "trials.sweepId", "sweeps.id")
    .innerJoin("trialRuns", "trialRuns.trialId", "trials.id")
    .select("sweeps.id")
    .distinct()
    .where("trialRuns.runKey", "=", runKey)
    .where("sweeps.finishedAt", "is", null)
    .orderBy("sweeps.id")
    .execute();
  return rows.map((row) => row.id);
}

/**
 * Cancels the runs of a sweep that wait (queued, preempted, paused) and that no other open sweep wants.
 *
 * @returns their keys, sorted.
 */
export async function cancelPendingRuns(db: LadderDatabase, sweepId: string, reason: string | null = null): Promise<readonly string[]> {
  const message = reason === null ? null : storableText(reason);
  const result = await sql<{ runKey: string }>`
    update runs set state = 'cancelled', finished_at = clock_timestamp(), message = ${message}, error_class = null
    where run_key in (
      select r.run_key from runs r
      where r.state in ('queued', 'preempted', 'paused')
        and exists (select 1 from trial_runs l join trials t on t.id = l.trial_id where l.run_key = r.run_key and t.sweep_id = ${sweepId})
        and not exists (
          select 1 from trial_runs l join trials t on t.id = l.trial_id join sweeps s on s.id = t.sweep_id
          where l.run_key = r.run_key and s.id <> ${sweepId} and s.finished_at is null)
      order by r.run_key for no key update of r)
    returning run_key`.execute(db);
  return result.rows.map((row) => row.runKey).sort();
}

/** Queues every failed or cancelled run of a sweep again, with fresh restart limits. @returns their keys, sorted. */
export async function retryRunsOfSweep(db: LadderDatabase, sweepId: string): Promise<readonly string[]> {
  const result = await sql<{ runKey: string }>`
    update runs set state = 'queued', retry_count = retry_count + 1, retry_floor = fence, finished_at = null, error_class = null, message = null
    where run_key in (
      select r.run_key from runs r
      where r.state in ('failed', 'cancelled')
        and exists (select 1 from trial_runs l join trials t on t.id = l.trial_id where l.run_key = r.run_key and t.sweep_id = ${sweepId})
      order by r.run_key for no key update of r)
    returning run_key`.execute(db);
  return result.rows.map((row) => row.runKey).sort();
}
