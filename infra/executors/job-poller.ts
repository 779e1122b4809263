import type { Executor, JobStatus } from "./executor.ts";

/** One question a tick for all jobs of a worker, however many are being watched. */
export interface JobPoller {
  /** The job's state at the next tick. Two askers of one job share the answer. */
  next(jobId: string): Promise<JobStatus>;
}

interface Waiter {
  readonly resolve: (status: JobStatus) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Batches the polls of an executor: askers of the same tick cost one call. The timer only runs while somebody waits.
 *
 * `next` rejects with the executor's error; the following tick asks again.
 */
export function createJobPoller(executor: Executor): JobPoller {
  let waiting = new Map<string, Waiter[]>();
  let timer: NodeJS.Timeout | undefined;

  const tick = async (): Promise<void> => {
    timer = undefined;
    const asked = waiting;
    waiting = new Map();
    try {
      const statuses = await executor.poll([...asked.keys()]);
      for (const [jobId, waiters] of asked) for (const waiter of waiters) waiter.resolve(statuses.get(jobId) ?? { state: "unknown" });
    } catch (error) {
      for (const waiters of asked.values()) for (const waiter of waiters) waiter.reject(error);
    }
  };

  return {
    next: (jobId) =>
      new Promise((resolve, reject) => {
        waiting.set(jobId, [...(waiting.get(jobId) ?? []), { resolve, reject }]);
        timer ??= setTimeout(() => void tick(), executor.capabilities.pollIntervalMs);
      }),
  };
}
