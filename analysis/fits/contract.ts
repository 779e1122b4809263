import type { Columns } from "../laws/contract.ts";

/** One row as it reaches a fit: where it came from stays with it. */
export interface FitRows {
  readonly columns: Columns;
  /** What the law gives, in natural units. */
  readonly output: Float64Array;
  /** Weight of each row, at least 0; left out: 1. */
  readonly weights?: Float64Array;
  /** Rows of one cluster (a model, a trunk) are never split: an index a row; left out: each row is its own. */
  readonly clusters?: Int32Array;
}

/**
 * What is minimised: a sum over rows, never a mean, of a penalty on residual = measured - predicted on the law's scale.
 * `huber` is quadratic within `delta` and linear beyond; `asymmetric` multiplies the squared residual of rows that lie below the
 * prediction by `overestimatePenalty` (under-tuned runs lie above the frontier only).
 */
export type Objective =
  | { readonly kind: "huber"; readonly delta: number }
  | { readonly kind: "leastSquares" }
  | { readonly kind: "leastAbsoluteDeviations" }
  | { readonly kind: "asymmetric"; readonly overestimatePenalty: number };

/** Residuals on the law's own scale, or of the plain value (raw loss). */
export type ResidualScale = "law" | "value";

/** How the minimum is looked for; stored with every fit. */
export interface SearchSettings {
  /** `ranked`: the product of starts is ranked by objective and the best `polished` are run; `all`: every one is run. */
  readonly starts: "ranked" | "all";
  readonly polished: number;
  readonly maximumIterations: number;
  /** Infinity norm of the gradient relative to the objective at which a search ends. */
  readonly gradientTolerance: number;
}

export interface FittedParameter {
  readonly name: string;
  /** Natural value; null where it ran off to the limit at which its term vanishes. */
  readonly value: number | null;
  readonly coordinate: number;
}

/** The best point and how it was reached. Plain JSON. */
export interface FitResult {
  readonly law: string;
  readonly objective: Objective;
  readonly residualScale: ResidualScale;
  readonly search: SearchSettings;
  readonly rowCount: number;
  readonly parameters: readonly FittedParameter[];
  /** The minimum that was reached. */
  readonly objectiveValue: number;
  /** Infinity norm of the gradient in search coordinates there. */
  readonly gradientNorm: number;
  readonly starts: {
    readonly ranked: number;
    readonly run: number;
    /** Share of the runs that ended within 0.1 % of the minimum. */
    readonly shareReached: number;
  };
  readonly evaluations: number;
}
