import type { RobustSettings } from "../numerics/robust-gauss-newton.ts";
import { vanishedCoordinate } from "./coordinates.ts";
import type { PreparedFit } from "./prepared-fit.ts";

/** The minimum of one resample. */
export interface Refit {
  readonly coordinates: Float64Array;
  readonly objectiveValue: number;
  readonly evaluations: number;
}

/** From the minimum of all rows a resample's is a few full steps away; 1e-9 of the objective is below any interval's rounding. */
const settings: RobustSettings = { maximumIterations: 200, gradientTolerance: 1e-7, gainTolerance: 1e-9, initialDamping: 0 };
/** A term that fell to e^-3 of what it was is tried without. */
const fall = 3;

/**
 * Fits again with other weights, from a known minimum: what a bootstrap does thousands of times. Terms that are on their way out are left
 * out where that is no worse.
 *
 * @param factors multiplies the weight of each row; 0 leaves it out
 * @param warmStart search coordinates of the fit to all rows; not changed
 * @param measured stands in for what was measured, on the scale of residuals
 */
export function refit(prepared: PreparedFit, factors: Float64Array, warmStart: Float64Array, measured?: Float64Array): Refit {
  const coordinates = warmStart.slice();
  let { objective, evaluations } = prepared.minimiseResampled(factors, coordinates, settings, measured);
  for (const [index, { mayVanish }] of prepared.law.parameters.entries()) {
    const here = coordinates[index] ?? 0;
    if (mayVanish !== true || here === vanishedCoordinate || here > (warmStart[index] ?? 0) - fall) continue;
    const without = coordinates.slice();
    without[index] = vanishedCoordinate;
    const minimum = prepared.minimiseResampled(factors, without, settings, measured);
    evaluations += minimum.evaluations;
    if (minimum.objective > objective * (1 + settings.gainTolerance)) continue;
    coordinates.set(without);
    objective = minimum.objective;
  }
  return { coordinates, objectiveValue: objective, evaluations };
}
