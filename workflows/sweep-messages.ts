import type { StudySpec } from "../analysis/study/study-spec.ts";

/** What can be said to a running sweep, and what it answers. Types only: whoever sends a message needs no workflow code. */

export interface SweepInput {
  readonly sweepId: string;
  /** Handed from one execution of the workflow to the next; nobody else sets it. */
  readonly carried?: CarriedState;
}

/** What a continued workflow cannot read from Postgres. */
export interface CarriedState {
  readonly streak: FailureStreak;
  /** Who paused the sweep, if it is paused: a sweep that its budget paused goes on when the budget is raised. */
  readonly pauseCause: "user" | "budget" | "fault";
}

/** The same error so many times in a row. */
export interface FailureStreak {
  readonly signature: string | null;
  readonly count: number;
}

export interface PauseRequest {
  readonly reason: string;
  /** False: no new runs. True: those at work write a checkpoint and stop. */
  readonly now?: boolean;
}

export interface ResumeRequest {
  readonly reason: string;
}

export interface CancelRequest {
  readonly reason: string;
}

/** Nothing to say: trials were inserted, or runs queued again. */
export type ExtendRequest = Readonly<Record<string, never>>;

export type BudgetRequest = StudySpec["budget"];

/** The state of a sweep's workflow, as the query `progress` and every update answer it. */
export interface SweepStatus {
  readonly state: "running" | "pausing" | "paused" | "cancelling";
  readonly reason: string | null;
  readonly concurrency: number;
  /** Runs at work. */
  readonly running: number;
  /** Runs known to wait; Postgres may hold more. */
  readonly waiting: number;
  /** Runs that came to an end since this execution of the workflow began. */
  readonly ended: number;
}

/** Updates of `sweepWorkflow` by name: what they take. Each answers `SweepStatus`. */
export interface SweepUpdates {
  readonly pause: readonly [PauseRequest];
  readonly resume: readonly [ResumeRequest];
  readonly cancel: readonly [CancelRequest];
  readonly extend: readonly [ExtendRequest];
  readonly setConcurrency: readonly [concurrency: number];
  readonly setBudget: readonly [BudgetRequest];
}

/** What the workflow returns. */
export interface SweepResult {
  readonly state: "finished" | "cancelled";
  readonly finished: number;
  readonly failed: number;
  readonly diverged: number;
  readonly cancelled: number;
}
