import type { ErrorClass } from "../../analysis/study/states.ts";
import { preemptedExitCode, type Schedule } from "../../analysis/study/trainer-contract.ts";
import type { AttemptRecord } from "./attempt-record.ts";

/** How a trainer's process ended, as its executor knows it. */
export type TrainerEnd =
  | { readonly kind: "exited"; readonly exitCode: number | null; readonly signal: string | null; readonly startError?: string }
  /** The executor no longer knows the job and nobody saw it end. */
  | { readonly kind: "lost"; readonly reason: string };

interface AttemptResult {
  readonly step: number | null;
  readonly tokens: number | null;
  /** Held-out loss in nats per token; null unless finished. */
  readonly loss: number | null;
  readonly cpuSeconds: number | null;
  readonly schedule: Schedule | null;
  readonly exitCode: number | null;
  /** Why, in one clause; null when there is nothing to explain. */
  readonly message: string | null;
}

/** What an attempt came to. `errorClass` decides how often it may be tried again. */
export type AttemptOutcome = AttemptResult &
  (
    | { readonly state: "finished" | "diverged"; readonly errorClass: null }
    | { readonly state: "preempted" | "failed" | "lost"; readonly errorClass: ErrorClass }
  );

/**
 * Decides what an attempt came to from its lines, its process's end and the last of its error output.
 *
 * A `done` line counts whatever the process did afterwards: the result is there and was paid for. Exit 0 without one is
 * a failure. A loss that is not finite is `diverged`, a result. Exit 75 and the polite signals are preemption; SIGKILL
 * that nobody here sent is a loss of the job, or memory if the error output says so.
 *
 * @param errorOutput - the last lines of stderr
 */
export function decideOutcome(record: AttemptRecord, end: TrainerEnd, errorOutput: string): AttemptOutcome {
  const exitCode = end.kind === "exited" ? end.exitCode : null;
  const base: AttemptResult = {
    step: record.lastStep,
    tokens: record.done?.tokens ?? record.lastTokens,
    loss: null,
    cpuSeconds: record.done?.cpuSeconds ?? null,
    schedule: record.done?.schedule ?? null,
    exitCode,
    message: null,
  };
  const unclean = end.kind === "lost" || end.exitCode !== 0 ? `${describeEnd(end)} after its result` : null;
  if (record.divergedAtStep !== null) {
    return {
      ...base,
      state: "diverged",
      errorClass: null,
      step: record.divergedAtStep,
      message: `diverged at step ${String(record.divergedAtStep)}`,
    };
  }
  if (record.done !== null) {
    const { loss } = record.done;
    if (Number.isFinite(loss)) return { ...base, state: "finished", errorClass: null, loss, message: unclean };
    return { ...base, state: "diverged", errorClass: null, message: `final loss ${String(loss)}` };
  }
  if (end.kind === "exited" && end.exitCode === preemptedExitCode) {
    return { ...base, state: "preempted", errorClass: "preemption", message: "preempted (exit 75)" };
  }
  if (record.lastLoss !== null && !Number.isFinite(record.lastLoss)) {
    return { ...base, state: "diverged", errorClass: null, message: `loss ${String(record.lastLoss)} at step ${String(record.lastStep)}` };
  }
  if (end.kind === "lost") return { ...base, state: "lost", errorClass: "lost", message: end.reason };
  return { ...base, ...classifyExit(end, errorOutput) };
}

const memoryWords = /out of memory|outofmemory|\bMemoryError\b|cannot allocate memory|\bENOMEM\b|\bOOM\b/i;
const politeSignals: ReadonlySet<string> = new Set(["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGXCPU"]);
/** 128 + signal, as shells and containers report them. */
const politeExitCodes: ReadonlySet<number> = new Set([129, 130, 143]);

type Failure = Pick<AttemptOutcome & { errorClass: ErrorClass }, "state" | "errorClass" | "message">;

function classifyExit(end: TrainerEnd & { kind: "exited" }, errorOutput: string): Failure {
  const last = lastLine(errorOutput);
  const because = last === "" ? "" : `: ${last}`;
  if (end.startError !== undefined) return { state: "failed", errorClass: "trainer-bug", message: end.startError };
  if (memoryWords.test(errorOutput))
    return { state: "failed", errorClass: "out-of-memory", message: `out of memory (${describeEnd(end)})${because}` };
  if (end.signal === "SIGKILL" || end.exitCode === 137)
    return { state: "lost", errorClass: "lost", message: "killed from outside (SIGKILL); if memory ran out, the kernel's log says so" };
  if ((end.signal !== null && politeSignals.has(end.signal)) || (end.exitCode !== null && politeExitCodes.has(end.exitCode))) {
    return { state: "preempted", errorClass: "preemption", message: `stopped from outside (${describeEnd(end)}) without exit 75` };
  }
  if (end.exitCode === 0) return { state: "failed", errorClass: "no-done-line", message: `exit 0 without a \`done\` line${because}` };
  return { state: "failed", errorClass: "trainer-bug", message: `${describeEnd(end)}${because}` };
}

function describeEnd(end: TrainerEnd): string {
  if (end.kind === "lost") return "lost";
  return end.signal === null ? `exit ${String(end.exitCode)}` : end.signal;
}

function lastLine(text: string): string {
  return (text.trimEnd().split("\n").at(-1) ?? "").trim().slice(0, 300);
}

/**
 * What makes two failures "the same error" for the breaker: class and message without the numbers in it, so that a
 * crash at step 120 equals one at step 121.
 */
export function errorSignature(errorClass: ErrorClass, message: string | null): string {
  return `${errorClass}: ${(message ?? "").replace(/0x[0-9a-f]+|\d+(\.\d+)?(e[+-]?\d+)?/gi, "#").slice(0, 160)}`;
}
