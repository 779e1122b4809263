import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname, join } from "node:path";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import { readLogTail } from "../../infra/log-tail.ts";
import { nodeProgram } from "../../infra/node-program.ts";
import { identifyProcess, isAlive, terminateGroup, waitFor, type ProcessIdentity } from "../../infra/processes.ts";
import type { Endpoints, Settings } from "../../infra/settings.ts";
import { stackPaths } from "../../infra/stack-state.ts";
import { listPollers } from "../../infra/temporal/pollers.ts";
import type { RunningService } from "./kept-service.ts";

const readyWithinMs = 90_000;
/** A worker that is told to stop first lets its database writes end. */
const graceMs = 25_000;

export interface WorkerStart {
  readonly settings: Settings;
  readonly endpoints: Endpoints;
  readonly taskQueue: string;
  readonly signal: AbortSignal;
  /** Told of the process as soon as it runs. */
  readonly onProcess: (identity: ProcessIdentity) => void;
}

/**
 * Starts a worker as a child and waits until Temporal sees it ask for work. A Ctrl-C in the terminal does not reach it;
 * when it is stopped, the jobs that it watches run on.
 *
 * @throws LadderError unavailable WORKER_START_FAILED with the end of its log
 * @throws the signal's reason when it is aborted; the worker is ended then
 */
export async function startWorker({ settings, endpoints, taskQueue, signal, onProcess }: WorkerStart): Promise<RunningService> {
  signal.throwIfAborted();
  const logFile = join(stackPaths(settings.home).logs, "worker.log");
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, "a", 0o600);
  const [program, ...args] = nodeProgram(import.meta.url, "../../cli/worker");
  const child = spawn(program, args, {
    detached: true,
    stdio: ["ignore", log, log],
    env: { ...settings.environment, LADDER_HOME: settings.home },
  });
  child.on("error", () => undefined);
  closeSync(log);
  const identity = child.pid === undefined ? undefined : identifyProcess(child.pid);
  if (identity === undefined) throw await startFailure("the worker could not be started", logFile);
  const stop = async () => {
    await terminateGroup(identity, graceMs);
  };
  try {
    onProcess(identity);
    await waitUntilPolling(identity, { endpoints, taskQueue, signal, logFile });
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...identity, stop };
}

async function waitUntilPolling(
  identity: ProcessIdentity,
  { endpoints, taskQueue, signal, logFile }: Pick<WorkerStart, "endpoints" | "taskQueue" | "signal"> & { readonly logFile: string },
): Promise<void> {
  const polls = async () => {
    if (!isAlive(identity)) throw await startFailure("the worker ended while it was starting", logFile);
    // A server that does not answer just now is asked again until the deadline.
    const pollers = await listPollers(endpoints.temporal, taskQueue, 2_000).catch(() => []);
    return pollers.some((poller) => poller.identity.includes(`${String(identity.pid)}@`));
  };
  if (await waitFor(polls, { timeoutMs: readyWithinMs, intervalMs: 100, signal })) return;
  throw await startFailure(`the worker runs but did not ask Temporal for work within ${String(readyWithinMs / 1000)} s`, logFile);
}

async function startFailure(message: string, logFile: string): Promise<LadderError> {
  return new LadderError("unavailable", "WORKER_START_FAILED", `${message}; the end of ${logFile}:\n${await readLogTail(logFile)}`, {
    fields: { logFile },
    hint: "ladder doctor",
  });
}
