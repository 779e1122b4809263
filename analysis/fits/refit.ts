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
/** A vanished term comes back at the largest size that makes the objective at most this many times as large. */
const comeback = 1.1;

/**
 * Where refits of a fit start: at its minimum, and with each vanished term brought back, since a term that is not there has no slope by
 * which a search could find it again.
 *
 * @param best search coordinates of the fit to all rows
 */
export function warmStarts(prepared: PreparedFit, best: Float64Array): readonly Float64Array[] {
  const least = prepared.objectiveAt(best);
  const starts = [best];
  for (const [index, coordinate] of best.entries()) {
    if (coordinate !== vanishedCoordinate || prepared.lower[index] === prepared.upper[index]) continue;
    const start = best.slice();
    for (let size = 40; size > -40; size -= 0.5) {
      start[index] = size;
      if (prepared.objectiveAt(start) <= comeback * least) break;
    }
    starts.push(start);
  }
  return starts;
}

/**
 * Fits again with other weights, from known points: what a bootstrap does thousands of times. Terms that are on their way out are left
 * out where that is no worse.
 *
 * @param factors multiplies the weight of each row; 0 leaves it out
 * @param starts as `warmStarts` gives them; not changed
 * @param measured stands in for what was measured, on the scale of residuals
 */
export function refit(prepared: PreparedFit, factors: Float64Array, starts: readonly Float64Array[], measured?: Float64Array): Refit {
  let lowest: Refit = { coordinates: new Float64Array(), objectiveValue: Infinity, evaluations: 0 };
  let evaluations = 0;
  const search = (start: Float64Array): Float64Array => {
    const coordinates = start.slice();
    const minimum = prepared.minimiseResampled(factors, coordinates, settings, measured);
    evaluations += minimum.evaluations;
    if (lowest.coordinates.length === 0 || minimum.objective <= lowest.objectiveValue * (1 + settings.gainTolerance))
      lowest = { coordinates, objectiveValue: minimum.objective, evaluations };
    return coordinates;
  };
  for (const start of starts) {
    const reached = search(start);
    for (const [index, { mayVanish }] of prepared.law.parameters.entries()) {
      const here = reached[index] ?? 0;
      if (mayVanish !== true || here === vanishedCoordinate || here > (start[index] ?? 0) - fall) continue;
      const without = reached.slice();
      without[index] = vanishedCoordinate;
      search(without);
    }
  }
  return { ...lowest, evaluations };
}
