import type { RobustSettings } from "../numerics/robust-gauss-newton.ts";
import type { PreparedFit } from "./prepared-fit.ts";

/** The minimum of one resample. */
export interface Refit {
  readonly coordinates: Float64Array;
  readonly objectiveValue: number;
  readonly evaluations: number;
}

/** From the minimum of all rows a resample's is a few full steps away; 1e-9 of the objective is below any interval's rounding. */
const settings: RobustSettings = { maximumIterations: 100, gradientTolerance: 1e-7, gainTolerance: 1e-9, initialDamping: 0 };

/**
 * Fits again with other weights, from a known minimum: what a bootstrap does thousands of times.
 *
 * @param factors multiplies the weight of each row; 0 leaves it out
 * @param warmStart search coordinates of the fit to all rows; not changed
 * @param measured stands in for what was measured, on the scale of residuals
 */
export function refit(prepared: PreparedFit, factors: Float64Array, warmStart: Float64Array, measured?: Float64Array): Refit {
  const coordinates = warmStart.slice();
  const minimum = prepared.minimiseResampled(factors, coordinates, settings, measured);
  return { coordinates, objectiveValue: minimum.objective, evaluations: minimum.evaluations };
}
