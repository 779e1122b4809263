import { log, sqrt } from "../numerics/elementary.ts";
import { studentTInterval, type Interval } from "../numerics/interval.ts";
import { leastSquares } from "../numerics/least-squares.ts";
import { mean } from "../numerics/mean.ts";
import type { CoordinateQuantity, CoordinateRow, CoordinateSlope } from "./coordinate-check.ts";

/**
 * The slope of ln value on ln axis, for every module, quantity and step that has rows: least squares for each seed alone,
 * then the mean over seeds. The change is left out at step 0, where it is 0 by definition.
 *
 * Interval: with two seeds or more Student's t on the seeds' own slopes, since the values of one seed share their batch and
 * their draws and are not independent; with one seed Student's t on the residuals of its line, null with two axis values.
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
  const lines = seeds.flatMap((seed) => {
    const own = finite.filter((row) => row.seed === seed);
    const line = fitLine(own.map(({ axisValue, value }) => ({ x: log(axisValue), y: log(value) })));
    return line === null ? [] : [{ seed, ...line }];
  });
  const [first] = lines;
  if (first === undefined) return none(finite.length < rows.length ? "not-finite" : "few");
  const perSeed = lines.map(({ seed, slope }) => ({ seed, slope }));
  return {
    module,
    quantity,
    step,
    slope: mean(perSeed.map(({ slope }) => slope)),
    interval: lines.length > 1 ? intervalOverSeeds(perSeed, level) : intervalOfResiduals(first, level),
    perSeed,
    missing: null,
  };
}

interface Line {
  readonly slope: number;
  readonly standardError: number | null;
  readonly degreesOfFreedom: number;
}

/** Null with fewer than two places. */
function fitLine(points: readonly { readonly x: number; readonly y: number }[]): Line | null {
  if (new Set(points.map(({ x }) => x)).size < 2) return null;
  const center = mean(points.map(({ x }) => x));
  const fit = leastSquares(
    points.map(({ x }) => [1, x - center]),
    points.map(({ y }) => y),
  );
  const deviation = fit.residualStandardDeviation;
  return {
    slope: fit.coefficients[1] ?? Number.NaN,
    standardError: deviation === null ? null : deviation * sqrt(fit.inverseGram[1]?.[1] ?? Number.NaN),
    degreesOfFreedom: fit.degreesOfFreedom,
  };
}

function intervalOverSeeds(perSeed: CoordinateSlope["perSeed"], level: number): Interval {
  const slopes = perSeed.map(({ slope }) => slope);
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

function intervalOfResiduals({ slope, standardError, degreesOfFreedom }: Line, level: number): Interval | null {
  if (standardError === null) return null;
  return studentTInterval(slope, standardError, degreesOfFreedom, level, "one seed: Student t on the residuals of its line");
}
