import { installationId } from "../../infra/postgres/installation.ts";
import { migrateToLatest } from "../../infra/postgres/migrate.ts";
import { openDatabase } from "../../infra/postgres/connect.ts";
import { isAlive, type ProcessIdentity } from "../../infra/processes.ts";
import { type Endpoints, type Settings, withoutPassword } from "../../infra/settings.ts";
import type { Ward } from "../../infra/stack-state.ts";
import { taskQueueOf } from "../../infra/temporal/client.ts";
import { checkServer } from "../../infra/temporal/server-health.ts";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import { KeptService, type RunningService } from "./kept-service.ts";
import type { StackRecord } from "./stack-record.ts";
import { type RunningPostgres, startPostgres } from "./start-postgres.ts";
import { findTemporalBinary, type RunningTemporal, startTemporal } from "./start-temporal.ts";
import { startWorker } from "./start-worker.ts";
import type { Watchdog } from "./watchdog.ts";

export interface ServiceSetOptions {
  readonly settings: Settings;
  readonly record: StackRecord;
  readonly watchdog: Watchdog;
  readonly onProgress: (line: string) => void;
}

type DatabasePart = Pick<Endpoints, "databaseUrl" | "databaseSource"> & { readonly installation: string };
type TemporalPart = Pick<Endpoints, "temporal" | "temporalSource">;

/** The services of one stack: which are needed, in which order they start and stop, and what is written down of them. */
export class ServiceSet {
  readonly #options: ServiceSetOptions;
  #postgres: KeptService<RunningPostgres> | undefined;
  #temporal: KeptService<RunningTemporal> | undefined;
  #worker: KeptService<RunningService> | undefined;

  constructor(options: ServiceSetOptions) {
    this.#options = options;
  }

  /**
   * Starts what is missing: Postgres and Temporal at the same time, then the worker. When one fails the other is still
   * waited for, so that `stop…` finds all there is.
   *
   * @throws the first failure; the signal's reason when it is aborted
   */
  async start(signal: AbortSignal): Promise<void> {
    const failed = new AbortController();
    const either = AbortSignal.any([signal, failed.signal]);
    const started = [this.#startDatabase(either), this.#startTemporalServer(either)] as const;
    for (const part of started) part.catch((error: unknown) => failed.abort(error));
    const [database, temporal] = await Promise.allSettled(started);
    signal.throwIfAborted();
    if (failed.signal.aborted) throw failed.signal.reason;
    if (database.status === "rejected") throw database.reason;
    if (temporal.status === "rejected") throw temporal.reason;
    await this.#startWorker({ ...database.value, ...temporal.value }, database.value.installation, signal);
  }

  /** Ends the worker; the jobs that it watches run on. */
  async stopWorker(): Promise<void> {
    await this.#worker?.stop();
  }

  /** Ends Temporal and Postgres. */
  async stopServers(): Promise<void> {
    const ends = await Promise.allSettled([this.#temporal?.stop(), this.#postgres?.stop()]);
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  }

  async #startDatabase(signal: AbortSignal): Promise<DatabasePart> {
    const { settings, record, onProgress } = this.#options;
    if (settings.databaseUrl !== undefined) {
      onProgress(`Postgres: ${withoutPassword(settings.databaseUrl)} (DATABASE_URL)`);
      return { databaseUrl: settings.databaseUrl, databaseSource: "environment", installation: await this.#migrate(settings.databaseUrl) };
    }
    onProgress("Postgres: starting");
    this.#postgres = new KeptService({
      name: "Postgres",
      start: (_signal, dead) =>
        startPostgres({
          home: settings.home,
          port: dead?.port,
          onProgress,
          onProcess: (identity) => this.#watch(identity, { group: false, signal: "SIGINT" }, dead),
        }),
      onRunning: async ({ pid, startTime, port, url, dataFolder }, restarts) => {
        await record.update({
          postgres: { pid, startTime, port, url, dataFolder, restarts, startedAt: new Date().toISOString() },
          databaseUrl: url,
        });
        onProgress(`Postgres: 127.0.0.1:${String(port)}, data in ${dataFolder}`);
      },
      onProgress,
    });
    const { url } = await this.#postgres.start(signal);
    return { databaseUrl: url, databaseSource: "embedded", installation: await this.#migrate(url) };
  }

  async #migrate(url: string): Promise<string> {
    const db = openDatabase(url, { poolSize: 1 });
    try {
      const ran = await migrateToLatest(db);
      if (ran.length > 0) this.#options.onProgress(`Postgres: schema brought up to date (${ran.join(", ")})`);
      return await installationId(db);
    } finally {
      await db.destroy();
    }
  }

  async #startTemporalServer(signal: AbortSignal): Promise<TemporalPart> {
    const { settings, record, onProgress } = this.#options;
    if (settings.temporal !== undefined) {
      const { connection, namespace, origin } = settings.temporal;
      const { version } = await checkServer(connection, namespace, 10_000).catch((error: unknown) => {
        throw new LadderError(
          "unavailable",
          "TEMPORAL_UNAVAILABLE",
          `Temporal at ${connection.address} (${origin}) does not serve the namespace ${namespace}: ${error instanceof Error ? error.message : String(error)}`,
          {
            cause: error,
            hint: `check ${origin}, TEMPORAL_NAMESPACE and the TLS settings, or unset them to use the built-in server`,
          },
        );
      });
      onProgress(`Temporal: ${connection.address} (${origin}), version ${version}`);
      return { temporal: { namespace, connection }, temporalSource: "environment" };
    }
    const onTool = (identity: ProcessIdentity) => this.#watch(identity, { group: true, signal: "SIGTERM" }, undefined);
    const context = { settings, signal, onProgress, onTool };
    const binary = await findTemporalBinary(context);
    onProgress("Temporal: starting");
    this.#temporal = new KeptService({
      name: "Temporal",
      start: (stop, dead) =>
        startTemporal(
          { ...context, signal: stop, onProcess: (identity) => this.#watch(identity, { group: true, signal: "SIGTERM" }, dead) },
          binary,
          dead?.port,
        ),
      onRunning: async ({ pid, startTime, port, address, namespace, version }, restarts) => {
        await record.update({
          temporal: { pid, startTime, port, address, namespace, binary, restarts, startedAt: new Date().toISOString() },
          temporalAddress: address,
          temporalNamespace: namespace,
        });
        onProgress(`Temporal: ${address}, version ${version}`);
      },
      onProgress,
    });
    const { address, namespace } = await this.#temporal.start(signal);
    return { temporal: { namespace, connection: { address } }, temporalSource: "embedded" };
  }

  async #startWorker(endpoints: Endpoints, installation: string, signal: AbortSignal): Promise<void> {
    const { settings, record, onProgress } = this.#options;
    onProgress("worker: starting");
    this.#worker = new KeptService({
      name: "the worker",
      start: (stop, dead) =>
        startWorker({
          settings,
          endpoints,
          taskQueue: taskQueueOf(installation),
          signal: stop,
          onProcess: (identity) => this.#watch(identity, { group: true, signal: "SIGTERM" }, dead),
        }),
      onRunning: async ({ pid, startTime }, restarts) => {
        await record.update({ worker: { pid, startTime, restarts, startedAt: new Date().toISOString() } });
        onProgress(`worker: process ${String(pid)}`);
      },
      onProgress,
    });
    await this.#worker.start(signal);
  }

  /** It ends with the supervisor, whatever happens: the watchdog knows of it, and so does the state on the disk. */
  #watch({ pid, startTime }: ProcessIdentity, how: Pick<Ward, "group" | "signal">, dead: ProcessIdentity | undefined): void {
    const { watchdog, record } = this.#options;
    if (dead !== undefined) watchdog.forget(dead.pid);
    const ward = { pid, startTime, ...how };
    watchdog.watch(ward);
    // Not waited for: a disk that cannot be written fails the next update, which is.
    record.update({ starting: [...record.state.starting.filter((other) => isAlive(other)), ward] }).catch(() => undefined);
  }
}
