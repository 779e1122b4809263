import type { Interval } from "../../numerics/interval.ts";

/** A hyperparameter on whose sampled end something lies. */
export interface GridEnd {
  readonly axis: string;
  readonly side: "low" | "high";
}

/**
 * ln loss = vertexLogLoss + (x - vertex)' hessian (x - vertex) / 2 over x = ln hyperparameters, within the window only. Plain JSON.
 */
export interface FittedSurface {
  readonly status: "fitted";
  readonly scale: Readonly<Record<string, number>>;
  /** Hyperparameters that vary in the cell. */
  readonly axes: readonly string[];
  /** Runs within `band` of the lowest loss: those fitted. */
  readonly runs: number;
  readonly band: number;
  /** ln of the optimum of each axis. */
  readonly vertex: readonly number[];
  /** The optimum of each axis, natural units, with its interval (Student's t, delta method); null without degrees of freedom. */
  readonly optima: readonly { readonly axis: string; readonly value: number; readonly interval: Interval | null }[];
  /** Of ln optimum, by axis; null without degrees of freedom. */
  readonly standardErrors: readonly (number | null)[];
  readonly vertexLogLoss: number;
  /** Second derivatives of ln loss, positive definite. */
  readonly hessian: readonly (readonly number[])[];
  /** Range of the fitted runs, ln, by axis. */
  readonly windowLow: readonly number[];
  readonly windowHigh: readonly number[];
  readonly residualStandardDeviation: number | null;
  /** ln(lowest loss) - vertexLogLoss: how far the luckiest run lies below the surface; no gain that anybody can have again. */
  readonly luckOfTheBest: number;
  /** Where the best run itself lies on an end of the sampled range. */
  readonly bestRunAtEnd: readonly GridEnd[];
}

/** Why a cell has no optimum to speak of. Plain JSON. */
export interface RefusedSurface {
  readonly status: "edge" | "no-minimum" | "too-few-runs";
  readonly scale: Readonly<Record<string, number>>;
  readonly band: number;
  readonly ends: readonly GridEnd[];
  readonly words: string;
}

export type Surface = FittedSurface | RefusedSurface;
