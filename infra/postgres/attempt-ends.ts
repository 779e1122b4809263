import { LadderError } from "../../analysis/study/ladder-error.ts";
import { isTerminal, restartLimits, type AttemptState, type ErrorClass, type RunState } from "../../analysis/study/states.ts";
import type { Schedule } from "../../analysis/study/trainer-contract.ts";
import type { LadderDatabase } from "./connect.ts";
import { runNotFound } from "./runs.ts";
import { databaseTime, storableText } from "./stored-json.ts";

export interface AttemptEnd {
  readonly runKey: string;
  readonly attempt: number;
  /** What became of the attempt. */
  readonly attemptState: "finished" | "diverged" | "failed" | "preempted" | "lost" | "cancelled";
  /**
   * What the run should become. `failed`, `preempted` and `lost` ask for a restart: the run is `queued` again while its
   * error class has restarts left, else `failed`. `queued` and `paused` put it back without counting anything.
   */
  readonly runState: RunState;
  /** Left out: `preemption` and `lost` for these states, `trainer-bug` for `failed`. */
  readonly errorClass?: ErrorClass | null;
  readonly exitCode?: number | null;
  readonly message?: string | null;
  /** Held-out loss, nats per token; finite, and required when the run is `finished`. */
  readonly loss?: number | null;
  readonly step?: number | null;
  readonly tokens?: number | null;
  /** CPU seconds of this attempt. */
  readonly cpuSeconds?: number | null;
  /** The schedule really followed. */
  readonly schedule?: Schedule | null;
}

export interface AcceptedEnd {
  /** False when a newer attempt or an earlier end stands: nothing was written. */
  readonly accepted: boolean;
  /** State of the run now. */
  readonly runState: RunState;
}

/**
 * Ends an attempt and moves its run, in one transaction: the end and the restart it earns are written together or not at
 * all. Compare-and-set on the fence: an attempt that was replaced, or has ended otherwise, changes nothing. Repeating
 * the same end is accepted again.
 *
 * @throws LadderError `missing` RUN_NOT_FOUND; `defect` FINISHED_WITHOUT_LOSS for a finished run without a finite loss;
 * `defect` RUN_STATE_NOT_AN_END for `running`.
 */
export async function finishAttempt(db: LadderDatabase, end: AttemptEnd): Promise<AcceptedEnd> {
  const loss = end.runState === "finished" ? finiteLoss(end) : null;
  if (end.runState === "running")
    throw new LadderError(
      "defect",
      "RUN_STATE_NOT_AN_END",
      `attempt ${String(end.attempt)} of run ${end.runKey} cannot end with the run running`,
    );
  return db.transaction().execute(async (transaction) => {
    const run = await transaction
      .selectFrom("runs")
      .select(["state", "fence", "retryFloor"])
      .where("runKey", "=", end.runKey)
      .forNoKeyUpdate()
      .executeTakeFirst();
    if (run === undefined) throw runNotFound(end.runKey);
    const attempt = await transaction
      .selectFrom("attempts")
      .select(["state", "endedAt", "step", "tokens"])
      .where("runKey", "=", end.runKey)
      .where("attempt", "=", end.attempt)
      .executeTakeFirst();
    if (attempt === undefined || run.fence !== end.attempt) return { accepted: false, runState: run.state };
    if (attempt.endedAt !== null) return { accepted: attempt.state === end.attemptState, runState: run.state };

    const errorClass = errorClassOf(end);
    const message = end.message == null ? null : storableText(end.message);
    const reached = { step: end.step ?? attempt.step, tokens: end.tokens ?? attempt.tokens };
    await transaction
      .updateTable("attempts")
      .set({
        state: end.attemptState,
        endedAt: databaseTime(),
        exitCode: end.exitCode ?? null,
        errorClass,
        message,
        ...reached,
        ...(loss === null ? {} : { loss }),
        ...(end.cpuSeconds == null ? {} : { cpuSeconds: end.cpuSeconds }),
      })
      .where("runKey", "=", end.runKey)
      .where("attempt", "=", end.attempt)
      .execute();
    // A job that nobody saw for a while has ended after all: it was running until now.
    if (run.state === "lost") await transaction.updateTable("runs").set({ state: "running" }).where("runKey", "=", end.runKey).execute();
    const runState =
      errorClass !== null && asksForRestart(end.runState)
        ? await restartOrFail(transaction, end.runKey, run.retryFloor, errorClass)
        : end.runState;
    await transaction
      .updateTable("runs")
      .set({
        state: runState,
        loss,
        ...reached,
        errorClass,
        message,
        schedule: end.schedule == null ? null : JSON.stringify(end.schedule),
        finishedAt: isTerminal(runState) ? databaseTime() : null,
      })
      .where("runKey", "=", end.runKey)
      .execute();
    return { accepted: true, runState };
  });
}

function finiteLoss(end: AttemptEnd): number {
  if (end.loss == null || !Number.isFinite(end.loss))
    throw new LadderError(
      "defect",
      "FINISHED_WITHOUT_LOSS",
      `run ${end.runKey} cannot be finished with the loss ${String(end.loss)}; a loss that is not finite is diverged`,
    );
  return end.loss;
}

function errorClassOf(end: AttemptEnd): ErrorClass | null {
  if (end.errorClass != null) return end.errorClass;
  const byState: Partial<Record<AttemptState, ErrorClass>> = { failed: "trainer-bug", preempted: "preemption", lost: "lost" };
  return asksForRestart(end.runState) ? (byState[end.attemptState] ?? "trainer-bug") : null;
}

function asksForRestart(state: RunState): boolean {
  return state === "failed" || state === "preempted" || state === "lost";
}

/** Counts the attempts that ended by this class since the last retry, the present one included. */
async function restartOrFail(db: LadderDatabase, runKey: string, retryFloor: number, errorClass: ErrorClass): Promise<"queued" | "failed"> {
  const { count } = await db
    .selectFrom("attempts")
    .select((expression) => expression.fn.countAll<number>().as("count"))
    .where("runKey", "=", runKey)
    .where("attempt", ">", retryFloor)
    .where("errorClass", "=", errorClass)
    .executeTakeFirstOrThrow();
  return count <= restartLimits[errorClass] ? "queued" : "failed";
}

export interface CancelledRun {
  readonly runState: RunState;
  /** The job that ran when the run was cancelled, for the caller to kill; null when there was none. */
  readonly job: { readonly attempt: number; readonly attemptKey: string; readonly executor: string; readonly jobId: string | null } | null;
}

/**
 * Cancels a run that is not at an end; one that is stays as it is. A live attempt is fenced off at once and its job
 * returned: kill it afterwards. What it still reports is refused.
 *
 * @throws LadderError `missing` RUN_NOT_FOUND.
 */
export async function cancelRun(db: LadderDatabase, runKey: string, reason: string | null = null): Promise<CancelledRun> {
  return db.transaction().execute(async (transaction) => {
    const run = await transaction
      .selectFrom("runs")
      .select(["state", "fence"])
      .where("runKey", "=", runKey)
      .forNoKeyUpdate()
      .executeTakeFirst();
    if (run === undefined) throw runNotFound(runKey);
    if (isTerminal(run.state)) return { runState: run.state, job: null };
    const message = reason === null ? null : storableText(reason);
    const ended = await transaction
      .updateTable("attempts")
      .set({ state: "cancelled", endedAt: databaseTime(), message })
      .where("runKey", "=", runKey)
      .where("endedAt", "is", null)
      .returning(["attempt", "attemptKey", "executor", "jobId", "step", "tokens"])
      .executeTakeFirst();
    await transaction
      .updateTable("runs")
      .set({
        state: "cancelled",
        finishedAt: databaseTime(),
        message,
        errorClass: null,
        ...(ended === undefined ? {} : { step: ended.step, tokens: ended.tokens }),
      })
      .where("runKey", "=", runKey)
      .execute();
    if (ended === undefined) return { runState: "cancelled", job: null };
    const { attempt, attemptKey, executor, jobId } = ended;
    return { runState: "cancelled", job: { attempt, attemptKey, executor, jobId } };
  });
}

/**
 * Queues a failed or cancelled run again, with fresh restart limits. Any other run stays as it is.
 *
 * @returns the state of the run now.
 * @throws LadderError `missing` RUN_NOT_FOUND; `conflict` RUN_HAS_RESULT when it finished or diverged.
 */
export async function retryRun(db: LadderDatabase, runKey: string): Promise<RunState> {
  return db.transaction().execute(async (transaction) => {
    const run = await transaction
      .selectFrom("runs")
      .select(["state", "fence", "retryCount"])
      .where("runKey", "=", runKey)
      .forNoKeyUpdate()
      .executeTakeFirst();
    if (run === undefined) throw runNotFound(runKey);
    if (run.state === "finished" || run.state === "diverged")
      throw new LadderError("conflict", "RUN_HAS_RESULT", `run ${runKey} is ${run.state}: that is a result, and it is not trained again`, {
        fields: { runKey, state: run.state },
      });
    if (!isTerminal(run.state)) return run.state;
    await transaction
      .updateTable("runs")
      .set({ state: "queued", retryCount: run.retryCount + 1, retryFloor: run.fence, finishedAt: null, errorClass: null, message: null })
      .where("runKey", "=", runKey)
      .execute();
    return "queued";
  });
}
