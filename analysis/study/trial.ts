import type { RunState } from "./states.ts";
import type { CountedScale } from "./scale.ts";
import type { ResolvedRun, RunIdentity } from "./run-key.ts";

/** One hyperparameter assignment at one scale under one parametrization, and the runs (one a seed) that carry it out. */
export interface PlannedTrial {
  readonly parametrization: string;
  readonly hyperparameters: Readonly<Record<string, number>>;
  readonly scale: CountedScale;
  readonly runs: readonly PlannedRun[];
}

/** A run as planned: everything resolved, its identity and key. */
export interface PlannedRun {
  readonly runKey: string;
  readonly identity: RunIdentity;
  readonly resolved: ResolvedRun;
  readonly seed: number;
}

/** A finished, diverged or failed run as analysis sees it: one row per (trial, seed). Shared runs appear once per trial. */
export interface TrialRunResult {
  readonly runKey: string;
  readonly parametrization: string;
  readonly hyperparameters: Readonly<Record<string, number>>;
  readonly scale: CountedScale;
  readonly seed: number;
  readonly state: RunState;
  /** Held-out loss in nats per token; null unless finished. */
  readonly loss: number | null;
  /** Runs of one trunk share a cluster; by default a run is its own. */
  readonly cluster: string;
}
