import { LadderError } from "../analysis/study/ladder-error.ts";
import type { SweepState } from "../analysis/study/states.ts";
import type { LadderDatabase } from "../infra/postgres/connect.ts";
import { cancelPendingRuns } from "../infra/postgres/sweep-runs.ts";
import { setSweepBudget, setSweepConcurrency, setSweepState } from "../infra/postgres/sweep-changes.ts";
import { sweepProgress } from "../infra/postgres/sweep-progress.ts";
import { type Budget, getSweep } from "../infra/postgres/sweeps.ts";

/** What a workflow needs to know of its sweep to begin, or to go on after Temporal has forgotten it. */
export interface OpenedSweep {
  readonly state: SweepState;
  readonly reason: string | null;
  readonly concurrency: number;
}

export interface SweepStateRequest {
  readonly sweepId: string;
  readonly to: "running" | "paused" | "cancelled";
  readonly reason: string;
}

export interface FinishedSweep {
  readonly state: SweepState;
  readonly finished: number;
  readonly failed: number;
  readonly diverged: number;
  readonly cancelled: number;
  /** Runs not at an end: more than 0 only when somebody added some at this moment. */
  readonly unfinished: number;
}

/** The steps of a sweep that change its row. Each is idempotent. */
export function createSweepSteps(db: LadderDatabase) {
  /** A sweep that a user paused or cancelled at this very moment stays what the user made it. */
  const finish = async (sweepId: string, reason: string): Promise<SweepState> => {
    try {
      return (await setSweepState(db, sweepId, { from: ["queued", "running"], to: "finished", reason })).state;
    } catch (error) {
      if (error instanceof LadderError && error.code === "SWEEP_STATE") return (await getSweep(db, sweepId)).state;
      throw error;
    }
  };

  return {
    /** Takes the sweep up: `queued` and ended ones become `running`; a paused or cancelled one stays what it is. */
    openSweep: async (sweepId: string): Promise<OpenedSweep> => {
      const before = await getSweep(db, sweepId);
      const stays = before.state === "paused" || before.state === "running" || before.state === "cancelled";
      const { state, reason, concurrency } = stays ? before : await setSweepState(db, sweepId, { to: "running" });
      return { state, reason, concurrency };
    },

    recordSweepState: async ({ sweepId, to, reason }: SweepStateRequest): Promise<void> => {
      await setSweepState(db, sweepId, { from: ["queued", "running", "paused"], to, reason });
    },

    recordConcurrency: async (request: {
      readonly sweepId: string;
      readonly concurrency: number;
      readonly reason?: string;
    }): Promise<void> => {
      await setSweepConcurrency(db, request.sweepId, request.concurrency, request.reason);
    },

    recordBudget: async (request: { readonly sweepId: string; readonly budget: Budget; readonly reason?: string }): Promise<void> => {
      await setSweepBudget(db, request.sweepId, request.budget, request.reason);
    },

    /** Cancels what waits. Returns how many runs that were. */
    cancelWaitingRuns: async (request: { readonly sweepId: string; readonly reason: string }): Promise<number> => {
      return (await cancelPendingRuns(db, request.sweepId, request.reason)).length;
    },

    /** Closes the sweep when none of its runs is left to do. */
    finishSweep: async (sweepId: string): Promise<FinishedSweep> => {
      const { runs } = await sweepProgress(db, sweepId);
      const unfinished = runs.running + runs.queued;
      const state = unfinished > 0 ? (await getSweep(db, sweepId)).state : await finish(sweepId, describeEnd(runs));
      return { state, finished: runs.finished, failed: runs.failed, diverged: runs.diverged, cancelled: runs.cancelled, unfinished };
    },
  };
}

function describeEnd(runs: {
  readonly total: number;
  readonly failed: number;
  readonly diverged: number;
  readonly cancelled: number;
}): string {
  const parts = (["failed", "diverged", "cancelled"] as const)
    .filter((state) => runs[state] > 0)
    .map((state) => `${String(runs[state])} ${state}`);
  return parts.length === 0 ? `all ${String(runs.total)} runs finished` : `${parts.join(", ")} of ${String(runs.total)} runs`;
}
