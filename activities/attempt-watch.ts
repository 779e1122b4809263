import { open } from "node:fs/promises";
import type { JobStatus } from "../infra/executors/executor.ts";
import { type AttemptOutcome, decideOutcome, type TrainerEnd } from "../infra/trainer-contract/attempt-outcome.ts";
import type { RunOutput } from "../infra/trainer-contract/run-output.ts";
import type { AttemptIngest } from "./attempt-ingest.ts";
import type { ExecutorInUse } from "./dependencies.ts";

/** How often curves are taken in, and how often Postgres is told that the job lives, in milliseconds. */
const ingestMs = 500;
const beatMs = 2000;

/** Why watching stopped. */
export type Watched =
  | { readonly kind: "ended"; readonly outcome: AttemptOutcome }
  /** Another process ended or replaced the attempt in Postgres. */
  | { readonly kind: "fenced"; readonly jobRuns: boolean }
  /** The job lives and says nothing. */
  | { readonly kind: "stalled" }
  | { readonly kind: "interrupted" };

export interface WatchedAttempt {
  readonly jobId: string;
  readonly inUse: ExecutorInUse;
  readonly output: RunOutput;
  readonly ingest: AttemptIngest;
}

/** When to stop looking at a job that goes on. */
export interface WatchLimits {
  readonly signal?: AbortSignal;
  /** Silence that counts as a stall, in seconds since the watcher came or the trainer last wrote a line; never when left out. */
  readonly stallAfterSeconds?: number | undefined;
}

/** Follows a job until it ends, or until a limit is reached (the job goes on). */
export async function watchAttempt({ jobId, inUse, output, ingest }: WatchedAttempt, limits: WatchLimits = {}): Promise<Watched> {
  const { signal, stallAfterSeconds = Number.POSITIVE_INFINITY } = limits;
  let lastSaid = output.record;
  let lastSaidAt = performance.now();
  let nextIngest = 0;
  let nextBeat = performance.now() + beatMs;
  for (;;) {
    if (signal?.aborted === true) return { kind: "interrupted" };
    const status = await inUse.poller.next(jobId);
    if (status.state !== "running") {
      if (!(await ingest.takeRest())) return { kind: "fenced", jobRuns: false };
      const errorOutput = await readEnd(inUse.executor.logs(jobId).stderr);
      return { kind: "ended", outcome: decideOutcome(output.record, endOf(status), errorOutput) };
    }
    const now = performance.now();
    if (now >= nextIngest) {
      nextIngest = now + ingestMs;
      if (!(await ingest.takeNew())) return { kind: "fenced", jobRuns: true };
      if (output.record !== lastSaid) [lastSaid, lastSaidAt] = [output.record, now];
      else if (now - lastSaidAt > stallAfterSeconds * 1000) return { kind: "stalled" };
    }
    if (now >= nextBeat) {
      nextBeat = now + beatMs;
      if (!(await ingest.beat())) return { kind: "fenced", jobRuns: true };
    }
  }
}

function endOf(status: Exclude<JobStatus, { state: "running" }>): TrainerEnd {
  switch (status.state) {
    case "exited":
      return {
        kind: "exited",
        exitCode: status.exitCode,
        signal: status.signal,
        ...(status.startError === undefined ? {} : { startError: status.startError }),
      };
    case "lost":
      return { kind: "lost", reason: status.reason };
    case "unknown":
      return { kind: "lost", reason: "its executor does not know it any more" };
  }
}

const errorOutputBytes = 8192;

async function readEnd(path: string): Promise<string> {
  const file = await open(path, "r").catch(() => undefined);
  if (file === undefined) return "";
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - errorOutputBytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(errorOutputBytes), 0, errorOutputBytes, start);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}
