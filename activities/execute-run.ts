import { LadderError } from "../analysis/study/ladder-error.ts";
import { isTerminal, type RunState, type SweepState } from "../analysis/study/states.ts";
import { jobFiles } from "../infra/executors/local-job.ts";
import { finishAttempt } from "../infra/postgres/attempt-ends.ts";
import type { ClaimedAttempt } from "../infra/postgres/attempts.ts";
import { checkRun, readRunChecks } from "../infra/postgres/run-checks.ts";
import { findRuns } from "../infra/postgres/runs.ts";
import { sweepsWanting } from "../infra/postgres/sweep-runs.ts";
import { getSweep, type Sweep } from "../infra/postgres/sweeps.ts";
import { type AttemptOutcome, errorSignature } from "../infra/trainer-contract/attempt-outcome.ts";
import { RunOutput } from "../infra/trainer-contract/run-output.ts";
import { createAttemptIngest } from "./attempt-ingest.ts";
import { type AttemptStarter, createAttemptStarter } from "./attempt-start.ts";
import { watchAttempt } from "./attempt-watch.ts";
import type { ActivityDependencies, ExecutorInUse } from "./dependencies.ts";
import { type Interruption, underHeartbeat } from "./interruption.ts";

export interface RunRequest {
  readonly sweepId: string;
  readonly runKey: string;
}

/** What became of a run, small enough for a workflow's history. */
export interface RunReport {
  readonly runKey: string;
  readonly state: RunState;
  /** True when the run was left alone because its sweep is paused or over. */
  readonly held: boolean;
  /** Signatures of the attempts that failed, oldest first; preemptions are no failures. */
  readonly failures: readonly string[];
  /** Why, in one clause, if there is anything to explain. */
  readonly message: string | null;
}

/** A user's wish that reached a run at work. `leave`: another sweep wants it too. */
type Wish = "cancel" | "pause" | "leave";

/**
 * Carries a run to its end: claim, submit or adopt, watch, write down; again while its error class has restarts left.
 *
 * A dead worker's jobs go on, and whoever runs this next adopts them. Only a user's wish (the workflow cancels the
 * activity, and the sweep's row says whether to pause or to cancel) ends a job.
 */
export function createExecuteRun(dependencies: ActivityDependencies): (request: RunRequest) => Promise<RunReport> {
  const starter = createAttemptStarter(dependencies);
  return (request) => underHeartbeat((interruption) => carryToEnd(dependencies, starter, request, interruption));
}

async function carryToEnd(
  dependencies: ActivityDependencies,
  starter: AttemptStarter,
  { sweepId, runKey }: RunRequest,
  interruption: Interruption,
): Promise<RunReport> {
  const { db } = dependencies;
  const failures: string[] = [];
  let message: string | null = null;
  const report = (state: RunState, held = false): RunReport => ({ runKey, state, held, failures, message: message?.slice(0, 500) ?? null });
  const stateNow = async (): Promise<RunState> => (await findRuns(db, [runKey]))[0]?.state ?? "queued";

  for (;;) {
    const { spec, concurrency } = await getSweep(db, sweepId);
    const inUse = dependencies.executor(spec.executor.name);
    let release: () => void;
    try {
      release = await inUse.executor.reserve(runKey, { limit: concurrency, signal: interruption.signal });
    } catch (error) {
      if (!interruption.signal.aborted) throw error;
      if (interruption.askedByUser()) return report(await stateNow(), true);
      throw interruption.handOver();
    }
    try {
      // Waiting may have been long: what the user said meanwhile counts.
      const sweep = await getSweep(db, sweepId);
      if (!mayStart(sweep.state)) return report(await stateNow(), true);
      const claim = await starter.claim(sweep, runKey);
      if (isTerminal(claim.state)) {
        // A worker may have died between the end of the run and its check.
        await readRunChecks(db, [runKey]);
        return report(claim.state);
      }
      const end = await carryAttempt(dependencies, starter, { sweep, runKey, claim, inUse, interruption });
      if (end.failure !== null) failures.push(end.failure);
      message = end.message ?? message;
      if (end.held) return report(end.state, true);
      if (isTerminal(end.state)) return report(end.state);
    } finally {
      release();
    }
  }
}

function mayStart(state: SweepState): boolean {
  return state === "queued" || state === "running";
}

interface AttemptContext {
  readonly sweep: Sweep;
  readonly runKey: string;
  readonly claim: ClaimedAttempt;
  readonly inUse: ExecutorInUse;
  readonly interruption: Interruption;
}

interface AttemptEnd {
  readonly state: RunState;
  readonly held: boolean;
  readonly failure: string | null;
  readonly message: string | null;
}

async function carryAttempt(dependencies: ActivityDependencies, starter: AttemptStarter, context: AttemptContext): Promise<AttemptEnd> {
  const { db } = dependencies;
  const { sweep, runKey, claim, inUse, interruption } = context;
  let jobId: string;
  try {
    ({ jobId } = await starter.findOrStart(sweep, runKey, claim, inUse));
  } catch (error) {
    return startFailed(context, dependencies, error);
  }
  const output = new RunOutput(jobFiles(starter.folderOf(claim)));
  const ingest = createAttemptIngest(db, { runKey, attempt: claim.attempt, attemptKey: claim.attemptKey }, output);
  let wish: Wish | undefined;
  const { stallAfterSeconds } = sweep.spec.executor;
  let watched = await watchAttempt({ jobId, inUse, output, ingest }, { signal: interruption.signal, stallAfterSeconds });
  let stalled = false;
  if (watched.kind === "stalled") {
    stalled = true;
    // Asked politely first: a trainer that only waits for something may still write its checkpoint.
    await inUse.executor.cancel(jobId, { graceMs: inUse.executor.capabilities.checkpointGraceMs });
    watched = await watchAttempt({ jobId, inUse, output, ingest });
  }
  if (watched.kind === "interrupted") {
    if (!interruption.askedByUser()) throw interruption.handOver();
    wish = await wishOf(dependencies, sweep.id, runKey);
    if (wish === "leave") return { state: "running", held: true, failure: null, message: null };
    const { cancelGraceMs, checkpointGraceMs } = inUse.executor.capabilities;
    await inUse.executor.cancel(jobId, { graceMs: wish === "pause" ? checkpointGraceMs : cancelGraceMs });
    watched = await watchAttempt({ jobId, inUse, output, ingest });
  }
  if (watched.kind === "fenced") {
    // Postgres has closed this attempt. A job that still runs for it is nobody's: end it.
    if (watched.jobRuns) await inUse.executor.cancel(jobId, { graceMs: inUse.executor.capabilities.cancelGraceMs });
    const [run] = await findRuns(db, [runKey]);
    return { state: run?.state ?? "cancelled", held: wish !== undefined, failure: null, message: run?.message ?? null };
  }
  if (watched.kind !== "ended") throw interruption.handOver();
  return writeDown(dependencies, context, stalled ? asStall(watched.outcome, stallAfterSeconds) : watched.outcome, wish);
}

/** What a stopped job came to when silence was why: a result that it had written stands, anything else is a stall. */
function asStall(outcome: AttemptOutcome, seconds = 0): AttemptOutcome {
  if (outcome.errorClass === null) return outcome;
  return {
    ...outcome,
    state: "failed",
    errorClass: "stall",
    message: `the trainer wrote nothing for ${seconds} s and was stopped (executor.stallAfterSeconds)`,
  };
}

async function writeDown(
  { db }: ActivityDependencies,
  { runKey, claim }: AttemptContext,
  outcome: AttemptOutcome,
  wish: Wish | undefined,
): Promise<AttemptEnd> {
  const { step, tokens, loss, cpuSeconds, schedule, exitCode, message, errorClass } = outcome;
  const isResult = outcome.state === "finished" || outcome.state === "diverged";
  const stopped = wish === undefined || isResult ? undefined : wish;
  const { accepted, runState } = await finishAttempt(db, {
    runKey,
    attempt: claim.attempt,
    attemptState: stopped === "cancel" ? "cancelled" : stopped === "pause" ? "preempted" : outcome.state,
    runState: stopped === "cancel" ? "cancelled" : stopped === "pause" ? "paused" : outcome.state,
    errorClass: stopped === undefined ? errorClass : null,
    ...{ step, tokens, loss, cpuSeconds, schedule, exitCode },
    message: stopped === "cancel" ? "cancelled with its sweep" : message,
  });
  // After the result is safe: whatever becomes of the check, nothing that was paid for is lost.
  if (accepted && isResult) await checkRun(db, runKey, claim.attempt);
  const failed = accepted && stopped === undefined && errorClass !== null && errorClass !== "preemption";
  return { state: runState, held: stopped !== undefined, failure: failed ? errorSignature(errorClass, message) : null, message };
}

/** The job never ran: that is an end of the attempt too, so that the run is not running in Postgres for ever. */
async function startFailed({ runKey, claim }: AttemptContext, { db }: ActivityDependencies, error: unknown): Promise<AttemptEnd> {
  const conflict = error instanceof LadderError && error.code === "ATTEMPT_FENCED";
  if (conflict) return { state: (await findRuns(db, [runKey]))[0]?.state ?? "queued", held: false, failure: null, message: null };
  const message = error instanceof Error ? error.message : String(error);
  const changed =
    error instanceof LadderError && (error.code === "TRAINER_CHANGED" || error.code === "DATA_CHANGED" || error.kind === "input");
  if (changed) {
    // Nothing is wrong with the run: it waits until the user has decided, and the sweep pauses with the reason.
    await finishAttempt(db, { runKey, attempt: claim.attempt, attemptState: "cancelled", runState: "queued", message });
    throw error;
  }
  // Postgres is away, or another machine has the job: the retry of the activity finds the claimed attempt and goes on from there.
  if (error instanceof LadderError && error.kind === "unavailable" && /^(POSTGRES|SCHEMA|JOB_ELSEWHERE)/.test(error.code)) throw error;
  const { runState } = await finishAttempt(db, {
    runKey,
    attempt: claim.attempt,
    attemptState: "failed",
    runState: "failed",
    errorClass: "executor",
    message,
  });
  return { state: runState, held: false, failure: errorSignature("executor", message), message };
}

/** What the user wants of a run whose activity was cancelled: the sweep's row says it, unless other sweeps want the run. */
async function wishOf({ db }: ActivityDependencies, sweepId: string, runKey: string): Promise<Wish> {
  const { state } = await getSweep(db, sweepId);
  const others = await Promise.all((await sweepsWanting(db, runKey)).filter((id) => id !== sweepId).map((id) => getSweep(db, id)));
  if (state === "cancelled") return others.length > 0 ? "leave" : "cancel";
  if (state === "paused") return others.some((other) => mayStart(other.state)) ? "leave" : "pause";
  return "leave";
}
