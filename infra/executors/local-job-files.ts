import { linkSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ProcessIdentity } from "../processes.ts";

// Every run starts a launcher, and this is most of what it loads: it stays small, and blocks nobody's event loop but its own.

/** Files of one attempt's folder: the trainer's, and the launcher's beside them. */
export function jobFiles(folder: string) {
  return {
    run: join(folder, "run.json"),
    metrics: join(folder, "metrics.jsonl"),
    stdout: join(folder, "stdout.log"),
    stderr: join(folder, "stderr.log"),
    launch: join(folder, "launch.json"),
    launcherLog: join(folder, "launcher.log"),
    job: join(folder, "job.json"),
    exit: join(folder, "exit.json"),
  };
}

/** What the launcher is told. No variables: they travel in its environment, never over the disk. */
export interface LaunchFile {
  readonly attemptKey: string;
  readonly command: readonly string[];
  readonly workingDirectory: string;
}

/** Who runs this attempt: pid and startTime are the launcher's. It is created once, with O_EXCL semantics. */
export interface JobFile extends ProcessIdentity {
  readonly attemptKey: string;
  readonly startedAt: string;
  /** Leader of the trainer's process group; null in the moment before it is started. */
  readonly trainer: ProcessIdentity | null;
}

/** How the trainer ended. */
export interface ExitFile {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Why the program could not be started at all. */
  readonly startError?: string;
  readonly endedAt: string;
}

let written = 0;

/**
 * Creates a file with its content in one step, or finds that it is there.
 *
 * @returns false when the file existed: it is untouched
 */
export function createExclusively(path: string, content: object): boolean {
  const temporary = writeTemporary(path, content);
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Replaces a file whole, by rename. */
export function replaceFile(path: string, content: object): void {
  renameSync(writeTemporary(path, content), path);
}

function writeTemporary(path: string, content: object): string {
  const temporary = `${path}.${String(process.pid)}-${String(++written)}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(content)}\n`);
  return temporary;
}
