import { mean } from "../numerics/mean.ts";
import { log2, sqrt } from "../numerics/elementary.ts";
import { studentTInterval, type Interval } from "../numerics/interval.ts";
import { leastSquares, type LeastSquaresFit } from "../numerics/least-squares.ts";
import type { Basin } from "./basins.ts";
import { seedOptima } from "./basins.ts";

/** One optimum: of one seed at one place on the axis, both on log2 scales. */
export interface Optimum {
  readonly seed: number;
  readonly axisValue: number;
  readonly log2Axis: number;
  readonly log2Optimum: number;
}

/** The slope of the log2 optimum on the log2 axis. Plain JSON. */
export interface Drift {
  /** Octaves per doubling of the axis. */
  readonly slope: number;
  /** Of the slope; from residuals, or from the seeds' slopes when runs of different cells share a trunk. */
  readonly interval: Interval;
  readonly standardError: number;
  /** Scatter of optima around the parallel lines of the seeds, octaves. */
  readonly residualStandardDeviation: number;
  readonly residualDegreesOfFreedom: number;
  readonly optima: readonly Optimum[];
  /** Line of each seed in the common-slope fit: its optimum at axis value 1 (log2 axis 0). */
  readonly intercepts: readonly { readonly seed: number; readonly log2Optimum: number }[];
  /** Slope of each seed fitted alone. */
  readonly perSeedSlopes: readonly { readonly seed: number; readonly slope: number }[];
  /** Student t on the seeds' own slopes: assumes nothing within a seed; wide with few seeds; null with one. */
  readonly perSeedInterval: Interval | null;
  /** Change of the slope per doubling, twice the quadratic coefficient; null without degrees of freedom. */
  readonly bend: { readonly octavesPerDoublingSquared: number; readonly interval: Interval; readonly isSignificant: boolean } | null;
  /** Whether runs of different cells share a trunk, so that the interval trusts the seeds' own slopes only. */
  readonly sharesTrunks: boolean;
}

/**
 * Drift of the optimum along the axis: least squares of log2 optimum on log2 axis with one slope and an intercept a seed.
 * Runs of one seed share batches and initial draws at every scale, so their optima move up and down together; the
 * intercepts take that out, and the residual degrees of freedom are optima - seeds - 1. Where runs of different cells
 * share a trunk (one cluster), residuals within a seed are not independent and the interval is taken from the seeds'
 * own slopes.
 *
 * @param basins of one parametrization; cells without an optimum are left out
 * @param level of every interval
 * @returns null when fewer than two places or no degrees of freedom are left for the slope's scatter
 */
export function measureDrift(basins: readonly Basin[], level: number): Drift | null {
  return driftOf(basins.flatMap(optimaOf), sharesTrunks(basins), level);
}

/**
 * As `measureDrift`, of optima or of what was computed from several optima of one seed and place, such as a difference.
 *
 * @param shared whether runs of different cells share a trunk
 */
export function driftOf(optima: readonly Optimum[], shared: boolean, level: number): Drift | null {
  const seeds = [...new Set(optima.map((optimum) => optimum.seed))].sort((left, right) => left - right);
  const places = new Set(optima.map((optimum) => optimum.axisValue));
  const degreesOfFreedom = optima.length - seeds.length - 1;
  if (places.size < 2 || degreesOfFreedom < 1) return null;
  // A centered axis keeps the design well conditioned and makes the intercepts means.
  const center = mean(optima.map((optimum) => optimum.log2Axis));
  const fit = fitLines(optima, seeds, (x) => [x - center]);
  const slope = fit.coefficients[seeds.length] ?? Number.NaN;
  const deviation = fit.residualStandardDeviation ?? Number.NaN;
  const standardError = deviation * sqrt(fit.inverseGram[seeds.length]?.[seeds.length] ?? Number.NaN);
  const perSeedSlopes = seeds.flatMap((seed) => {
    const own = seedSlope(optima.filter((optimum) => optimum.seed === seed));
    return own === null ? [] : [{ seed, slope: own }];
  });
  const perSeedInterval = intervalOfSlopes(
    perSeedSlopes.map((entry) => entry.slope),
    level,
  );
  const residualInterval = studentTInterval(
    slope,
    standardError,
    degreesOfFreedom,
    level,
    "least squares with a seed intercept; Student t on the residuals",
  );
  if (shared && perSeedInterval === null) return null;
  return {
    slope,
    interval: shared && perSeedInterval !== null ? perSeedInterval : residualInterval,
    standardError,
    residualStandardDeviation: deviation,
    residualDegreesOfFreedom: degreesOfFreedom,
    optima,
    intercepts: seeds.map((seed, index) => ({ seed, log2Optimum: (fit.coefficients[index] ?? Number.NaN) - slope * center })),
    perSeedSlopes,
    perSeedInterval,
    bend: measureBend(optima, seeds, center, level),
    sharesTrunks: shared,
  };
}

/** The optima of one basin, one a seed; none when any of its seeds has none. */
function optimaOf(basin: Basin): readonly Optimum[] {
  return (seedOptima(basin) ?? []).map(({ seed, log2: log2Optimum }) => ({
    seed,
    axisValue: basin.axisValue,
    log2Axis: log2(basin.axisValue),
    log2Optimum,
  }));
}

/** Common terms over seed intercepts: columns are [seed 1, …, seed S, terms(x)]. */
function fitLines(optima: readonly Optimum[], seeds: readonly number[], terms: (x: number) => readonly number[]): LeastSquaresFit {
  return leastSquares(
    optima.map((optimum) => [...seeds.map((seed) => (seed === optimum.seed ? 1 : 0)), ...terms(optimum.log2Axis)]),
    optima.map((optimum) => optimum.log2Optimum),
  );
}

function seedSlope(optima: readonly Optimum[]): number | null {
  if (new Set(optima.map((optimum) => optimum.axisValue)).size < 2) return null;
  const center = mean(optima.map((optimum) => optimum.log2Axis));
  const fit = leastSquares(
    optima.map((optimum) => [1, optimum.log2Axis - center]),
    optima.map((optimum) => optimum.log2Optimum),
  );
  return fit.coefficients[1] ?? null;
}

function intervalOfSlopes(slopes: readonly number[], level: number): Interval | null {
  if (slopes.length < 2) return null;
  const center = mean(slopes);
  const variance = slopes.reduce((sum, slope) => sum + (slope - center) * (slope - center), 0) / (slopes.length - 1);
  return studentTInterval(
    center,
    sqrt(variance / slopes.length),
    slopes.length - 1,
    level,
    `mean of the ${slopes.length} seeds' own slopes; Student t on their scatter`,
  );
}

/** Twice the quadratic coefficient: by how much the slope itself changes with each doubling. */
function measureBend(optima: readonly Optimum[], seeds: readonly number[], center: number, level: number): Drift["bend"] {
  const places = new Set(optima.map((optimum) => optimum.axisValue)).size;
  const degreesOfFreedom = optima.length - seeds.length - 2;
  if (places < 3 || degreesOfFreedom < 1) return null;
  const fit = fitLines(optima, seeds, (x) => [x - center, (x - center) * (x - center)]);
  const column = seeds.length + 1;
  const bend = 2 * (fit.coefficients[column] ?? Number.NaN);
  const standardError = 2 * (fit.residualStandardDeviation ?? Number.NaN) * sqrt(fit.inverseGram[column]?.[column] ?? Number.NaN);
  const interval = studentTInterval(
    bend,
    standardError,
    degreesOfFreedom,
    level,
    "quadratic term added to the drift's least squares; Student t on the residuals",
  );
  return { octavesPerDoublingSquared: bend, interval, isSignificant: interval.low > 0 || interval.high < 0 };
}

/** True when some cluster of runs (a trunk and its branches) reaches over two places of the axis. */
function sharesTrunks(basins: readonly Basin[]): boolean {
  const placeOfCluster = new Map<string, number>();
  for (const basin of basins)
    for (const run of basin.points.flatMap((point) => point.runs)) {
      const place = placeOfCluster.get(run.cluster);
      if (place !== undefined && place !== basin.axisValue) return true;
      placeOfCluster.set(run.cluster, basin.axisValue);
    }
  return false;
}
