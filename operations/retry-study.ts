import { getStudy } from "../infra/postgres/studies.ts";
import { retryRunsOfSweep } from "../infra/postgres/sweep-runs.ts";
import { listSweeps } from "../infra/postgres/sweeps.ts";
import { comparableSweeps, isOpen } from "./read-study-progress.ts";
import { continueSweep, reopenSweep, waitForSweepEnd } from "./run-sweep.ts";
import type { Session } from "./session.ts";

export interface RetryResult {
  readonly study: string;
  /** Runs queued again, by sweep. */
  readonly sweeps: readonly { readonly id: string; readonly number: number; readonly runKeys: readonly string[] }[];
  readonly runs: number;
}

/**
 * Queues the failed and cancelled runs of a study again, with fresh restart limits, and goes on with their sweeps. Runs
 * that finished or diverged are results and stay.
 *
 * @throws LadderError missing STUDY_NOT_FOUND
 */
export async function retryStudy(session: Session, studyName: string, reason: string): Promise<RetryResult> {
  const { db } = session;
  const study = await getStudy(db, studyName);
  const retried: RetryResult["sweeps"][number][] = [];
  for (const sweep of comparableSweeps(await listSweeps(db, study.id))) {
    // Runs that are still being stopped are not cancelled yet, and would be left out.
    if (!isOpen(sweep)) await waitForSweepEnd(session, sweep);
    const runKeys = await retryRunsOfSweep(db, sweep.id);
    if (runKeys.length === 0) continue;
    if (!isOpen(sweep)) await reopenSweep(session, sweep, reason);
    await continueSweep(session, sweep.id);
    retried.push({ id: sweep.id, number: sweep.number, runKeys });
  }
  return { study: studyName, sweeps: retried, runs: new Set(retried.flatMap(({ runKeys }) => runKeys)).size };
}
