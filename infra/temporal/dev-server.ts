import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname, join } from "node:path";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import { readLogTail } from "../log-tail.ts";
import { freePort, isListening } from "../ports.ts";
import { identifyProcess, terminateGroup, type ProcessIdentity } from "../processes.ts";
import { checkServer } from "./server-health.ts";

const host = "127.0.0.1";
const attempts = 3;

export interface DevServerOptions {
  /** A `temporal` command (`findTemporalServer`). */
  readonly binary: string;
  /** Holds the database file; made when missing. */
  readonly folder: string;
  /** stdout and stderr of the server are appended here. */
  readonly logFile: string;
  /** Port on 127.0.0.1; a free one unless given. */
  readonly port?: number;
  /** `default` unless given; made at the start. */
  readonly namespace?: string;
  /** Milliseconds until it has to answer; 60,000 unless given. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Told of the process as soon as it runs, before it answers. */
  readonly onProcess?: (identity: ProcessIdentity) => void;
}

/** A Temporal dev server that answers. */
export interface DevServer extends ProcessIdentity {
  readonly address: string;
  readonly port: number;
  readonly namespace: string;
  readonly version: string;
  /** Settles when the process has ended, for whatever reason. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** Ends it, by SIGKILL when it does not end by itself in ten seconds; the database file is kept. */
  stop(): Promise<void>;
}

/**
 * Starts a real Temporal server that keeps its workflows in a database file, and waits until it answers. It runs in a
 * process group of its own, so that a Ctrl-C in the terminal does not reach it.
 *
 * @throws LadderError unavailable TEMPORAL_START_FAILED with the end of its log
 * @throws the signal's reason when it is aborted; the server is ended then
 */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  for (let attempt = 1; ; attempt++) {
    options.signal?.throwIfAborted();
    try {
      return await startOn(options.port ?? (await freePort(host)), options);
    } catch (error) {
      // Another program may have taken the port between finding and using it.
      const taken = error instanceof LadderError && /address already in use/i.test(error.message);
      if (!taken || options.port !== undefined || attempt === attempts) throw error;
    }
  }
}

async function startOn(port: number, options: DevServerOptions): Promise<DevServer> {
  const { folder, logFile, binary, signal, namespace = "default", timeoutMs = 60_000 } = options;
  mkdirSync(folder, { recursive: true });
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, "a", 0o600);
  const args = [
    "server",
    "start-dev",
    "--headless",
    "--ip",
    host,
    "--port",
    String(port),
    "--db-filename",
    join(folder, "temporal.db"),
    "--log-level",
    "warn",
  ];
  if (namespace !== "default") args.push("--namespace", namespace);
  const child = spawn(binary, args, { detached: true, stdio: ["ignore", log, log], cwd: folder });
  closeSync(log);
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once("error", () => resolve({ code: null, signal: null }));
    child.once("exit", (code, name) => resolve({ code, signal: name }));
  });
  const identity = child.pid === undefined ? undefined : identifyProcess(child.pid);
  if (identity === undefined) throw await startFailure(`${binary} could not be started`, logFile);
  options.onProcess?.(identity);
  const stop = async () => {
    await terminateGroup(identity, 10_000);
    await exited;
  };
  try {
    const version = await waitUntilServing(port, namespace, { exited, logFile, timeoutMs, signal });
    return { ...identity, address: `${host}:${String(port)}`, port, namespace, version, exited, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function waitUntilServing(
  port: number,
  namespace: string,
  {
    exited,
    logFile,
    timeoutMs,
    signal,
  }: {
    readonly exited: DevServer["exited"];
    readonly logFile: string;
    readonly timeoutMs: number;
    readonly signal: AbortSignal | undefined;
  },
): Promise<string> {
  const address = `${host}:${String(port)}`;
  const deadline = performance.now() + timeoutMs;
  const process = { ended: false };
  void exited.then(() => {
    process.ended = true;
  });
  for (;;) {
    signal?.throwIfAborted();
    if (process.ended) throw await startFailure("the Temporal server ended while it was starting", logFile);
    try {
      // A refused gRPC connection is tried again after a second only; asking the port is quicker.
      if (!(await isListening(port, host))) throw new Error(`nothing listens on ${address} yet`);
      return (await checkServer({ address }, namespace, 1_000)).version;
    } catch (error) {
      if (performance.now() > deadline)
        throw await startFailure(`the Temporal server at ${address} did not answer within ${String(timeoutMs / 1000)} s`, logFile, error);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function startFailure(message: string, logFile: string, cause?: unknown): Promise<LadderError> {
  return new LadderError("unavailable", "TEMPORAL_START_FAILED", `${message}; the end of ${logFile}:\n${await readLogTail(logFile)}`, {
    fields: { logFile },
    hint: "ladder doctor",
    ...(cause === undefined ? {} : { cause }),
  });
}
