import type { ActivityDependencies } from "./dependencies.ts";
import { createExecuteRun } from "./execute-run.ts";
import { failing } from "./failure.ts";
import { createNextRuns } from "./next-runs.ts";
import { createSweepSteps } from "./sweep-steps.ts";

export type { ActivityDependencies, ExecutorInUse } from "./dependencies.ts";
export type { RunReport } from "./execute-run.ts";

/** The effectful steps of a sweep, each idempotent. Their errors are Temporal failures already. */
export function createActivities(dependencies: ActivityDependencies) {
  const { db } = dependencies;
  const steps = createSweepSteps(db);
  return {
    openSweep: failing(steps.openSweep),
    nextRuns: failing(createNextRuns(db)),
    executeRun: failing(createExecuteRun(dependencies)),
    recordSweepState: failing(steps.recordSweepState),
    recordConcurrency: failing(steps.recordConcurrency),
    recordBudget: failing(steps.recordBudget),
    cancelWaitingRuns: failing(steps.cancelWaitingRuns),
    finishSweep: failing(steps.finishSweep),
  };
}

/** What workflows see of the activities. */
export type Activities = ReturnType<typeof createActivities>;
