import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Client } from "@temporalio/client";
import { bundleWorkflowCode, DefaultLogger, Runtime, type WorkflowBundle } from "@temporalio/worker";
import { findSearchStrategy } from "../../../analysis/search/index.ts";
import { planTrials } from "../../../analysis/search/plan.ts";
import { type StudySpecInput, studySpecSchema } from "../../../analysis/study/study-spec.ts";
import { runWorker } from "../../../cli/worker.ts";
import { resolveData } from "../../../infra/data-source.ts";
import { stopLocalJobs } from "../../../infra/executors/local-job.ts";
import type { LadderDatabase } from "../../../infra/postgres/connect.ts";
import { installationId } from "../../../infra/postgres/installation.ts";
import { findRuns, type RunSummary } from "../../../infra/postgres/runs.ts";
import { createStudyOrGet } from "../../../infra/postgres/studies.ts";
import { createSweepOrGet, getSweep, type Sweep } from "../../../infra/postgres/sweeps.ts";
import { insertTrials } from "../../../infra/postgres/trials.ts";
import { waitFor } from "../../../infra/processes.ts";
import { type Endpoints, readSettings } from "../../../infra/settings.ts";
import { connectTemporal, startSweep, taskQueueOf } from "../../../infra/temporal/client.ts";
import { type DevServer, startDevServer } from "../../../infra/temporal/dev-server.ts";
import { findTemporalServer } from "../../../infra/temporal/server-binary.ts";
import { resolveTrainer } from "../../../infra/trainer-program.ts";
import { hashSpec } from "../../../operations/prepare-study.ts";
import { createTestDatabase, startTestPostgres, type TestPostgres } from "../postgres/server.ts";

export const fastTrainer = fileURLToPath(new URL("./fast-trainer.mjs", import.meta.url));

/** Real servers for one test file: a Postgres, a Temporal, one bundle of the workflows. */
export interface TestServers {
  readonly postgres: TestPostgres;
  readonly temporal: DevServer;
  readonly workflowBundle: WorkflowBundle;
  stop(): Promise<void>;
}

export async function startTestServers(): Promise<TestServers> {
  Runtime.install({ logger: new DefaultLogger("ERROR"), shutdownSignals: [] });
  const folder = await mkdtemp(join(tmpdir(), "ladder-temporal-"));
  const found = await findTemporalServer({
    settings: { ...readSettings(process.env, folder), temporal: undefined },
    onProgress: () => undefined,
    onProcess: () => undefined,
    signal: AbortSignal.timeout(170_000),
  });
  if (found.kind !== "binary") throw new Error("the tests want a Temporal of their own");
  const [postgres, temporal, workflowBundle] = await Promise.all([
    startTestPostgres(),
    startDevServer({ binary: found.path, folder, logFile: join(folder, "server.log") }),
    bundleWorkflowCode({ workflowsPath: fileURLToPath(new URL("../../../workflows/index.ts", import.meta.url)), logger: silent }),
  ]);
  return {
    postgres,
    temporal,
    workflowBundle,
    stop: async () => {
      await temporal.stop();
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const nothing = (): void => undefined;
const silent = { log: nothing, trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };

/** One line of the fast trainer's journal: what really ran. */
export interface JournalLine {
  readonly event: "start" | "end" | "preempted";
  readonly runKey: string;
  readonly attempt: number;
  readonly pid: number;
  readonly resumeFrom: string | null;
}

/** A worker in this process, or one that can be killed. */
export interface TestWorker {
  stop(): Promise<void>;
}

/** A fresh installation: a database, a home, a task queue of its own. */
export interface Installation {
  readonly home: string;
  readonly db: LadderDatabase;
  readonly client: Client;
  readonly taskQueue: string;
  readonly endpoints: Pick<Endpoints, "databaseUrl" | "temporal">;
  startWorker(): TestWorker;
  /** A worker as a process of its own; resolves when it runs. */
  spawnWorker(): Promise<{ readonly pid: number; kill(signal: NodeJS.Signals): Promise<void> }>;
  /** Writes a sweep of the fast trainer; `trials` are hyperparameters. */
  insertSweep(
    study: string,
    trials: readonly Readonly<Record<string, number>>[],
    changes?: Partial<StudySpecInput>,
    concurrency?: number,
  ): Promise<Sweep>;
  insertAndStart(
    study: string,
    trials: readonly Readonly<Record<string, number>>[],
    changes?: Partial<StudySpecInput>,
    concurrency?: number,
  ): Promise<Sweep>;
  runsOf(sweep: Sweep): Promise<readonly RunSummary[]>;
  journal(): Promise<readonly JournalLine[]>;
  close(): Promise<void>;
}

export async function createInstallation(servers: TestServers): Promise<Installation> {
  const database = await createTestDatabase(servers.postgres.url);
  const { db } = database;
  const project = await mkdtemp(join(tmpdir(), "ladder-execution-"));
  const home = join(project, ".ladder");
  const journalPath = join(project, "journal.jsonl");
  const endpoints = {
    databaseUrl: database.url,
    temporal: { namespace: servers.temporal.namespace, connection: { address: servers.temporal.address } },
  };
  const temporal = await connectTemporal(endpoints);
  const { client } = temporal;
  const taskQueue = taskQueueOf(await installationId(db));
  const environment = { ...process.env, FAST_TRAINER_JOURNAL: journalPath };
  const workers: TestWorker[] = [];

  const insertSweep: Installation["insertSweep"] = async (study, trials, changes = {}, concurrency = 2) => {
    const spec = studySpecSchema.parse({
      study,
      trainer: { command: [process.execPath, fastTrainer] },
      model: { architecture: "custom", tensors: [{ name: "hidden", role: "hidden", shape: ["width", "width"] }] },
      data: { kind: "external", id: "nothing" },
      optimizer: { name: "sgd", momentum: 0 },
      base: { width: 8 },
      scales: { width: [8, 16], depth: 1, headDimension: 1, batchSizeTokens: 32, tokenHorizon: 3200 },
      parametrizations: ["sp"],
      seeds: [1],
      strategy: {
        name: "list",
        trials: trials.map(({ width, ...hyperparameters }) => ({ parametrization: "sp", hyperparameters, scale: { width: width ?? 8 } })),
      },
      ...changes,
    } satisfies StudySpecInput);
    const data = await resolveData(spec.data, project);
    const trainer = await resolveTrainer(spec.trainer, project, environment);
    const { id } = await createStudyOrGet(db, { name: study, spec });
    const { sweep } = await createSweepOrGet(db, { studyId: id, spec, specHash: hashSpec(spec), data, trainer, concurrency });
    // As submit does: a strategy that searches asks for its trials itself.
    if (!findSearchStrategy(spec.strategy.name).asksWhileRunning) await insertTrials(db, sweep.id, planTrials(spec, data, trainer));
    return sweep;
  };

  return {
    home,
    db,
    client,
    taskQueue,
    endpoints,
    insertSweep,
    insertAndStart: async (...parameters) => {
      const sweep = await insertSweep(...parameters);
      await startSweep(client, { sweepId: sweep.id, taskQueue });
      return sweep;
    },
    startWorker: () => {
      const asked = new AbortController();
      const done = runWorker({
        settings: { home, environment },
        endpoints,
        signal: asked.signal,
        workflows: { workflowBundle: servers.workflowBundle },
      });
      const worker = {
        stop: async () => {
          asked.abort();
          await done;
        },
      };
      workers.push(worker);
      return worker;
    },
    spawnWorker: () => {
      const program = fileURLToPath(new URL("../../../cli/worker.ts", import.meta.url));
      const child = spawn(process.execPath, ["--import", "tsx", program], {
        env: {
          ...environment,
          LADDER_HOME: home,
          DATABASE_URL: endpoints.databaseUrl,
          TEMPORAL_ADDRESS: servers.temporal.address,
          TEMPORAL_NAMESPACE: servers.temporal.namespace,
        },
        stdio: ["ignore", "ignore", "inherit"],
      });
      const { pid } = child;
      if (pid === undefined) throw new Error("the worker did not start");
      const ended = once(child, "exit");
      const kill = async (signal: NodeJS.Signals): Promise<void> => {
        child.kill(signal);
        await ended;
      };
      workers.push({ stop: () => (child.exitCode === null && child.signalCode === null ? kill("SIGKILL") : Promise.resolve()) });
      return Promise.resolve({ pid, kill });
    },
    runsOf: async (sweep) => {
      const { rows } = {
        rows: await db
          .selectFrom("trialRuns")
          .innerJoin("trials", "trials.id", "trialRuns.trialId")
          .select("runKey")
          .where("sweepId", "=", sweep.id)
          .orderBy("trials.number")
          .execute(),
      };
      return findRuns(
        db,
        rows.map((row) => row.runKey),
      );
    },
    journal: async () => {
      const text = await readFile(journalPath, "utf8").catch(() => "");
      return text
        .split("\n")
        .filter((line) => line !== "")
        .map((line): JournalLine => JSON.parse(line) as JournalLine);
    },
    close: async () => {
      for (const worker of workers) await worker.stop();
      await stopLocalJobs(home, { graceMs: 0 });
      await temporal.close();
      await database.close();
      await rm(project, { recursive: true, force: true });
    },
  };
}

/** Waits until something is true, and fails with what it was last when it never is. */
export async function until<Value>(look: () => Promise<Value>, holds: (value: Value) => boolean, timeoutMs = 60_000): Promise<Value> {
  let value = await look();
  const met = await waitFor(
    async () => {
      value = await look();
      return holds(value);
    },
    { timeoutMs, intervalMs: 50 },
  );
  if (!met) throw new Error(`still not after ${String(timeoutMs / 1000)} s: ${JSON.stringify(value)}`);
  return value;
}

/** Waits until a sweep is in one of these states. */
export function untilSweepIs(installation: Installation, sweep: Sweep, ...states: readonly Sweep["state"][]): Promise<Sweep> {
  return until(
    () => getSweep(installation.db, sweep.id),
    (now) => states.includes(now.state),
  );
}
