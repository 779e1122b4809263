import { log, sqrt } from "../numerics/elementary.ts";
import { studentTInterval, type Interval } from "../numerics/interval.ts";
import { leastSquares } from "../numerics/least-squares.ts";
import { mean } from "../numerics/mean.ts";
import type { CoordinateQuantity, CoordinateRow, CoordinateSlope } from "./coordinate-check.ts";

/**
 * The slope of ln value on ln axis, for every module, quantity and step that has rows: least squares with one slope and an
 * intercept a seed, as the drift of an optimum is measured. The values of a seed share their batch and move together; the
 * intercepts take that out. Interval: Student's t on the residuals, degrees of freedom = values - seeds - 1; null without any.
 * The change is left out at step 0, where it is 0 by definition.
 *
 * @param level of every interval, in (0, 1)
 */
export function measureSlopes(rows: readonly CoordinateRow[], level: number): readonly CoordinateSlope[] {
  const groups = new Map<string, CoordinateRow[]>();
  for (const row of rows) {
    if (row.quantity === "changeRms" && row.step === 0) continue;
    const key = JSON.stringify([row.module, row.quantity, row.step]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups.values()].map((group) => slopeOf(group, level));
}

/** The slopes of one module and quantity over the steps, in their order. */
export function slopeSeries(slopes: readonly CoordinateSlope[], module: string, quantity: CoordinateQuantity): readonly CoordinateSlope[] {
  return slopes.filter((slope) => slope.module === module && slope.quantity === quantity).sort((left, right) => left.step - right.step);
}

function slopeOf(rows: readonly CoordinateRow[], level: number): CoordinateSlope {
  const module = rows[0]?.module ?? "";
  const quantity = rows[0]?.quantity ?? "l1";
  const step = rows[0]?.step ?? 0;
  const none = (missing: CoordinateSlope["missing"]): CoordinateSlope => ({
    module,
    quantity,
    step,
    slope: null,
    interval: null,
    perSeed: [],
    missing,
  });
  const finite = rows.flatMap(({ axisValue, seed, value }) => (value === null ? [] : [{ axisValue, seed, value }]));
  const zeros = finite.filter(({ value }) => value === 0).length;
  if (finite.length > 0 && zeros === finite.length) return none("zero");
  if (zeros > 0) return none("some-zero");
  const seeds = [...new Set(finite.map(({ seed }) => seed))].sort((left, right) => left - right);
  const points = finite.map(({ axisValue, seed, value }) => ({ seed, x: log(axisValue), y: log(value) }));
  if (!seeds.some((seed) => places(points, seed) > 1)) return none(finite.length < rows.length ? "not-finite" : "few");
  const { slope, interval } = fitLines(points, seeds, level);
  const perSeed = seeds
    .filter((seed) => places(points, seed) > 1)
    .map((seed) => ({
      seed,
      slope: fitLines(
        points.filter((point) => point.seed === seed),
        [seed],
        level,
      ).slope,
    }));
  return { module, quantity, step, slope, interval, perSeed, missing: null };
}

interface Point {
  readonly seed: number;
  readonly x: number;
  readonly y: number;
}

function places(points: readonly Point[], seed: number): number {
  return new Set(points.filter((point) => point.seed === seed).map(({ x }) => x)).size;
}

/** One slope and an intercept a seed. */
function fitLines(points: readonly Point[], seeds: readonly number[], level: number): { slope: number; interval: Interval | null } {
  // A centered axis keeps the design well conditioned.
  const center = mean(points.map(({ x }) => x));
  const fit = leastSquares(
    points.map((point) => [...seeds.map((seed) => (seed === point.seed ? 1 : 0)), point.x - center]),
    points.map(({ y }) => y),
  );
  const slope = fit.coefficients[seeds.length] ?? Number.NaN;
  if (fit.residualStandardDeviation === null) return { slope, interval: null };
  const standardError = fit.residualStandardDeviation * sqrt(fit.inverseGram[seeds.length]?.[seeds.length] ?? Number.NaN);
  const method = `least squares of ${points.length} values with an intercept for each of ${seeds.length} ${seeds.length === 1 ? "seed" : "seeds"}; Student t on the residuals`;
  return { slope, interval: studentTInterval(slope, standardError, fit.degreesOfFreedom, level, method) };
}
