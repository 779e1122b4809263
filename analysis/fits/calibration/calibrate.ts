import { studentTQuantile } from "../../numerics/student-t.ts";
import { sqrt } from "../../numerics/elementary.ts";
import type { HeldOutError } from "./rolling-origin.ts";

/** How many deviations an interval needs, and on what grounds. Plain JSON. */
export interface Calibration {
  readonly level: number;
  /** Half-width in deviations of the prediction. */
  readonly multiplier: number;
  /** `conformal`: a rank of held-out errors; `widened`: too few of them for a rank, or none as far away; `uncalibrated`: none at all. */
  readonly method: "conformal" | "widened" | "uncalibrated";
  /** Held-out rows behind it, one error a row. */
  readonly heldOutRows: number;
  /** Of these, rows inside the interval that the multiplier gives them. */
  readonly inside: number;
  /** Largest ln distance at which an error was measured. */
  readonly calibratedReach: number;
  /** ln distance of what is predicted from the largest fitted budget. */
  readonly logDistance: number;
  /** The rule in words. */
  readonly words: string;
}

/**
 * The multiplier that held-out errors ask for, at the distance at which is predicted.
 *
 * Each held-out row counts once: by the origin from which it was about as far away as what is predicted now, so that a forecast over two
 * budgets is calibrated on forecasts over two budgets. Its error is taken in deviations of its own prediction (noise and parameter
 * error), which makes rows of different distance comparable. The multiplier is their conformal quantile, the ceil((n + 1) level)-th
 * smallest of n (Lei et al. 2018, J. Am. Stat. Assoc. 113, 1094, algorithm 2), and never below 1.
 *
 * With fewer than level / (1 - level) rows that rank does not exist. Then it is the larger of the largest error and
 * t(n - 1) sqrt(1 + 1/n) times the root mean square of the errors: the prediction interval of a normal sample. Farther away than any
 * held-out row was, it grows in proportion to the distance. Without any held-out row it is t on `degreesOfFreedom`.
 *
 * @param errors of a rolling origin
 * @param logDistance ln of the predicted budget over the largest fitted one; at or below 0 for an interpolation
 * @param degreesOfFreedom rows minus parameters of the fit, at least 1
 * @param level in (0, 1)
 */
export function calibrate(errors: readonly HeldOutError[], logDistance: number, degreesOfFreedom: number, level = 0.95): Calibration {
  const scores = nearestInDistance(errors, logDistance)
    .map(({ error, deviation }) => Math.abs(error) / deviation)
    .sort((left, right) => left - right);
  const count = scores.length;
  const base = { level, heldOutRows: count, logDistance };
  if (count === 0)
    return {
      ...base,
      multiplier: studentTQuantile((1 + level) / 2, Math.max(1, degreesOfFreedom)),
      method: "uncalibrated",
      inside: 0,
      calibratedReach: 0,
      words: "not calibrated: no larger budget could be predicted from smaller ones; Student's t on the residuals of the fit",
    };
  const reach = Math.max(...errors.map((held) => held.logDistance));
  const rank = Math.ceil((count + 1) * level);
  const ranked = scores[rank - 1];
  const own = ranked ?? Math.max(scores.at(-1) ?? 0, normalMultiplier(scores, level));
  const stretch = Math.max(1, logDistance / reach);
  const multiplier = Math.max(1, own) * stretch;
  return {
    ...base,
    multiplier,
    method: ranked === undefined || stretch > 1 ? "widened" : "conformal",
    inside: scores.filter((score) => score <= multiplier).length,
    calibratedReach: reach,
    words: [
      ranked === undefined
        ? `widened: ${count} held-out rows are too few for a rank at ${level}; the larger of the largest error and a normal sample's interval`
        : `rank ${rank} of ${count} held-out rows, each predicted from smaller budgets alone`,
      ...(stretch > 1 ? [`times ${stretch.toFixed(2)}, for it is that much farther away than any held-out row was`] : []),
    ].join("; "),
  };
}

function normalMultiplier(scores: readonly number[], level: number): number {
  const count = scores.length;
  const meanSquare = scores.reduce((sum, score) => sum + score * score, 0) / count;
  return studentTQuantile((1 + level) / 2, Math.max(1, count - 1)) * sqrt((1 + 1 / count) * meanSquare);
}

/** One error a row: from the origin whose distance to it is nearest to the asked one; of two, the one that fitted more. */
function nearestInDistance(errors: readonly HeldOutError[], logDistance: number): readonly HeldOutError[] {
  const nearest = new Map<number, HeldOutError>();
  for (const held of errors) {
    const known = nearest.get(held.row);
    const gap = Math.abs(held.logDistance - logDistance);
    const knownGap = known === undefined ? Number.POSITIVE_INFINITY : Math.abs(known.logDistance - logDistance);
    if (gap < knownGap || (gap === knownGap && held.levelsFitted > (known?.levelsFitted ?? 0))) nearest.set(held.row, held);
  }
  return [...nearest.values()].sort((left, right) => left.row - right.row);
}
