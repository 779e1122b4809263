import { exp, log, sqrt } from "../../numerics/elementary.ts";
import { mean } from "../../numerics/mean.ts";
import { scheduleFactor } from "../../numerics/schedule-factor.ts";
import type { Schedule } from "../../study/trainer-contract.ts";

/** What a run whose learning rate grows tells of it. Rates are the hyperparameter, as a study file writes it. Plain JSON. */
export interface RangeTestReading {
  /** Where the smoothed loss falls fastest against the logarithm of the rate; null where it does not fall. */
  readonly fastestFall: number | null;
  /** Where the smoothed loss stops falling: the largest rate that Smith advises. Null where the range does not show it. */
  readonly suggestedMaximum: number | null;
  /** The first rate beyond it at which the loss has lost a quarter of what it had fallen, or at which the run diverged; null: neither happened. */
  readonly blowUp: number | null;
  readonly diverged: boolean;
  /** The lowest smoothed loss is the last one: the rate never became too large. */
  readonly isStillFalling: boolean;
  /** The loss never fell by more than it scatters: the range begins too high, or nothing can be learned. */
  readonly neverFalls: boolean;
  /** The rates that were covered. */
  readonly from: number;
  readonly to: number;
  readonly points: readonly { readonly learningRate: number; readonly loss: number; readonly smoothed: number }[];
}

const lostShare = 0.25;
const fewest = 10;
/** In scatters of one loss about its smoothed curve. */
const leastFall = 3;

/**
 * Reads the curve of a range test. A loss that is logged at step n was measured before update n, so it belongs to the rate of the update
 * before. Losses are smoothed by a mean over a window of a tenth of them, centred, so that a single batch decides nothing.
 *
 * @param peak the learning rate that growth reaches, as the study file writes it
 * @param losses training loss by step, rising; step 1 is the first update
 * @returns null with fewer than ten usable points
 */
export function readRangeTest(
  schedule: Schedule,
  peak: number,
  losses: readonly { readonly step: number; readonly loss: number }[],
  diverged: boolean,
): RangeTestReading | null {
  const usable = losses.filter(({ step, loss }) => step >= 2 && Number.isFinite(loss));
  if (usable.length < fewest) return null;
  const reach = Math.max(1, Math.floor(usable.length / 20));
  const points = usable.map(({ step, loss }, index) => ({
    learningRate: peak * scheduleFactor(schedule, step - 2),
    loss,
    smoothed: mean(usable.slice(Math.max(0, index - reach), index + reach + 1).map((point) => point.loss)),
  }));
  const lowest = points.reduce((best, { smoothed }, index) => (smoothed < (points[best]?.smoothed ?? Infinity) ? index : best), 0);
  const [first, last, bottom] = [points[0], points.at(-1), points[lowest]];
  if (first === undefined || last === undefined || bottom === undefined) return null;
  const scatter = sqrt(mean(points.map(({ loss, smoothed }) => (loss - smoothed) * (loss - smoothed))));
  const neverFalls = first.smoothed - bottom.smoothed <= leastFall * scatter;
  const isStillFalling = !diverged && lowest === points.length - 1;
  const limit = bottom.smoothed + lostShare * Math.max(0, first.smoothed - bottom.smoothed);
  const lost = points.slice(lowest + 1).find(({ smoothed }) => smoothed > limit);
  return {
    fastestFall: neverFalls ? null : steepest(points.slice(0, lowest + 1), reach),
    suggestedMaximum: neverFalls || isStillFalling ? null : bottom.learningRate,
    blowUp: neverFalls ? null : (lost?.learningRate ?? (diverged ? last.learningRate : null)),
    diverged,
    isStillFalling,
    neverFalls,
    from: first.learningRate,
    to: last.learningRate,
    points,
  };
}

/** The rate, in the middle on a log axis, of the chord over `2 reach` points that falls most; null with too few points. */
function steepest(points: RangeTestReading["points"], reach: number): number | null {
  let best: { readonly slope: number; readonly learningRate: number } | null = null;
  for (let index = 2 * reach; index < points.length; index += 1) {
    const [left, right] = [points[index - 2 * reach], points[index]];
    if (left === undefined || right === undefined || right.learningRate <= left.learningRate) continue;
    const [a, b] = [log(left.learningRate), log(right.learningRate)];
    const slope = (right.smoothed - left.smoothed) / (b - a);
    if (slope < (best?.slope ?? 0)) best = { slope, learningRate: exp((a + b) / 2) };
  }
  return best?.learningRate ?? null;
}
