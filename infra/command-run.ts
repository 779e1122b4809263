import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Environment } from "./settings.ts";
import { identifyProcess, terminateGroup, type ProcessIdentity } from "./processes.ts";

export interface CommandOptions {
  readonly signal: AbortSignal;
  /** Milliseconds after which it is ended; no limit unless given. */
  readonly timeoutMs?: number;
  readonly environment?: Environment;
  readonly folder?: string;
  /** Called with each line of stdout and stderr as it comes. */
  readonly onLine?: (line: string) => void;
  /** Told of the process once it runs; it leads a process group of its own. */
  readonly onProcess?: (identity: ProcessIdentity) => void;
}

/** How a command ended. `exit`: its status; `signal`: it was ended; `timeout`: we ended it; `missing`: there is no such command. */
export interface CommandResult {
  readonly ended: "exit" | "signal" | "timeout" | "missing";
  readonly code: number | null;
  readonly stdout: string;
  /** The last lines of stdout and stderr together, at most 4,000 characters. */
  readonly tail: string;
}

/**
 * Runs a tool to its end, without a shell and in a process group of its own, and leaves nothing of it behind: on abort
 * and at the time limit the whole group is ended.
 *
 * @throws the signal's reason when it is aborted
 */
export async function runCommand(file: string, args: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const { signal } = options;
  signal.throwIfAborted();
  const child = spawn(file, args, {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    ...(options.folder === undefined ? {} : { cwd: options.folder }),
    ...(options.environment === undefined ? {} : { env: { ...options.environment } }),
  });
  let stdout = "";
  let tail = "";
  const collect = (line: string) => {
    tail = `${tail}${line}\n`.slice(-4_000);
    options.onLine?.(line);
  };
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (stdout.length < 1_000_000) stdout += `${line}\n`;
    collect(line);
  });
  createInterface({ input: child.stderr }).on("line", collect);

  const ended = new Promise<Omit<CommandResult, "stdout" | "tail">>((resolve) => {
    child.once("error", (error) => {
      collect(error.message);
      resolve({ ended: "missing", code: null });
    });
    child.once("close", (code) => resolve({ ended: code === null ? "signal" : "exit", code }));
  });
  const identity = child.pid === undefined ? undefined : identifyProcess(child.pid);
  if (identity === undefined) return { ...(await ended), stdout, tail };
  options.onProcess?.(identity);

  const interrupted = new AbortController();
  const limit = setTimeout(() => interrupted.abort(), options.timeoutMs ?? 2 ** 31 - 1);
  const stop = AbortSignal.any([signal, interrupted.signal]);
  let stopping: Promise<unknown> | undefined;
  const onStop = () => {
    stopping = terminateGroup(identity, 2_000);
  };
  if (stop.aborted) onStop();
  else stop.addEventListener("abort", onStop, { once: true });
  const result = await ended;
  clearTimeout(limit);
  stop.removeEventListener("abort", onStop);
  await stopping;
  signal.throwIfAborted();
  return { ...result, ended: interrupted.signal.aborted ? "timeout" : result.ended, stdout, tail };
}

/** Why a command did not succeed, in one clause, for messages. */
export function describeFailure(command: string, result: CommandResult): string {
  if (result.ended === "missing") return `${command} is not installed`;
  const last = result.tail.trim().split("\n").slice(-2).join(" / ").slice(0, 300);
  const how =
    result.ended === "timeout"
      ? "took too long"
      : result.ended === "signal"
        ? "was ended by a signal"
        : `ended with ${String(result.code)}`;
  return `${command} ${how}${last === "" ? "" : `: ${last}`}`;
}
