import { sqrt } from "../../numerics/elementary.ts";
import { mean } from "../../numerics/mean.ts";
import { studentTQuantile } from "../../numerics/student-t.ts";
import { enoughLevels, estimateMisfit, type Misfit } from "./misfit.ts";
import type { HeldOutError, RowPrediction } from "./rolling-origin.ts";

/** How an interval was calibrated, and on what grounds. Plain JSON. */
export interface Calibration {
  readonly level: number;
  /**
   * `calibrated`: on three or more held-out levels; `widened`: on fewer, or farther away than any was; `uncalibrated`: no larger level
   * could be predicted from smaller ones.
   */
  readonly method: "calibrated" | "widened" | "uncalibrated";
  /** Standard deviation on the law's scale that held-out levels show beyond what their fits expect of themselves; 0: none was found. */
  readonly misfit: number;
  readonly heldOutLevels: number;
  /** Rows of these levels, one error a row. */
  readonly heldOutRows: number;
  /** Of these, rows inside the intervals that this calibration gives them. */
  readonly inside: number;
  /** Largest ln distance at which an error was measured. */
  readonly calibratedReach: number;
  /** ln distance of what is predicted from the largest fitted budget; at or below 0 for an interpolation. */
  readonly logDistance: number;
  /** The rule in words. */
  readonly words: string;
}

/** Half-widths on the law's scale, and how they came about. */
export interface CalibratedWidths {
  /** Of the interval for the mean of runs at the place. */
  readonly meanHalfWidth: number;
  /** Of the interval for one new run there. */
  readonly newRunHalfWidth: number;
  readonly calibration: Calibration;
}

/** A level that was predicted with more than this many times the deviation of the place says nothing of it. */
const mostDeviations = 2;
/** Degrees of freedom where nothing was held out: the next to most cautious whole number. */
const uncalibratedFreedom = 2;

/**
 * Intervals at a place: Student's t times the root of what the fit itself expects (noise of runs and error of the parameters) plus what
 * held-out levels show that the law misses (`estimateMisfit`). Each level counts once: by the origin from which it was about as far away
 * as the place, so that a forecast over two budgets is calibrated on forecasts over two budgets. Where the distances differ, the variance
 * of the misfit is in proportion to the distance, as of a random walk along ln budget.
 *
 * The degrees of freedom are Satterthwaite's (1946, Biometrics Bull. 2, 110) for the sum of both variances; of that of the misfit they
 * are the levels. Widened in three cases:
 * - fewer than three levels: a misfit of 0 may be luck. The second part of the sum is taken to be as uncertain as the whole, known from as
 *   many independent errors as the levels are worth;
 * - farther away than any held-out level was: as for the farthest distance that was tried, times the distance over it;
 * - beyond the rows with no held-out level at all: 2 degrees of freedom.
 *
 * @param errors of a rolling origin
 * @param place what the fit itself says there
 * @param logDistance ln of the place's budget over the largest fitted one
 * @param level in (0, 1)
 */
export function calibrate(errors: readonly HeldOutError[], place: RowPrediction, logDistance: number, level = 0.95): CalibratedWidths {
  const usable = errors.filter(({ deviation }) => deviation > 0 && Number.isFinite(deviation));
  const reach = usable.reduce((most, held) => Math.max(most, held.logDistance), 0);
  const nextLevels = usable.filter((held) => held.level === held.levelsFitted);
  // Nearer than from one level to the next, distances tell nothing.
  const step = Math.max(nextLevels.length === 0 ? reach : mean(nextLevels.map((held) => held.logDistance)), Number.MIN_VALUE);
  const asked = Math.max(step, Math.min(logDistance, reach));
  const levels = nearestInDistance(usable, logDistance)
    .filter((held) => sqrt(mean(held.map(({ deviation }) => deviation * deviation))) <= mostDeviations * place.deviation)
    .map((held) => ({ errors: held, growth: Math.max(step, held[0]?.logDistance ?? 0) / asked }));
  const misfit = estimateMisfit(levels);
  const stretch = levels.length === 0 ? 1 : Math.max(1, logDistance / reach);
  const isExtrapolation = logDistance > 0;
  const halfWidth = (deviation: number, degreesOfFreedom: number): number => {
    const own = deviation * deviation;
    const freedom =
      levels.length > 0 ? jointFreedom(own, degreesOfFreedom, misfit) : isExtrapolation ? uncalibratedFreedom : degreesOfFreedom;
    return stretch * studentTQuantile((1 + level) / 2, freedom) * sqrt(own + misfit.variance);
  };
  const rows = levels.flatMap((held) => held.errors);
  const inside = rows.filter((held) => Math.abs(held.error) <= halfWidth(held.deviation, held.degreesOfFreedom)).length;
  return {
    meanHalfWidth: halfWidth(place.meanDeviation, place.degreesOfFreedom),
    newRunHalfWidth: halfWidth(place.deviation, place.degreesOfFreedom),
    calibration: {
      level,
      method: levels.length === 0 ? "uncalibrated" : levels.length < enoughLevels || stretch > 1 ? "widened" : "calibrated",
      misfit: sqrt(misfit.variance),
      heldOutLevels: levels.length,
      heldOutRows: rows.length,
      inside,
      calibratedReach: reach,
      logDistance,
      words: wordsOf(misfit, rows.length, stretch, isExtrapolation),
    },
  };
}

/** Satterthwaite's degrees of freedom of own variance + misfit. */
function jointFreedom(own: number, freedom: number, { variance, levels, independentErrors }: Misfit): number {
  const whole = own + variance;
  if (!(whole > 0)) return freedom;
  const known = (own * own) / freedom;
  const found = levels < enoughLevels ? (whole * whole) / independentErrors : (variance * variance) / levels;
  return (whole * whole) / (known + found);
}

function wordsOf({ variance, levels }: Misfit, rows: number, stretch: number, isExtrapolation: boolean): string {
  if (levels === 0)
    return isExtrapolation
      ? `not calibrated: no larger budget could be predicted from smaller ones; widened to Student's t with ${uncalibratedFreedom} degrees of freedom`
      : "not calibrated: no larger budget could be predicted from smaller ones; Student's t on the residuals of the fit";
  const count = `${levels} ${levels === 1 ? "budget" : "budgets"} (${rows} ${rows === 1 ? "row" : "rows"}), each predicted from smaller ones alone`;
  const found =
    variance > 0
      ? `errors of ${count}, are larger than their fits expect, and widen the interval`
      : `errors of ${count}, are no larger than their fits expect`;
  return [
    found,
    ...(levels < enoughLevels ? [`widened, for fewer than ${enoughLevels} budgets are too few to rely on`] : []),
    ...(stretch > 1 ? [`times ${stretch.toFixed(2)}, for it is that much farther away than any held-out budget was`] : []),
  ].join("; ");
}

/** The rows of each level, by the origin whose distance to it is nearest to the asked one; of two, the one that fitted more. */
function nearestInDistance(errors: readonly HeldOutError[], logDistance: number): readonly (readonly HeldOutError[])[] {
  const nearest = new Map<number, HeldOutError[]>();
  for (const held of errors) {
    const known = nearest.get(held.level);
    const [chosen] = known ?? [];
    const gap = Math.abs(held.logDistance - logDistance);
    const knownGap = chosen === undefined ? Number.POSITIVE_INFINITY : Math.abs(chosen.logDistance - logDistance);
    if (chosen?.levelsFitted === held.levelsFitted) known?.push(held);
    else if (gap < knownGap || (gap === knownGap && held.levelsFitted > (chosen?.levelsFitted ?? 0))) nearest.set(held.level, [held]);
  }
  return [...nearest.values()];
}
