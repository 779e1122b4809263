import { Context } from "@temporalio/activity";
import { ApplicationFailure, CancelledFailure } from "@temporalio/common";

/** Milliseconds between heartbeats; the worker sends them on at most once a second. */
const heartbeatMs = 1000;

/** How an activity learns that it must stop, and why. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** True when the workflow cancelled the activity: a user paused or cancelled the sweep. */
  askedByUser(): boolean;
  /** The error with which the activity ends when it is stopped for any other reason: the next attempt takes over. */
  handOver(): Error;
}

/** Runs work under the heartbeat of the current activity. */
export async function underHeartbeat<Result>(work: (interruption: Interruption) => Promise<Result>): Promise<Result> {
  const context = Context.current();
  const timer = setInterval(() => {
    context.heartbeat();
  }, heartbeatMs);
  context.heartbeat();
  try {
    return await work({
      signal: context.cancellationSignal,
      askedByUser: () => context.cancellationDetails?.cancelRequested === true,
      handOver: () =>
        context.cancellationDetails?.workerShutdown === true
          ? ApplicationFailure.create({
              message: "the worker is shutting down; the job goes on",
              type: "WorkerShutdown",
              nonRetryable: false,
              nextRetryDelay: "1 second",
            })
          : new CancelledFailure("this attempt of the activity is over; the job goes on"),
    });
  } finally {
    clearInterval(timer);
  }
}
