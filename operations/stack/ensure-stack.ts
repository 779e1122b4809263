import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import { readLogTail } from "../../infra/log-tail.ts";
import { nodeProgram } from "../../infra/node-program.ts";
import { identifyProcess, isAlive, signalProcess, waitFor, waitUntilGone } from "../../infra/processes.ts";
import { type Endpoints, resolveEndpoints, type Settings, withoutPassword } from "../../infra/settings.ts";
import { makeStackFolder, readStackState, stackPaths, type StackState } from "../../infra/stack-state.ts";
import { readLockHolder } from "./stack-lock.ts";
import { supervisorMessageSchema, unpackError } from "./supervisor-messages.ts";

/** Another command's start may have to build the Temporal server from source. */
const patienceMs = 40 * 60_000;
/** A stack that is told to stop first lets its trainers write their checkpoints. */
const stopPatienceMs = 150_000;

export interface EnsureStackOptions {
  /** What is being done, one line a call. Nothing is said when the stack runs already. */
  readonly onProgress: (line: string) => void;
  /** Aborted while it starts: what was started here is stopped again. */
  readonly signal?: AbortSignal;
}

/**
 * The endpoints of this folder's stack, which is started in the background if it does not run. Any number of commands may
 * ask at once: one starts it, the others wait for that one.
 *
 * @throws LadderError conflict STACK_DIFFERS when the running stack uses other servers than the surroundings name now,
 * and whatever keeps the stack from starting
 * @throws the signal's reason when it is aborted
 */
export async function ensureStack(settings: Settings, options: EnsureStackOptions): Promise<Endpoints> {
  for (;;) {
    options.signal?.throwIfAborted();
    const holder = await readLockHolder(settings.home);
    if (holder === undefined) {
      if (await startDetached(settings, options)) return resolveEndpoints(settings);
      continue;
    }
    const state = await waitForSupervisor(settings, options);
    if (state === undefined) continue;
    assertSameServers(settings, state);
    return resolveEndpoints(settings);
  }
}

/** Waits until the supervisor that runs is ready; undefined when it has gone meanwhile. */
async function waitForSupervisor({ home }: Settings, { onProgress, signal }: EnsureStackOptions): Promise<StackState | undefined> {
  let told: StackState["phase"] | undefined;
  let ready: StackState | undefined;
  const settled = async () => {
    const holder = await readLockHolder(home);
    if (holder === undefined) return true;
    const state = await readStackState(home);
    if (state === undefined || state.supervisor.pid !== holder.pid) return false;
    if (state.phase !== told && state.phase !== "ready")
      onProgress(
        state.phase === "starting"
          ? "another command is starting the stack; waiting for it"
          : "the stack is stopping; it is started again after that",
      );
    told = state.phase;
    if (state.phase === "ready") ready = state;
    return state.phase === "ready";
  };
  if (await waitFor(settled, { timeoutMs: patienceMs, intervalMs: 100, ...(signal === undefined ? {} : { signal }) })) return ready;
  throw new LadderError(
    "unavailable",
    "STACK_NOT_READY",
    `the stack of ${home} has been ${told ?? "starting"} for ${String(patienceMs / 60_000)} minutes`,
    { hint: `see ${stackPaths(home).logs}, then: ladder down` },
  );
}

/** Starts a supervisor that outlives this process. True when it is ready; false when another one was quicker. */
async function startDetached(settings: Settings, { onProgress, signal }: EnsureStackOptions): Promise<boolean> {
  const logFile = join(stackPaths(settings.home).logs, "supervisor.log");
  await makeStackFolder(settings.home);
  const log = openSync(logFile, "a", 0o600);
  const [program, ...args] = nodeProgram(import.meta.url, "../../cli/supervisor");
  const child = spawn(program, args, {
    detached: true,
    stdio: ["ignore", log, log, "ipc"],
    env: { ...settings.environment, LADDER_HOME: settings.home },
  });
  closeSync(log);
  const interrupt = () => void child.kill("SIGTERM");
  signal?.addEventListener("abort", interrupt, { once: true });
  if (signal?.aborted === true) interrupt();
  try {
    const outcome = await followStart(child, onProgress);
    if (outcome === "ready") return true;
    if (child.pid !== undefined) await waitForEnd(child);
    signal?.throwIfAborted();
    if (outcome === "gone") {
      throw new LadderError(
        "unavailable",
        "SUPERVISOR_DIED",
        `the supervisor ended before the stack was ready; the end of ${logFile}:\n${await readLogTail(logFile)}`,
        { fields: { logFile }, hint: "ladder doctor" },
      );
    }
    if (outcome.code === "STACK_RUNNING") return false;
    throw outcome;
  } finally {
    signal?.removeEventListener("abort", interrupt);
    if (child.connected) child.disconnect();
    child.unref();
  }
}

function followStart(child: ChildProcess, onProgress: (line: string) => void): Promise<"ready" | "gone" | LadderError> {
  return new Promise((resolve) => {
    child.once("error", () => resolve("gone"));
    child.once("exit", () => resolve("gone"));
    child.on("message", (value) => {
      const message = supervisorMessageSchema.parse(value);
      if (message.type === "progress") onProgress(message.line);
      else resolve(message.type === "ready" ? "ready" : unpackError(message.error));
    });
  });
}

async function waitForEnd(child: ChildProcess): Promise<void> {
  const identity = child.pid === undefined ? undefined : identifyProcess(child.pid);
  if (identity === undefined) return;
  if (!(await waitUntilGone(identity, stopPatienceMs)) && isAlive(identity)) signalProcess(identity, "SIGKILL");
}

function assertSameServers(settings: Settings, state: StackState): void {
  const differences: string[] = [];
  const external = { database: state.postgres === null, temporal: state.temporal === null };
  const database = settings.databaseUrl;
  if (external.database !== (database !== undefined) || (database !== undefined && database !== state.databaseUrl)) {
    differences.push(
      `Postgres: ${describe(external.database, state.databaseUrl)} there, ${describe(database !== undefined, database ?? null)} here`,
    );
  }
  const address = settings.temporal?.connection.address;
  if (external.temporal !== (address !== undefined) || (address !== undefined && address !== state.temporalAddress)) {
    differences.push(
      `Temporal: ${describe(external.temporal, state.temporalAddress)} there, ${describe(address !== undefined, address ?? null)} here`,
    );
  }
  if (differences.length === 0) return;
  throw new LadderError(
    "conflict",
    "STACK_DIFFERS",
    `the running stack of ${settings.home} works with other servers than this command is told to use: ${differences.join("; ")}`,
    {
      fields: { home: settings.home, differences },
      hint: "set DATABASE_URL and TEMPORAL_ADDRESS as they were when the stack was started, or: ladder down, and try again",
    },
  );
}

function describe(external: boolean, address: string | null): string {
  return external ? withoutPassword(address ?? "unknown") : "the built-in one";
}
