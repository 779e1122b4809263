import { setTimeout as sleep } from "node:timers/promises";
import { isSettled, type StudyProgress } from "./study-progress.ts";

/** Why following ended. `idle`: paused and nothing is running, so nothing will change until someone resumes it. */
export type FollowEnd = "settled" | "idle" | "timeout" | "interrupted";

export interface FollowOptions {
  /** Asks for the state of the study. */
  readonly read: () => Promise<StudyProgress>;
  /** Told of every state that was read. */
  readonly onProgress: (progress: StudyProgress) => void;
  readonly interrupted: AbortSignal;
  /** Seconds after which to give up waiting; never when left out. */
  readonly timeoutSeconds?: number | undefined;
  /** Milliseconds between two looks. */
  readonly intervalMilliseconds?: number | undefined;
}

/** Looks at a study until it is settled, nothing can change any more, the time is over or the user goes away. */
export async function followProgress(options: FollowOptions): Promise<{ readonly progress: StudyProgress; readonly end: FollowEnd }> {
  const { read, onProgress, interrupted, timeoutSeconds, intervalMilliseconds = 500 } = options;
  const startedAt = performance.now();
  for (;;) {
    const progress = await read();
    onProgress(progress);
    if (isSettled(progress)) return { progress, end: "settled" };
    if (progress.state === "paused" && progress.totals.running === 0) return { progress, end: "idle" };
    if (interrupted.aborted) return { progress, end: "interrupted" };
    const left = timeoutSeconds === undefined ? Number.POSITIVE_INFINITY : timeoutSeconds * 1000 - (performance.now() - startedAt);
    if (left <= 0) return { progress, end: "timeout" };
    try {
      await sleep(Math.min(intervalMilliseconds, left), undefined, { signal: interrupted });
    } catch {
      return { progress, end: "interrupted" };
    }
  }
}
