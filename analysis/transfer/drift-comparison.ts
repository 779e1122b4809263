import type { ScaleAxis } from "../study/scale.ts";
import type { Drift } from "./drift.ts";

/**
 * `less`: the first rules drift less than the second, `more`: they drift more, `differ`: their drifts differ, but which
 * is nearer to 0 is not told, `not-told-apart`: the paired interval holds 0, `no-comparison`: one of them has no drift.
 */
export type DriftComparisonOutcome = "less" | "more" | "differ" | "not-told-apart" | "no-comparison";

/** Two rule sets of one sweep, compared seed by seed at the places that both were swept at. Plain JSON. */
export interface DriftComparison {
  readonly parametrization: string;
  readonly against: string;
  readonly axis: ScaleAxis;
  readonly hyperparameter: string;
  readonly heldConstant: Readonly<Record<string, number>>;
  readonly outcome: DriftComparisonOutcome;
  /** The outcome as a sentence. */
  readonly words: string;
  /** Drifts of the two over the shared optima, octaves per doubling; null without a comparison. */
  readonly drifts: readonly [number, number] | null;
  /** Drift of (optimum of the first - optimum of the second): the first drift less the second. */
  readonly difference: Drift | null;
  /** Drift of (optimum of the first + optimum of the second); with `difference` it tells which drift is nearer to 0. */
  readonly sum: Drift | null;
  /** Level of all comparisons together, and of each interval by itself (Bonferroni). */
  readonly familyLevel: number;
  readonly level: number;
  /** Comparisons of the family. */
  readonly comparisons: number;
}
