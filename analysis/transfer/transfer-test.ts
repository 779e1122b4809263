import type { ScaleAxis } from "../study/scale.ts";
import type { Basin } from "./basins.ts";
import type { Drift } from "./drift.ts";
import type { RunsToDecide } from "./runs-to-decide.ts";

export const transferVerdicts = ["transfers", "does-not-transfer", "undecided", "no-verdict"] as const;
export type TransferVerdict = (typeof transferVerdicts)[number];

export interface TransferTestOptions {
  /** Half width of the equivalence zone, octaves per doubling, > 0. */
  readonly marginOctavesPerDoubling?: number;
  readonly level?: number;
  /** How a parametrization is written in words, by id; the id itself where left out. */
  readonly names?: Readonly<Record<string, string>>;
}

export const defaultTransferTest = { marginOctavesPerDoubling: 0.25, level: 0.95 } as const;

/** Why a cell forbids a verdict. */
export interface TransferBlocker {
  readonly axisValue: number;
  readonly seed: number;
  readonly reason: "edge" | "cliff" | "too-few-points" | "no-minimum";
  /** For an edge: which way to widen the grid, and to what log2 value. */
  readonly side: "low" | "high" | null;
  readonly widenToLog2: number | null;
  readonly words: string;
}

/** One row of the table of optima. */
export interface OptimumRow {
  readonly axisValue: number;
  readonly optimum: Basin["optimum"];
  readonly bySeed: readonly { readonly seed: number; readonly log2: number | null }[];
}

/** Whether the optimum stays put along the axis, and on what grounds. Plain JSON. */
export interface TransferTest {
  readonly parametrization: string;
  readonly axis: ScaleAxis;
  readonly hyperparameter: string;
  readonly heldConstant: Readonly<Record<string, number>>;
  readonly marginOctavesPerDoubling: number;
  readonly level: number;
  readonly method: string;
  readonly verdict: TransferVerdict;
  /** The verdict as a sentence. */
  readonly words: string;
  readonly drift: Drift | null;
  readonly optima: readonly OptimumRow[];
  readonly blockers: readonly TransferBlocker[];
  /** Places of the axis with too few grid points to be a sweep; they take no part. */
  readonly leftOut: readonly number[];
  /** Given when undecided. */
  readonly runsToDecide: RunsToDecide | null;
  /** Runs the numbers rest on. */
  readonly runKeys: readonly string[];
}
