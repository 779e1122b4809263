import { existsSync, realpathSync } from "node:fs";
import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from "@temporalio/worker";
import { createActivities, type ExecutorInUse } from "../activities/index.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import { findExecutorKind } from "../infra/executors/index.ts";
import { createJobPoller } from "../infra/executors/job-poller.ts";
import { type LadderDatabase, openDatabase } from "../infra/postgres/connect.ts";
import { installationId } from "../infra/postgres/installation.ts";
import { assertMigrated } from "../infra/postgres/migrate.ts";
import { type Endpoints, readSettings, resolveEndpoints, type Settings } from "../infra/settings.ts";
import { connectTemporal, taskQueueOf } from "../infra/temporal/client.ts";
import { startUnfinishedSweeps } from "../infra/temporal/unfinished-sweeps.ts";

export interface WorkerSurroundings {
  readonly settings: Pick<Settings, "home" | "environment">;
  readonly endpoints: Pick<Endpoints, "databaseUrl" | "temporal">;
  /** Stops the worker; jobs go on. */
  readonly signal: AbortSignal;
  /** Workflow code to use; left out: what the build bundled, or the sources. */
  readonly workflows?: Pick<WorkerOptions, "workflowBundle" | "workflowsPath">;
}

/** Milliseconds between two looks for sweeps that Temporal does not know. */
const unfinishedMs = 30_000;

/**
 * Works for an installation until the signal: carries out its sweeps' workflows and activities.
 *
 * @throws LadderError `unavailable` when Postgres or Temporal does not answer, or the tables are not there
 */
export async function runWorker({ settings, endpoints, signal, workflows }: WorkerSurroundings): Promise<void> {
  const db = openDatabase(endpoints.databaseUrl);
  try {
    await assertMigrated(db);
    const taskQueue = taskQueueOf(await installationId(db));
    const connection = await connectWorker(endpoints);
    try {
      const worker = await Worker.create({
        connection,
        namespace: endpoints.temporal.namespace,
        taskQueue,
        activities: createActivities(dependencies(db, settings)),
        ...(workflows ?? workflowSource()),
        ...limits,
      });
      const stopped = new AbortController();
      await Promise.all([
        runUntil(worker, signal).finally(() => stopped.abort()),
        lookForUnfinished(db, endpoints, taskQueue, stopped.signal),
      ]);
    } finally {
      await connection.close();
    }
  } finally {
    await db.destroy();
  }
}

/** An activity is a waiting promise, a cached workflow is memory: many of the one, few of the other. */
const limits = {
  maxConcurrentActivityTaskExecutions: 1000,
  maxConcurrentWorkflowTaskExecutions: 10,
  maxCachedWorkflows: 50,
  // A user's cancel comes back with a heartbeat: it must not wait for the usual eight seconds.
  maxHeartbeatThrottleInterval: "1 second",
  defaultHeartbeatThrottleInterval: "1 second",
  shutdownGraceTime: 0,
  shutdownForceTime: "15 seconds",
} satisfies Partial<WorkerOptions>;

function dependencies(db: LadderDatabase, { home, environment }: WorkerSurroundings["settings"]) {
  const inUse = new Map<string, ExecutorInUse>();
  const projectFolder = basename(home) === ".ladder" ? dirname(home) : process.cwd();
  return {
    db,
    home,
    projectFolder,
    environment,
    executor: (id: string): ExecutorInUse => {
      const known = inUse.get(id);
      if (known !== undefined) return known;
      const executor = findExecutorKind(id).create({ home, environment });
      const created = { executor, poller: createJobPoller(executor) };
      inUse.set(id, created);
      return created;
    },
  };
}

async function connectWorker(endpoints: WorkerSurroundings["endpoints"]): Promise<NativeConnection> {
  const { connection } = endpoints.temporal;
  try {
    return await NativeConnection.connect(connection);
  } catch (error) {
    throw new LadderError("unavailable", "TEMPORAL_UNREACHABLE", `the Temporal server at ${connection.address} does not answer`, {
      fields: { address: connection.address },
      hint: "ladder up starts one; TEMPORAL_ADDRESS names another",
      cause: error,
    });
  }
}

/** The bundle that the build made, else the sources. */
function workflowSource(): Pick<WorkerOptions, "workflowBundle" | "workflowsPath"> {
  const codePath = fileURLToPath(new URL("../workflows/workflow-bundle.js", import.meta.url));
  if (existsSync(codePath)) return { workflowBundle: { codePath } };
  return {
    workflowsPath: fileURLToPath(
      new URL(import.meta.url.endsWith(".ts") ? "../workflows/index.ts" : "../workflows/index.js", import.meta.url),
    ),
  };
}

async function runUntil(worker: Worker, signal: AbortSignal): Promise<void> {
  const stop = (): void => {
    if (worker.getState() === "RUNNING") worker.shutdown();
  };
  signal.addEventListener("abort", stop, { once: true });
  try {
    const running = worker.run();
    if (signal.aborted) stop();
    await running;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Now and again until the worker stops: Temporal may be wiped under a worker that goes on. */
async function lookForUnfinished(
  db: LadderDatabase,
  endpoints: WorkerSurroundings["endpoints"],
  taskQueue: string,
  signal: AbortSignal,
): Promise<void> {
  const stopping = (): boolean => signal.aborted;
  while (!stopping()) {
    try {
      const temporal = await connectTemporal(endpoints);
      await startUnfinishedSweeps(db, temporal.client, taskQueue).finally(() => temporal.close());
    } catch (error) {
      // A server that is away for a moment comes back; the worker itself waits for it too.
      if (!stopping()) process.stderr.write(`worker: sweeps were not checked: ${error instanceof Error ? error.message : String(error)}\n`);
    }
    await sleep(unfinishedMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Runs as a process of its own: stops on SIGTERM, SIGINT, and when the parent that it talks to is gone. */
async function main(): Promise<void> {
  Runtime.install({ logger: new DefaultLogger("WARN"), shutdownSignals: [] });
  const asked = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => asked.abort());
  process.on("disconnect", () => asked.abort());
  const settings = readSettings();
  await runWorker({ settings, endpoints: await resolveEndpoints(settings), signal: asked.signal });
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    await main();
  } catch (error) {
    process.stderr.write(
      `worker: ${error instanceof LadderError ? `${error.message}${error.hint === undefined ? "" : `\n  ${error.hint}`}` : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exitCode = error instanceof LadderError && error.kind === "unavailable" ? 5 : 70;
  }
}
