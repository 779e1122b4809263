import {
  ActivityFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  setWorkflowOptions,
  workflowInfo,
} from "@temporalio/workflow";
import type { RunReport } from "../activities/index.ts";
import { breakerLimit, continueStreak } from "./failure-streak.ts";
import { SweepControl } from "./sweep-control.ts";
import type { SweepInput, SweepResult } from "./sweep-messages.ts";
import { executeRun, steps } from "./sweep-steps.ts";

/** So often Postgres may say "not at an end" and give no run before the sweep is stopped instead of asked for ever. */
const emptyAnswersAllowed = 3;

/**
 * Carries a sweep to its end: one activity a run, so many at a time, longest first. Order, waiting and the user's wishes
 * live here; what is true lives in Postgres, and a workflow that starts anew reads it there.
 */
export async function sweepWorkflow({ sweepId, carried }: SweepInput): Promise<SweepResult> {
  const control = new SweepControl(sweepId, carried);
  control.listen();
  return CancellationScope.nonCancellable(() => carryOut(sweepId, control));
}

// A plain error would only fail the workflow task, which is retried for ever: the sweep would hang without a word.
setWorkflowOptions({ failureExceptionTypes: [Error] }, sweepWorkflow);

async function carryOut(sweepId: string, control: SweepControl): Promise<SweepResult> {
  const { atWork } = control;
  let fatal: Error | undefined;
  let emptyAnswers = 0;
  await control.open();

  const start = (runKey: string): void => {
    atWork.add(runKey);
    control.runScope
      .run(() => executeRun({ sweepId, runKey }))
      .then(
        (report) => takeReport(control, report),
        (error: unknown) => takeError(control, runKey, error),
      )
      .catch((error: unknown) => {
        fatal = error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => {
        atWork.delete(runKey);
        control.touch();
      });
  };

  for (;;) {
    if (fatal !== undefined) throw fatal;
    const renewing = workflowInfo().continueAsNewSuggested;
    if (control.free && !renewing) {
      for (const runKey of control.queue.splice(0, Math.max(0, control.concurrency - atWork.size))) start(runKey);
      if (control.queue.length === 0 && control.mayHaveMore && atWork.size < control.concurrency) {
        if (await refill(sweepId, control)) continue;
      }
    }
    const nothingLeft = control.free && !renewing && control.queue.length === 0 && !control.mayHaveMore;
    if (atWork.size === 0 && (control.cancelReason !== undefined || nothingLeft)) {
      const result = await close(sweepId, control);
      if (result !== undefined) return result;
      if (++emptyAnswers > emptyAnswersAllowed) await control.stop("fault", "runs are left that nobody may start; see `ladder show`");
      continue;
    }
    if (renewing && atWork.size === 0) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof sweepWorkflow>({ sweepId, carried: control.toCarry });
    }
    await control.untilTouched();
  }
}

/** Asks Postgres for runs to start. True when it gave some. */
async function refill(sweepId: string, control: SweepControl): Promise<boolean> {
  control.mayHaveMore = false;
  const { runKeys, more, budgetReached } = await steps.nextRuns({ sweepId, exclude: [...control.atWork] });
  control.queue = runKeys.filter((runKey) => !control.atWork.has(runKey));
  // What the budget refuses now it may allow later, when a run that was cancelled or reused gives something back.
  if (more || (budgetReached !== null && control.atWork.size > 0)) control.mayHaveMore = true;
  if (budgetReached !== null && control.atWork.size === 0) await control.stop("budget", budgetReached);
  return control.queue.length > 0;
}

async function takeReport(control: SweepControl, report: RunReport): Promise<void> {
  if (report.held) {
    control.mayHaveMore = true;
    // It stopped because of a pause that is known here, or because somebody changed the sweep's row by hand.
    if (!control.stoppingRuns) await control.stop("fault", "the sweep's row in Postgres says that it is paused or over");
    return;
  }
  control.ended++;
  control.streak = continueStreak(control.streak, report.failures, report.state === "finished" || report.state === "diverged");
  const { count, signature } = control.streak;
  if (count >= breakerLimit)
    await control.stop("fault", `the same error ${String(count)} times in a row: ${report.message ?? signature ?? ""}`);
}

async function takeError(control: SweepControl, runKey: string, error: unknown): Promise<void> {
  control.mayHaveMore = true;
  if (isCancellation(error)) return;
  const cause = error instanceof ActivityFailure ? (error.cause ?? error) : error;
  await control.stop("fault", `run ${runKey} cannot be carried out: ${cause instanceof Error ? cause.message : String(cause)}`);
}

/** Closes the sweep; undefined when there is more to do after all. */
async function close(sweepId: string, control: SweepControl): Promise<SweepResult | undefined> {
  const reason = control.cancelReason;
  if (reason !== undefined) await steps.cancelWaitingRuns({ sweepId, reason });
  const { state, finished, failed, diverged, cancelled, unfinished } = await steps.finishSweep(sweepId);
  await condition(allHandlersFinished);
  const counts = { finished, failed, diverged, cancelled };
  if (reason !== undefined || state === "cancelled") return { state: "cancelled", ...counts };
  // Trials may have come in at the last moment.
  if (unfinished === 0 && !control.mayHaveMore && control.free) return { state: "finished", ...counts };
  control.mayHaveMore = true;
  return undefined;
}
