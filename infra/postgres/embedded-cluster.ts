import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import type { ServerAccount } from "./embedded-account.ts";
import { credentials, serverEnvironment, type PostgresBinaries } from "./embedded-binaries.ts";
import type { ServerPlacement } from "./embedded-folder.ts";

/** Superuser of an embedded server. */
export const embeddedUser = "postgres";

const partialPrefix = "data-partial-";
/** What this very process is making now: several servers may start at once. */
const inProgress = new Set<string>();
/** Half-made folders this old belong to nobody: initdb takes about a second. */
const abandonedAfterMs = 10 * 60_000;

export interface ClusterOptions {
  readonly placement: ServerPlacement;
  readonly binaries: PostgresBinaries;
  readonly account: ServerAccount | null;
  readonly password: string;
  /** False only for tests that may lose their data. */
  readonly durable: boolean;
  readonly onLog: (line: string) => void;
}

/**
 * Makes the data folder when there is none. initdb works in a folder beside it that is renamed when everything is on
 * disk, so a data folder is whole or absent, whatever was killed meanwhile; two processes at once make one.
 *
 * @throws LadderError `conflict` POSTGRES_VERSION when another major version made the folder; `unavailable`
 * POSTGRES_INITDB_FAILED with initdb's words.
 */
export async function ensureCluster(options: ClusterOptions): Promise<void> {
  const { placement, binaries, onLog } = options;
  removePartialFolders(placement, onLog);
  if (existsSync(placement.dataFolder)) {
    checkVersion(placement.dataFolder, binaries);
    return;
  }
  onLog(`making the database folder ${placement.dataFolder}`);
  const partial = join(placement.serverFolder, `${partialPrefix}${String(process.pid)}-${randomBytes(3).toString("hex")}`);
  inProgress.add(partial);
  try {
    await initialise(partial, options);
    renameSync(partial, placement.dataFolder);
  } catch (error) {
    if (!existsSync(placement.dataFolder)) throw error;
    onLog("another process has made the database folder");
    checkVersion(placement.dataFolder, binaries);
  } finally {
    inProgress.delete(partial);
    rmSync(partial, { recursive: true, force: true });
  }
}

function checkVersion(dataFolder: string, binaries: PostgresBinaries): void {
  const file = join(dataFolder, "PG_VERSION");
  const found = existsSync(file) ? readFileSync(file, "utf8").trim() : "";
  if (found === String(binaries.majorVersion)) return;
  const fields = { dataFolder, found, expected: binaries.majorVersion };
  if (found === "")
    throw new LadderError("conflict", "POSTGRES_FOLDER_INVALID", `${dataFolder} is not a data folder of Postgres: it holds no PG_VERSION`, {
      fields,
      hint: "move it away; if it held data, restore it from a backup",
    });
  throw new LadderError(
    "conflict",
    "POSTGRES_VERSION",
    `${dataFolder} was made by Postgres ${found}; this Ladder brings Postgres ${binaries.version}, which cannot read it`,
    {
      fields,
      hint: "use the Ladder version that made it, or run that folder with a Postgres of its version and set DATABASE_URL",
    },
  );
}

/** Removes what an interrupted initdb has left: folders of processes that are gone. */
function removePartialFolders(placement: ServerPlacement, onLog: (line: string) => void): void {
  for (const name of readdirSync(placement.serverFolder)) {
    const match = /^data-partial-(\d+)-/.exec(name);
    if (match === null) continue;
    const path = join(placement.serverFolder, name);
    if (inProgress.has(path.replace(/-password$/, ""))) continue;
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    if (isOtherRunning(Number(match[1])) && age < abandonedAfterMs) continue;
    onLog(`removing ${path}, which an interrupted start has left half made`);
    try {
      // The initdb of the killed process may still write into it for a moment.
      rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    } catch (error) {
      onLog(`${path} could not be removed (${String(error)}); nothing needs it`);
    }
  }
}

function isOtherRunning(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

async function initialise(folder: string, { placement, binaries, account, password, durable }: ClusterOptions): Promise<void> {
  mkdirSync(folder, { mode: 0o700 });
  if (account !== null) chownSync(folder, account.uid, account.gid);
  // initdb wants the password in a file that its user can read, and an empty folder of its own.
  const passwordFile = `${folder}-password`;
  writeFileSync(passwordFile, password, { mode: 0o600 });
  try {
    if (account !== null) chownSync(passwordFile, account.uid, account.gid);
    const { code, output } = await runProgram(
      join(binaries.folder, "bin", "initdb"),
      [
        `--pgdata=${folder}`,
        "--auth=scram-sha-256",
        `--username=${embeddedUser}`,
        `--pwfile=${passwordFile}`,
        "--encoding=UTF8",
        "--locale=C",
        "--no-instructions",
        ...(durable ? [] : ["--no-sync"]),
      ],
      account,
      placement.serverFolder,
    );
    if (code !== 0)
      throw new LadderError(
        "unavailable",
        "POSTGRES_INITDB_FAILED",
        `initdb failed (${String(code)}): ${output.trim().split("\n").slice(-5).join("\n")}`,
        {
          fields: { folder: placement.dataFolder, code },
        },
      );
    chmodSync(folder, 0o700);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

function runProgram(
  program: string,
  args: readonly string[],
  account: ServerAccount | null,
  cwd: string,
): Promise<{ readonly code: number | string; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: serverEnvironment(), stdio: ["ignore", "pipe", "pipe"], ...credentials(account) });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.once("error", (cause) =>
      reject(new LadderError("unavailable", "POSTGRES_BINARY_UNUSABLE", `${program} cannot be started: ${cause.message}`, { cause })),
    );
    child.once("close", (code, signal) => resolve({ code: code ?? signal ?? "no exit code", output }));
  });
}
