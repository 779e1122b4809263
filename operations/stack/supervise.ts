import { LadderError } from "../../analysis/study/ladder-error.ts";
import { stopLocalJobs } from "../../infra/executors/local-job.ts";
import { ownIdentity, waitFor } from "../../infra/processes.ts";
import type { Settings } from "../../infra/settings.ts";
import type { StackState } from "../../infra/stack-state.ts";
import { endLeftovers } from "./leftovers.ts";
import { ServiceSet } from "./service-set.ts";
import { lockStack, type StackLock } from "./stack-lock.ts";
import { StackRecord } from "./stack-record.ts";
import { Watchdog } from "./watchdog.ts";

/** Milliseconds that a trainer has for its checkpoint when the stack goes down. */
const checkpointGraceMs = 60_000;
const lockCheckMs = 2_000;

export interface SuperviseOptions {
  readonly settings: Settings;
  /** Aborted: everything is stopped in order. */
  readonly signal: AbortSignal;
  /** What is being done, one line a call. */
  readonly onProgress: (line: string) => void;
  /** Every service answers. */
  readonly onReady: (state: StackState) => void;
}

/**
 * Runs the stack of a folder until it is told to stop: ends what an earlier supervisor left behind; starts Postgres and
 * Temporal (those that the surroundings do not name) and a worker; starts again what dies; and stops all of it in order,
 * the running trainers too, which write a checkpoint first. Data is never deleted.
 *
 * Resolves when nothing of the stack runs any more.
 *
 * @throws LadderError conflict STACK_RUNNING when another process supervises this folder, and whatever keeps a service
 * from starting; nothing is left running then
 */
export async function supervise(options: SuperviseOptions): Promise<void> {
  const { settings, onProgress } = options;
  const lock = await lockStack(settings.home);
  try {
    for (const { name, pid } of await endLeftovers(settings.home))
      onProgress(`ended ${name} (process ${String(pid)}), which an earlier stack had left behind`);
    await superviseLocked(options, lock);
  } finally {
    await lock.release();
  }
}

async function superviseLocked({ settings, signal, onProgress, onReady }: SuperviseOptions, lock: StackLock): Promise<void> {
  const record = new StackRecord(settings, ownIdentity());
  await record.update({});
  const watchdog = new Watchdog(settings.home, (identity) => {
    record
      .update({ watchdog: identity ?? null })
      .catch((error: unknown) => onProgress(`the state of the stack could not be written: ${String(error)}`));
  });
  const services = new ServiceSet({ settings, record, watchdog, onProgress });
  try {
    await services.start(signal);
    await record.update({ phase: "ready", starting: [] });
    onReady(record.state);
    const lost = await waitFor(async () => !(await lock.isHeld()), {
      timeoutMs: Number.POSITIVE_INFINITY,
      intervalMs: lockCheckMs,
      signal,
    }).catch((error: unknown) => {
      if (signal.aborted) return false;
      throw error;
    });
    if (lost) onProgress("this folder's lock was taken away; stopping");
  } catch (error) {
    // Being told to stop while starting is no failure.
    if (!signal.aborted || (error instanceof LadderError && error.kind === "defect")) throw error;
  } finally {
    onProgress("stopping");
    const stopTrainers = async () => {
      const jobs = await stopLocalJobs(settings.home, { graceMs: checkpointGraceMs });
      if (jobs > 0)
        onProgress(`${String(jobs)} running ${jobs === 1 ? "trainer" : "trainers"} stopped at a checkpoint; the next start resumes`);
    };
    // In this order: a worker that still runs would start other trainers and needs both servers.
    await doAll([
      () => record.update({ phase: "stopping" }),
      () => services.stopWorker(),
      stopTrainers,
      () => services.stopServers(),
      () => watchdog.close(),
      () => record.remove(),
    ]);
  }
}

/** Does one step after another, also when one fails; the first failure is thrown at the end. */
async function doAll(steps: readonly (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps) await step().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}
