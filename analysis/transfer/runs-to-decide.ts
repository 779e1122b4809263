import { sqrt } from "../numerics/elementary.ts";
import { studentTFactor } from "../numerics/student-t.ts";
import type { Drift } from "./drift.ts";

/** What it would take to decide, if the measured drift and scatter hold. Plain JSON. */
export interface RunsToDecide {
  /** Seeds in all, those already run included; null when even `mostSeeds` do not decide. */
  readonly seeds: number | null;
  readonly additionalSeeds: number | null;
  readonly cells: number;
  readonly gridPoints: number;
  /** additionalSeeds x cells x gridPoints. */
  readonly additionalRuns: number | null;
  /** Doublings of the axis to add at the seeds already run, instead of more seeds; null when four do not decide. */
  readonly additionalDoublings: number | null;
  readonly words: string;
}

/** Beyond this many seeds a drift that sits on the margin is not worth chasing. */
export const mostSeeds = 64;

/**
 * Smallest number of seeds at which the interval of the slope would lie inside or wholly outside the margin, if the
 * slope and the residual scatter stayed as measured: standard error = s / sqrt(seeds x Sxx), degrees of freedom =
 * seeds x (cells - 1) - 1. A plan, not a promise: the next scatter may be larger.
 *
 * @param gridPoints runs of one seed in one cell
 */
export function runsToDecide(drift: Drift, gridPoints: number, margin: number, level: number): RunsToDecide {
  const places = [...new Map(drift.optima.map((optimum) => [optimum.axisValue, optimum.log2Axis])).values()];
  const cells = places.length;
  const seedsNow = drift.intercepts.length;
  const decides = (seeds: number, axis: readonly number[]): boolean => {
    const degreesOfFreedom = seeds * (axis.length - 1) - 1;
    if (degreesOfFreedom < 1) return false;
    const reach = (studentTFactor(level, degreesOfFreedom) * drift.residualStandardDeviation) / sqrt(seeds * sumOfSquares(axis));
    const distance = Math.abs(drift.slope);
    return distance + reach < margin || distance - reach > margin;
  };
  let seeds: number | null = null;
  for (let candidate = seedsNow + 1; candidate <= mostSeeds && seeds === null; candidate += 1)
    if (decides(candidate, places)) seeds = candidate;
  let additionalDoublings: number | null = null;
  const top = Math.max(...places);
  for (let extra = 1; extra <= 4 && additionalDoublings === null; extra += 1)
    if (decides(seedsNow, [...places, ...Array.from({ length: extra }, (_, index) => top + index + 1)])) additionalDoublings = extra;
  const additionalSeeds = seeds === null ? null : seeds - seedsNow;
  const additionalRuns = additionalSeeds === null ? null : additionalSeeds * cells * gridPoints;
  return {
    seeds,
    additionalSeeds,
    cells,
    gridPoints,
    additionalRuns,
    additionalDoublings,
    words: describe(additionalSeeds, additionalRuns, cells, gridPoints, additionalDoublings),
  };
}

function describe(
  additionalSeeds: number | null,
  runs: number | null,
  cells: number,
  gridPoints: number,
  doublings: number | null,
): string {
  const bySeeds =
    additionalSeeds === null
      ? `the drift is so close to the margin that ${mostSeeds} seeds would not decide`
      : `${runs ?? 0} more runs (${plural(additionalSeeds, "seed")} x ${cells} cells x ${gridPoints} grid points) would decide`;
  const byScale =
    doublings === null
      ? ""
      : additionalSeeds === null
        ? `; ${plural(doublings, "doubling")} more of the axis would`
        : `, or ${plural(doublings, "doubling")} more of the axis`;
  return `${bySeeds}${byScale}, if the measured drift and scatter hold`;
}

function sumOfSquares(axis: readonly number[]): number {
  const center = axis.reduce((sum, x) => sum + x, 0) / axis.length;
  return axis.reduce((sum, x) => sum + (x - center) * (x - center), 0);
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
