import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { identifyProcess, isAlive, terminate, waitUntilGone, type ProcessIdentity } from "../processes.ts";

/** What `postmaster.pid` says (PostgreSQL source, src/include/utils/pidfile.h). */
export interface PostmasterRecord {
  readonly pid: number;
  readonly port: number;
  readonly status: string;
}

/** The record of the running server, or what a killed one has left; undefined when there is none or it is half written. */
export function readPostmasterRecord(dataFolder: string): PostmasterRecord | undefined {
  const file = join(dataFolder, "postmaster.pid");
  if (!existsSync(file)) return undefined;
  const lines = readFileSync(file, "utf8").split("\n");
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  if (!Number.isInteger(pid) || pid <= 0 || !Number.isInteger(port) || port <= 0) return undefined;
  return { pid, port, status: (lines[7] ?? "").trim() };
}

/**
 * Processes of Postgres that work in this data folder: the server and its backends stay there for all their life. Found
 * by their working folder and the name of their program, never by name alone.
 */
export function findServerProcesses(dataFolder: string): readonly ProcessIdentity[] {
  if (!existsSync(dataFolder)) return [];
  const folder = realpathSync(dataFolder);
  const pids = process.platform === "linux" ? pidsFromProc(folder) : pidsFromLsof(folder);
  return pids.flatMap((pid) => identifyProcess(pid) ?? []);
}

function pidsFromProc(folder: string): readonly number[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const postgres =
        readFileSync(`/proc/${name}/comm`, "utf8").trim() === "postgres" ||
        readFileSync(`/proc/${name}/cmdline`, "utf8").startsWith("postgres");
      return postgres && readlinkSync(`/proc/${name}/cwd`) === folder ? [Number(name)] : [];
    } catch {
      // It has ended since, or belongs to another user and so not to this folder.
      return [];
    }
  });
}

function pidsFromLsof(folder: string): readonly number[] {
  let text: string;
  try {
    text = execFileSync("lsof", ["-a", "-c", "postgres", "-d", "cwd", "-Fpn"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    // lsof exits 1 when it finds nothing.
    return [];
  }
  let pid = 0;
  return text.split("\n").flatMap((line) => {
    if (line.startsWith("p")) pid = Number(line.slice(1));
    return line === `n${folder}` ? [pid] : [];
  });
}

/**
 * Ends what a killed server has left. Its idle backends notice and end by themselves within a moment; a busy one works on
 * and would keep the next server from starting ("pre-existing shared memory block"). SIGQUIT is an immediate exit; the
 * log is replayed at the next start, so nothing that was committed is lost. A server that is alive is left alone.
 */
export async function endLeftovers(dataFolder: string, onLog: (line: string) => void): Promise<void> {
  const leftovers = findServerProcesses(dataFolder);
  if (leftovers.length === 0) return;
  await Promise.all(leftovers.map((identity) => waitUntilGone(identity, 300)));
  // Another process may have started the server just now; its record is written a moment after its start.
  const living = leftovers.filter(isAlive);
  if (living.some(({ pid }) => pid === readPostmasterRecord(dataFolder)?.pid)) return;
  await Promise.all(
    living.map((identity) => {
      onLog(`ending process ${String(identity.pid)}, which a killed Postgres has left in ${dataFolder}`);
      return terminate(identity, 2_000, "SIGQUIT");
    }),
  );
}
