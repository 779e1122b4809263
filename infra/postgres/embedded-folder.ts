import { createHash, randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import { closedFolder, type ServerAccount } from "./embedded-account.ts";

/** Where root keeps what the server's account must reach when it cannot enter the project's folder. */
export const systemFolder = "/var/lib/ladder";

/** Where the parts of one embedded server lie. */
export interface ServerPlacement {
  /** Holds `data` and is owned by the server's account: the project's folder, or one below `/var/lib/ladder`. */
  readonly serverFolder: string;
  readonly dataFolder: string;
  /** Copies of the binaries, when they are needed. */
  readonly binariesFolder: string;
  /** Always in the project's folder, mode 0600. */
  readonly passwordFile: string;
  readonly logFile: string;
}

const placementSchema = z.strictObject({ version: z.literal(1), serverFolder: z.string().min(1) });

/**
 * Decides once, and writes to `placement.json`, where the data lie: below `folder`, or, when Ladder is root and the
 * server's account cannot enter `folder` (root's home, most temporary folders), below `/var/lib/ladder`. Removing
 * `folder` makes a fresh start: nothing finds the old data again, and nothing deletes them.
 *
 * @throws LadderError `unavailable` POSTGRES_FOLDER_CLOSED, POSTGRES_FOLDER_UNUSABLE; `rejected` PLACEMENT_INVALID.
 */
export function placeServer(folder: string, account: ServerAccount | null): ServerPlacement {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw new LadderError("unavailable", "POSTGRES_FOLDER_UNUSABLE", `${folder} cannot be made: ${String(cause)}`, { cause });
  }
  const project = realpathSync(folder);
  const serverFolder = readPlacement(project) ?? choosePlacement(project, account);
  if (account !== null) {
    const closed = existsSync(serverFolder) ? closedFolder(serverFolder, account) : null;
    if (closed !== null)
      throw new LadderError(
        "unavailable",
        "POSTGRES_FOLDER_CLOSED",
        `the data of Postgres lie in ${serverFolder}, but its user ${account.name} can no longer enter ${closed}`,
        { fields: { serverFolder, closed }, hint: `chmod o+x ${closed}` },
      );
  }
  return {
    serverFolder,
    dataFolder: join(serverFolder, "data"),
    binariesFolder: join(account === null ? project : systemFolder, "binaries"),
    passwordFile: join(project, "password"),
    logFile: join(project, "server.log"),
  };
}

function readPlacement(project: string): string | undefined {
  const file = join(project, "placement.json");
  if (!existsSync(file)) return undefined;
  try {
    return placementSchema.parse(JSON.parse(readFileSync(file, "utf8"))).serverFolder;
  } catch (cause) {
    throw new LadderError("rejected", "PLACEMENT_INVALID", `${file} does not say where the data of Postgres lie: ${String(cause)}`, {
      fields: { file },
      cause,
    });
  }
}

function choosePlacement(project: string, account: ServerAccount | null): string {
  const serverFolder =
    account === null || closedFolder(project, account) === null
      ? project
      : join(systemFolder, `${createHash("sha256").update(project).digest("hex").slice(0, 12)}-${randomBytes(3).toString("hex")}`);
  writeOnce(join(project, "placement.json"), `${JSON.stringify({ version: 1, serverFolder }, undefined, 2)}\n`, 0o644);
  return readPlacement(project) ?? serverFolder;
}

/** Makes the folder of the server and gives it to the account. */
export function makeServerFolder(placement: ServerPlacement, account: ServerAccount | null): void {
  try {
    if (placement.serverFolder.startsWith(`${systemFolder}/`)) {
      mkdirSync(systemFolder, { recursive: true, mode: 0o755 });
      chmodSync(systemFolder, 0o755);
    }
    const made = mkdirSync(placement.serverFolder, { recursive: true });
    if (made !== undefined && placement.serverFolder.startsWith(`${systemFolder}/`))
      // Whoever cleans up later must see whose data these are, and that nothing points here any more.
      writeFileSync(join(placement.serverFolder, "project"), `${dirname(placement.passwordFile)}\n`);
    if (account !== null && placement.serverFolder.startsWith(`${systemFolder}/`))
      chownSync(placement.serverFolder, account.uid, account.gid);
  } catch (cause) {
    throw new LadderError("unavailable", "POSTGRES_FOLDER_UNUSABLE", `${placement.serverFolder} cannot be made: ${String(cause)}`, {
      hint: "run Ladder as a plain user, or in a folder that every user may enter (chmod o+x), or set DATABASE_URL",
      cause,
    });
  }
}

/** The password of this server, made once: 192 random bits. */
export function readOrMakePassword(placement: ServerPlacement): string {
  if (!existsSync(placement.passwordFile)) {
    if (existsSync(placement.dataFolder))
      throw new LadderError(
        "unavailable",
        "POSTGRES_PASSWORD_LOST",
        `${placement.passwordFile} is gone, and without it nobody gets into ${placement.dataFolder}`,
        { fields: { passwordFile: placement.passwordFile, dataFolder: placement.dataFolder }, hint: "put the file back from a backup" },
      );
    writeOnce(placement.passwordFile, randomBytes(24).toString("base64url"), 0o600);
  }
  const password = readFileSync(placement.passwordFile, "utf8").trim();
  if (password === "")
    throw new LadderError("unavailable", "POSTGRES_PASSWORD_LOST", `${placement.passwordFile} is empty`, {
      fields: { passwordFile: placement.passwordFile },
    });
  return password;
}

/** Writes a whole file or none; a file that is there already stays. */
function writeOnce(path: string, text: string, mode: number): void {
  const partial = `${path}.${String(process.pid)}.${randomBytes(3).toString("hex")}.partial`;
  writeFileSync(partial, text, { mode, flush: true });
  try {
    linkSync(partial, path);
  } catch (error) {
    if (!existsSync(path)) {
      // A file system without hard links.
      renameSync(partial, path);
      return;
    }
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    rmSync(partial, { force: true });
  }
}
