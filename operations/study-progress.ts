import type { CountedScale } from "../analysis/study/scale.ts";
import type { SweepState } from "../analysis/study/states.ts";
import type { DurationEstimate } from "./estimate-duration.ts";

/** How many runs are in which state. `queued` counts all that wait: queued, preempted, paused and lost ones. */
export interface RunCounts {
  readonly total: number;
  readonly queued: number;
  readonly running: number;
  readonly finished: number;
  readonly diverged: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Were finished before this sweep asked for them. */
  readonly reused: number;
  /** Count in more than one row, because parametrizations agree there. */
  readonly shared: number;
}

/** One parametrization at one scale. */
export interface ProgressCell extends RunCounts {
  readonly parametrization: string;
  readonly scale: CountedScale;
  /** Lowest held-out loss of a finished run, nats per token. */
  readonly bestLoss: number | null;
  /** Those that the study varies. */
  readonly bestHyperparameters: Readonly<Record<string, number>> | null;
}

/** Where a study stands: what `show` and `watch` print. Every run counts once in `totals`, also when it is shared. */
export interface StudyProgress {
  readonly study: string;
  readonly question: string | null;
  readonly state: SweepState;
  /** The reason of the state in one clause; empty when there is nothing to say. */
  readonly why: string;
  readonly sweeps: readonly {
    readonly id: string;
    readonly number: number;
    readonly state: SweepState;
    readonly reason: string | null;
    readonly createdAt: string;
  }[];
  readonly cells: readonly ProgressCell[];
  readonly totals: RunCounts;
  readonly spent: { readonly cpuSeconds: number; readonly trainingFlops: number; readonly runs: number };
  readonly budget: { readonly runs?: number | undefined; readonly trainingFlops?: number | undefined };
  readonly eta: DurationEstimate;
  /** Runs at a time. */
  readonly slots: number;
  readonly createdAt: string;
}

/** True when no more work will be done for the study unless a user asks for it: it has ended, and so have its runs. */
export function isSettled({ state, totals }: Pick<StudyProgress, "state" | "totals">): boolean {
  return (state === "finished" || state === "failed" || state === "cancelled") && totals.running === 0;
}
