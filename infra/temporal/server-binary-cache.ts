import { access, chmod, constants, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { runCommand } from "../command-run.ts";
import { absent, type ServerSearch, type ServerWay } from "./server-binary-way.ts";

/** The binary that an earlier way has left in `$XDG_CACHE_HOME/ladder/temporal-<version>/`. */
export const cacheWay: ServerWay = {
  id: "cache",
  summary: "a binary fetched before, in the cache folder",
  local: true,
  async find(search) {
    const { cacheFolder } = search.settings;
    const names = (await readdir(cacheFolder).catch(() => [])).filter((name) => /^temporal-\d+(\.\d+)*$/.test(name));
    const broken: string[] = [];
    for (const name of names.sort(byVersion).reverse()) {
      const path = join(cacheFolder, name, "temporal");
      const version = await askVersion(path, search);
      if (version !== undefined) return { kind: "binary", path, version };
      broken.push(path);
    }
    return absent(broken.length === 0 ? `nothing in ${cacheFolder}` : `${broken.join(", ")} does not run`);
  },
};

/**
 * The version that a `temporal` binary says it is; undefined when it cannot be run or is something else.
 *
 * @throws the signal's reason when it is aborted
 */
export async function askVersion(path: string, search: Pick<ServerSearch, "signal">): Promise<string | undefined> {
  if (!(await isExecutable(path))) return undefined;
  const result = await runCommand(path, ["--version"], { signal: search.signal, timeoutMs: 20_000 });
  return result.code === 0 ? /^temporal version (\S+)/m.exec(result.stdout)?.[1] : undefined;
}

/** Makes a folder beside the cache's entries in which a way can unpack; `rename` from it stays on one disk. */
export async function makeCacheWorkFolder(cacheFolder: string): Promise<string> {
  await mkdir(cacheFolder, { recursive: true });
  return mkdtemp(join(cacheFolder, ".fetch-"));
}

/**
 * Puts a binary into the cache: checked by running it, then moved by rename, so that other processes see all of it or
 * nothing. When another process was quicker, its binary is used.
 *
 * @param binary a file below `makeCacheWorkFolder`
 * @param versionOfFolder the version in the folder's name; the one that the binary says unless given
 * @returns the place in the cache, or undefined when the binary does not run on this machine
 */
export async function installIntoCache(
  binary: string,
  versionOfFolder: string | undefined,
  search: Pick<ServerSearch, "settings" | "signal">,
): Promise<{ readonly kind: "binary"; readonly path: string; readonly version: string } | undefined> {
  await chmod(binary, 0o755);
  const version = await askVersion(binary, search);
  if (version === undefined) return undefined;
  const folder = join(search.settings.cacheFolder, `temporal-${versionOfFolder ?? version}`);
  const path = join(folder, "temporal");
  const ready = join(dirname(binary), `ready-${basename(folder)}`);
  await mkdir(ready);
  await rename(binary, join(ready, "temporal"));
  try {
    await rename(ready, folder);
  } catch {
    if ((await askVersion(path, search)) === undefined) {
      // What stands there does not run: half written by something else, or for another machine.
      await rm(folder, { recursive: true, force: true });
      await rename(ready, folder);
    }
  }
  return { kind: "binary", path, version };
}

/** Whether this is a file that we may run. */
export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function byVersion(left: string, right: string): number {
  const numbers = (name: string) => name.slice("temporal-".length).split(".").map(Number);
  const [a, b] = [numbers(left), numbers(right)];
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
