import { holds } from "../numerics/interval.ts";
import type { CoordinateSlope } from "./coordinate-check.ts";

/** A slope that has grown with every one of the last steps and would cross its bound soon. */
export interface Growth {
  /** The last three slopes, the newest last. */
  readonly slopes: readonly CoordinateSlope[];
  /** First whole step at which the straight line through them is beyond the bound. */
  readonly crossesAtStep: number;
}

/**
 * Whether a slope is heading over its bound: it grew in one direction over the last three measured steps, is at least half
 * the bound by now, is told from 0 by its interval, and the line through first and last of the three crosses the bound
 * before twice the steps are done. A check of 6 steps has passed elsewhere with .114 where 8 steps gave 1.42.
 *
 * @param series slopes of one module and quantity in the order of steps
 * @param excess how far a slope reaches in the direction that fails: |slope|, or slope where only growth fails
 * @param bound from which on it fails
 * @returns null when it is not, or is beyond the bound already
 */
export function findGrowth(series: readonly CoordinateSlope[], excess: (slope: number) => number, bound: number): Growth | null {
  const last = series.filter(({ step, slope }) => step > 0 && slope !== null).slice(-3);
  const [first, middle, newest] = last.map(({ step, slope, interval }) => ({ step, slope: slope ?? 0, interval }));
  if (first === undefined || middle === undefined || newest === undefined) return null;
  const isMonotone =
    (newest.slope > middle.slope && middle.slope > first.slope) || (newest.slope < middle.slope && middle.slope < first.slope);
  const reached = excess(newest.slope);
  const speed = (reached - excess(first.slope)) / (newest.step - first.step);
  if (!isMonotone || !(speed > 0) || reached < bound / 2 || reached >= bound) return null;
  if (holdsZero(newest)) return null;
  const crossesAtStep = Math.ceil(newest.step + (bound - reached) / speed);
  return crossesAtStep > 2 * newest.step ? null : { slopes: last, crossesAtStep };
}

/** True for a slope that its interval cannot tell from 0. */
export function holdsZero({ interval }: Pick<CoordinateSlope, "interval">): boolean {
  return interval !== null && holds(interval, 0);
}
