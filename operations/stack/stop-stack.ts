import { stopLocalJobs } from "../../infra/executors/local-job.ts";
import { type ProcessIdentity, signalProcess, terminate, waitUntilGone } from "../../infra/processes.ts";
import type { Settings } from "../../infra/settings.ts";
import { removeStackState } from "../../infra/stack-state.ts";
import { endLeftovers } from "./leftovers.ts";
import { readLockHolder } from "./stack-lock.ts";

/** Longer than everything that the supervisor waits for when it stops. */
const patienceMs = 150_000;
const checkpointGraceMs = 60_000;

/** What was running, by what it is called. Empty: nothing was. */
export interface StackStop {
  readonly home: string;
  /** The supervisor's process, when there was one. */
  readonly supervisor: number | null;
  /** True when it had to be killed. */
  readonly killed: boolean;
  /** What a supervisor that died had left behind. */
  readonly leftovers: readonly { readonly name: string; readonly pid: number }[];
  /** Trainers that ran without a supervisor; they were stopped at a checkpoint. */
  readonly jobs: number;
}

/**
 * Stops the stack of a folder, and what an earlier one left behind. Running trainers write a checkpoint first; studies
 * go on at the next start. Data is never deleted.
 *
 * @throws LadderError unavailable PROCESS_STUCK when a process outlives SIGKILL
 */
export async function stopStack({ home }: Settings, onProgress: (line: string) => void): Promise<StackStop> {
  const holder = await readLockHolder(home);
  const killed = holder === undefined ? false : await stopSupervisor(holder, onProgress);
  const leftovers = await endLeftovers(home);
  const jobs = await stopLocalJobs(home, { graceMs: checkpointGraceMs });
  // Another command may have started a new stack meanwhile.
  if ((await readLockHolder(home)) === undefined) await removeStackState(home);
  return { home, supervisor: holder?.pid ?? null, killed, leftovers: leftovers.map(({ name, pid }) => ({ name, pid })), jobs };
}

async function stopSupervisor(holder: ProcessIdentity, onProgress: (line: string) => void): Promise<boolean> {
  onProgress(`stopping the stack (process ${String(holder.pid)}); running trainers write a checkpoint first`);
  signalProcess(holder, "SIGTERM");
  if (await waitUntilGone(holder, patienceMs)) return false;
  onProgress("it does not end by itself; killing it");
  await terminate(holder, 0, "SIGKILL");
  return true;
}
