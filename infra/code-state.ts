import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import type { Environment } from "./settings.ts";

/** Which code a folder held: kept with every attempt, so that a result can be traced to a commit. */
export interface CodeState {
  /** Commit of HEAD; null when the folder is in no git repository, or git is not installed. */
  readonly codeCommit: string | null;
  /** SHA-256 over what differs from that commit: the diff and every untracked file. Null when nothing differs. */
  readonly dirtyDigest: string | null;
}

const run = promisify(execFile);
const mostOutputBytes = 256 * 1_048_576;

/**
 * Reads the commit and the uncommitted changes of the repository around a folder. Ignored files do not count. Never
 * throws: an attempt does not fail for want of git.
 */
export async function readCodeState(folder: string, environment: Environment): Promise<CodeState> {
  // What a hook or another git command set for itself must not send ours to another repository.
  const env = Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith("GIT_")));
  const git = async (...parameters: readonly string[]): Promise<Buffer> => {
    const { stdout } = await run("git", parameters, {
      cwd: folder,
      env: { ...env, GIT_OPTIONAL_LOCKS: "0" },
      encoding: "buffer",
      maxBuffer: mostOutputBytes,
    });
    return stdout;
  };
  try {
    const codeCommit = (await git("rev-parse", "HEAD")).toString().trim();
    const root = (await git("rev-parse", "--show-toplevel")).toString().trimEnd();
    const diff = await git("diff", "HEAD", "--binary", "--no-ext-diff", "--no-textconv");
    const untracked = (await git("-C", root, "ls-files", "--others", "--exclude-standard", "-z"))
      .toString()
      .split("\0")
      .filter((name) => name !== "");
    if (diff.length === 0 && untracked.length === 0) return { codeCommit, dirtyDigest: null };
    const digest = createHash("sha256").update(diff);
    for (const name of untracked.sort()) digest.update(`\0${name}\0${await fileDigest(join(root, name))}`);
    return { codeCommit, dirtyDigest: digest.digest("hex") };
  } catch {
    return { codeCommit: null, dirtyDigest: null };
  }
}

/** SHA-256 of a file, hexadecimal, read as a stream. Throws the file system's error. */
export async function fileDigest(path: string): Promise<string> {
  const digest = createHash("sha256");
  await pipeline(createReadStream(path), digest);
  return digest.digest("hex");
}
