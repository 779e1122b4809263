import { logChiSquareSurvival } from "../../numerics/chi-square.ts";
import { log } from "../../numerics/elementary.ts";
import { mean } from "../../numerics/mean.ts";
import type { HeldOutError } from "./rolling-origin.ts";

/** Errors of the rows of one held-out level. */
export interface HeldOutLevel {
  readonly errors: readonly HeldOutError[];
  /** Variance that a law's misfit has at the level, over that at the place that is asked for. */
  readonly growth: number;
}

/** What the law misses: variance that the errors of held-out levels have beyond what their fits expect of themselves. */
export interface Misfit {
  /** At the place that is asked for, on the law's scale, squared; 0 where the errors are no larger than expected. */
  readonly variance: number;
  /** Held-out levels behind it. */
  readonly levels: number;
  /** How many independent errors the levels are worth, rows of one level being partly wrong together; at least 1 a level. */
  readonly independentErrors: number;
}

/** With fewer held-out levels than this, none that is off does not show that none will be. */
export const enoughLevels = 3;
/** Errors that fits would show in one of ten sets even if the law missed nothing are no ground to widen. */
const logSignificance = log(0.1);
/** Halvings of the range in which the variance is looked for: more than a double has digits. */
const halvings = 60;

/**
 * Paule and Mandel's estimate of a variance between groups (1982, J. Res. Natl. Bur. Stand. 87, 377), with levels as groups and a known
 * mean of 0: the variance v at which, over the levels, the mean square of error / sqrt(own variance + growth v) is 1. A level that a weak
 * fit predicted with a large deviation of its own so says little.
 *
 * An error t own deviations wide, of a fit with n degrees of freedom, counts as the normal score of Student's t,
 * (8 n + 1) / (8 n + 3) sqrt(n ln(1 + t² / n)) deviations (Wallace 1959, Ann. Math. Stat. 30, 1124): the deviations of fits with hardly
 * more rows than parameters are themselves uncertain.
 *
 * Of three or more levels it is 0 unless a chi-square test at 0.1 says that the errors are larger than expected: where the law is right,
 * an estimate that cannot be negative would widen intervals in half of all sets.
 *
 * @param levels each with at least one error of positive, finite deviation
 */
export function estimateMisfit(levels: readonly HeldOutLevel[]): Misfit {
  if (levels.length === 0) return { variance: 0, levels: 0, independentErrors: 0 };
  const groups = levels.map(({ errors, growth }) =>
    errors.map((held) => ({ own: held.deviation * held.deviation, square: scoreSquare(held), growth })),
  );
  const excess = (variance: number): number =>
    mean(groups.map((errors) => mean(errors.map(({ own, square, growth }) => (square * own) / (own + growth * variance))))) - 1;
  let low = 0;
  let high = 0;
  if (excess(0) > 0 && !(levels.length >= enoughLevels && isExpected(levels)))
    high = Math.max(...groups.flatMap((errors) => errors.map(({ own, square, growth }) => (own * square) / growth)));
  for (let step = 0; step < halvings && high > 0; step += 1) {
    const middle = (low + high) / 2;
    if (excess(middle) > 0) low = middle;
    else high = middle;
  }
  return {
    variance: high,
    levels: levels.length,
    // A harmonic mean, for the variances of the levels' mean squares add up.
    independentErrors: levels.length / mean(levels.map((level) => 1 / independentErrorsOf(level, high))),
  };
}

/** Whether mean squares of levels, each as certain as that many independent errors, are no more than chance. */
function isExpected(levels: readonly HeldOutLevel[]): boolean {
  let sum = 0;
  let freedom = 0;
  for (const level of levels) {
    const independent = independentErrorsOf(level, 0);
    sum += independent * mean(level.errors.map(scoreSquare));
    freedom += independent;
  }
  return logChiSquareSurvival(sum, Math.max(1, Math.round(freedom))) > logSignificance;
}

/** Square of the normal score of an error, in deviations. */
function scoreSquare({ error, deviation, degreesOfFreedom: freedom }: HeldOutError): number {
  const factor = (8 * freedom + 1) / (8 * freedom + 3);
  const ratio = error / deviation;
  return factor * factor * freedom * log(1 + (ratio * ratio) / freedom);
}

/** n clusters of which any two have errors of correlation r are worth n / (1 + (n - 1) r²) squares. */
function independentErrorsOf({ errors, growth }: HeldOutLevel, misfit: number): number {
  const shared = mean(errors.map(({ meanDeviation }) => meanDeviation * meanDeviation)) + growth * misfit;
  const whole = mean(errors.map(({ deviation }) => deviation * deviation)) + growth * misfit;
  const correlation = shared / whole;
  const clusters = new Set(errors.map(({ cluster }) => cluster)).size;
  return clusters / (1 + (clusters - 1) * correlation * correlation);
}
