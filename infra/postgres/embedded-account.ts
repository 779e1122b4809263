import { readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { LadderError } from "../../analysis/study/ladder-error.ts";

/** The account that Postgres runs under when Ladder runs as root, which Postgres itself refuses. */
export interface ServerAccount {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * The account for the server: null for a plain user (Postgres then runs as that user); as root `postgres` when it
 * exists, else `nobody`.
 *
 * @throws LadderError `unavailable` POSTGRES_ACCOUNT_MISSING when root has neither.
 */
export function chooseServerAccount(): ServerAccount | null {
  if (process.getuid?.() !== 0) return null;
  const accounts = readAccounts();
  const account = accounts.find(({ name }) => name === "postgres") ?? accounts.find(({ name }) => name === "nobody");
  if (account !== undefined) return account;
  throw new LadderError(
    "unavailable",
    "POSTGRES_ACCOUNT_MISSING",
    "Postgres refuses to run as root, and this system has neither a user postgres nor a user nobody",
    {
      hint: "run Ladder as a plain user, or set DATABASE_URL to a Postgres that runs already",
    },
  );
}

function readAccounts(): readonly ServerAccount[] {
  return readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .flatMap((line) => {
      const [name, , uid, gid] = line.split(":");
      // A negative or zero id would be root again, or none that a process can take.
      if (name === undefined || uid === undefined || gid === undefined || !/^[1-9]\d*$/.test(uid) || !/^\d+$/.test(gid)) return [];
      return [{ name, uid: Number(uid), gid: Number(gid) }];
    });
}

/**
 * The nearest folder on the way to `path`, `path` included, that the account cannot enter; null when it can enter all.
 * `path` must exist.
 */
export function closedFolder(path: string, account: ServerAccount): string | null {
  const stat = statSync(path);
  const bit = stat.uid === account.uid ? 0o100 : stat.gid === account.gid ? 0o010 : 0o001;
  if (stat.isDirectory() && (stat.mode & bit) === 0) return path;
  const parent = dirname(path);
  return parent === path ? null : closedFolder(parent, account);
}
