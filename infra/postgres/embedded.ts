import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import { freePort } from "../ports.ts";
import { identifyProcess, isAlive, signalProcess, waitFor, waitUntilGone, type ProcessIdentity } from "../processes.ts";
import { createDatabaseIfMissing, pingServer } from "./database.ts";
import { chooseServerAccount, type ServerAccount } from "./embedded-account.ts";
import { credentials, prepareBinaries, serverEnvironment, type PostgresBinaries } from "./embedded-binaries.ts";
import { embeddedUser, ensureCluster } from "./embedded-cluster.ts";
import { makeServerFolder, placeServer, readOrMakePassword, type ServerPlacement } from "./embedded-folder.ts";
import { endLeftovers, findServerProcesses, readPostmasterRecord } from "./embedded-leftovers.ts";

/** Name of Ladder's database on an embedded server. */
export const embeddedDatabase = "ladder";

export interface EmbeddedPostgresOptions {
  /** Folder for everything of this server, for example `.ladder/postgres`; made when it is missing. */
  readonly folder: string;
  /** Loopback port; left out or 0: a free one. */
  readonly port?: number;
  /** Lines that say what is done. What the server itself says is in `server.log` in the folder. */
  readonly onLog?: (line: string) => void;
  /** False gives up fsync: for tests, never for data that somebody paid for. */
  readonly durable?: boolean;
}

export interface EmbeddedPostgres extends ProcessIdentity {
  /** With user, password and database. */
  readonly url: string;
  readonly port: number;
  readonly dataFolder: string;
  readonly logFile: string;
  /** True when the server ran already: its supervisor was killed, and the server did not notice. */
  readonly adopted: boolean;
  /** Fast shutdown: open transactions are rolled back, everything committed is on disk. Resolves when it is gone. */
  stop(): Promise<void>;
}

/** Crash recovery of a big database takes its time; a server that neither starts nor dies is given up after this. */
const startDeadlineMs = 300_000;
const stopDeadlineMs = 60_000;
const largestLogBytes = 16 * 2 ** 20;

/**
 * Starts a real Postgres on loopback with its data below `folder`, or takes over the one that already runs there. Works
 * as root (the server then runs as user postgres or nobody, see `placeServer`) and as a plain user; recovers after a
 * kill -9 of the server or of this process at any moment. The server is a process group of its own: Ctrl-C in a terminal
 * does not reach it.
 *
 * @throws LadderError `unavailable` POSTGRES_PORT_TAKEN, POSTGRES_START_FAILED and those of `prepareBinaries`,
 * `placeServer`, `ensureCluster`.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const onLog = options.onLog ?? (() => undefined);
  const durable = options.durable ?? true;
  const account = chooseServerAccount();
  const placement = placeServer(options.folder, account);
  makeServerFolder(placement, account);
  const password = readOrMakePassword(placement);
  const running = await adoptServer(placement, password, onLog);
  if (running !== undefined) return running;
  const binaries = prepareBinaries(account, () => placement.binariesFolder);
  await ensureCluster({ placement, binaries, account, password, durable, onLog });
  await endLeftovers(placement.dataFolder, onLog);
  for (let tries = 1; ; tries += 1) {
    const wanted = options.port ?? 0;
    try {
      return await launchServer({ placement, binaries, account, password, durable, port: wanted === 0 ? await freePort() : wanted });
    } catch (error) {
      // Another process may have started the server at the same moment: one of the two wins.
      const winner = await adoptServer(placement, password, onLog);
      if (winner !== undefined) return winner;
      // Somebody may take a free port between finding and using it.
      if (wanted !== 0 || tries === 5 || !(error instanceof LadderError && error.code === "POSTGRES_PORT_TAKEN")) throw error;
    }
  }
}

interface Launch {
  readonly placement: ServerPlacement;
  readonly binaries: PostgresBinaries;
  readonly account: ServerAccount | null;
  readonly password: string;
  readonly durable: boolean;
  readonly port: number;
}

async function launchServer({ placement, binaries, account, password, durable, port }: Launch): Promise<EmbeddedPostgres> {
  rotateLog(placement.logFile);
  const log = openSync(placement.logFile, "a", 0o600);
  const logStart = statSync(placement.logFile).size;
  const settings = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "timezone=UTC",
    "log_timezone=UTC",
    ...(durable ? [] : ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]),
  ];
  const args = ["-D", placement.dataFolder, "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])];
  const child = spawn(join(binaries.folder, "bin", "postgres"), args, {
    cwd: placement.dataFolder,
    env: serverEnvironment(),
    stdio: ["ignore", log, log],
    detached: true,
    ...credentials(account),
  });
  closeSync(log);
  const ended = watchExit(child);
  const identity = child.pid === undefined ? undefined : identifyProcess(child.pid);
  const ready = await waitFor(() => ended() !== undefined || isReady(placement.dataFolder, child.pid), {
    timeoutMs: startDeadlineMs,
    intervalMs: 10,
  });
  const said = () => readFileSync(placement.logFile).subarray(logStart).toString("utf8").trim();
  if (ended() !== undefined || identity === undefined) throw startFailure(placement, port, ended() ?? "it ended at once", said());
  if (!ready) {
    await stopServer(identity);
    throw startFailure(placement, port, `it was not ready after ${String(startDeadlineMs / 1000)} s`, said());
  }
  child.unref();
  const url = serverUrl(password, port);
  await createDatabaseIfMissing(url, embeddedDatabase);
  return serverHandle(identity, placement, url, port, false);
}

function startFailure(placement: ServerPlacement, port: number, why: string, said: string): LadderError {
  const fields = { port, dataFolder: placement.dataFolder, logFile: placement.logFile };
  if (/could not bind|address already in use/i.test(said))
    return new LadderError("unavailable", "POSTGRES_PORT_TAKEN", `port ${String(port)} on loopback is taken by another program`, {
      fields,
      hint: "choose another port, or none: a free one is found",
    });
  const last = said.split("\n").slice(-5).join("\n");
  return new LadderError(
    "unavailable",
    "POSTGRES_START_FAILED",
    `Postgres did not start (${why})${last === "" ? "" : `; it said:\n${last}`}`,
    { fields, hint: `the whole log is in ${placement.logFile}` },
  );
}

/** Returns how the child ended, or undefined while it runs. */
function watchExit(child: ChildProcess): () => string | undefined {
  let ended: string | undefined;
  child.once("error", (error) => (ended = error.message));
  child.once("exit", (code, signal) => (ended ??= signal ?? `exit ${String(code)}`));
  return () => ended;
}

function isReady(dataFolder: string, pid: number | undefined): boolean {
  const record = readPostmasterRecord(dataFolder);
  return record !== undefined && record.pid === pid && record.status === "ready";
}

/** Takes over a server that works in this folder and answers; one that does not answer is ended. */
async function adoptServer(
  placement: ServerPlacement,
  password: string,
  onLog: (line: string) => void,
): Promise<EmbeddedPostgres | undefined> {
  const record = readPostmasterRecord(placement.dataFolder);
  if (record === undefined) return undefined;
  const identity = findServerProcesses(placement.dataFolder).find(({ pid }) => pid === record.pid);
  if (identity === undefined) return undefined;
  await waitFor(() => !isAlive(identity) || readPostmasterRecord(placement.dataFolder)?.status !== "starting", {
    timeoutMs: startDeadlineMs,
  });
  const url = serverUrl(password, record.port);
  if (isReady(placement.dataFolder, identity.pid) && (await pingServer(url))) {
    onLog(`taking over the Postgres that runs already (process ${String(identity.pid)}, port ${String(record.port)})`);
    await createDatabaseIfMissing(url, embeddedDatabase);
    return serverHandle(identity, placement, url, record.port, true);
  }
  onLog(`process ${String(identity.pid)} holds ${placement.dataFolder} but does not answer: ending it`);
  await stopServer(identity);
  return undefined;
}

function serverHandle(
  identity: ProcessIdentity,
  placement: ServerPlacement,
  url: string,
  port: number,
  adopted: boolean,
): EmbeddedPostgres {
  const target = new URL(url);
  target.pathname = `/${embeddedDatabase}`;
  return {
    ...identity,
    url: target.href,
    port,
    dataFolder: placement.dataFolder,
    logFile: placement.logFile,
    adopted,
    stop: () => stopServer(identity),
  };
}

function serverUrl(password: string, port: number): string {
  return `postgresql://${embeddedUser}:${encodeURIComponent(password)}@127.0.0.1:${String(port)}/postgres`;
}

/** SIGINT is a fast shutdown, SIGQUIT one that replays the log at the next start. */
async function stopServer(identity: ProcessIdentity): Promise<void> {
  signalProcess(identity, "SIGINT");
  if (await waitUntilGone(identity, stopDeadlineMs)) return;
  signalProcess(identity, "SIGQUIT");
  if (await waitUntilGone(identity, 10_000)) return;
  throw new LadderError("unavailable", "POSTGRES_STUCK", `Postgres (process ${String(identity.pid)}) does not stop`, {
    fields: { pid: identity.pid },
  });
}

function rotateLog(logFile: string): void {
  if (existsSync(logFile) && statSync(logFile).size > largestLogBytes) renameSync(logFile, `${logFile}.old`);
}
