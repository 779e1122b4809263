import type { SweepState } from "../analysis/study/states.ts";
import type { ProgressCell, RunCounts } from "../infra/postgres/sweep-progress.ts";
import type { DurationEstimate } from "./estimate-duration.ts";

export type { ProgressCell, RunCounts };

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
