import { ActivityCancellationType, proxyActivities } from "@temporalio/workflow";
import type { Activities } from "../activities/index.ts";

/** Short steps against Postgres; while it is away they are tried again. */
export const steps = proxyActivities<Omit<Activities, "executeRun">>({
  startToCloseTimeout: "2 minutes",
  retry: { initialInterval: "500 milliseconds", maximumInterval: "30 seconds" },
});

/**
 * A run may take weeks; what says that its worker lives is the heartbeat. A new attempt of the activity adopts the job.
 * A cancellation waits until the job is gone.
 */
export const { executeRun } = proxyActivities<Pick<Activities, "executeRun">>({
  startToCloseTimeout: "365 days",
  heartbeatTimeout: "10 seconds",
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: "1 second", maximumInterval: "30 seconds" },
});
