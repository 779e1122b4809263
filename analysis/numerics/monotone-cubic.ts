import { LadderError } from "../study/ladder-error.ts";

/** A piecewise cubic through points; plain JSON. */
export interface MonotoneCubic {
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Derivative at each point. */
  readonly slope: readonly number[];
}

/**
 * Shape-preserving cubic Hermite interpolation (Fritsch and Butland 1984; SciPy's PchipInterpolator): between two points
 * the curve stays between their values, so it has minima and maxima at the points only and never overshoots.
 *
 * @param x strictly rising, at least two
 * @param y as many
 * @throws LadderError `defect` KNOTS_ORDER when x does not rise or the lengths differ
 */
export function monotoneCubic(x: readonly number[], y: readonly number[]): MonotoneCubic {
  if (x.length < 2 || x.length !== y.length || x.some((value, index) => index > 0 && !(value > (x[index - 1] ?? value))))
    throw new LadderError("defect", "KNOTS_ORDER", `an interpolant needs at least two rising points, got ${x.length} and ${y.length}`);
  const steps = x.slice(1).map((value, index) => value - (x[index] ?? 0));
  const secants = steps.map((step, index) => ((y[index + 1] ?? 0) - (y[index] ?? 0)) / step);
  const slope = x.map((_, index) => {
    if (index === 0) return endSlope(steps[0] ?? 1, steps[1], secants[0] ?? 0, secants[1]);
    if (index === x.length - 1) return endSlope(steps.at(-1) ?? 1, steps.at(-2), secants.at(-1) ?? 0, secants.at(-2));
    return innerSlope(steps[index - 1] ?? 1, steps[index] ?? 1, secants[index - 1] ?? 0, secants[index] ?? 0);
  });
  return { x, y, slope };
}

/** Value of the curve; held constant beyond its ends. */
export function interpolate(curve: MonotoneCubic, at: number): number {
  const { x, y, slope } = curve;
  const last = x.length - 1;
  if (at <= (x[0] ?? 0)) return y[0] ?? Number.NaN;
  if (at >= (x[last] ?? 0)) return y[last] ?? Number.NaN;
  let index = 0;
  while (at > (x[index + 1] ?? Infinity)) index += 1;
  const [x0 = 0, x1 = 0] = [x[index], x[index + 1]];
  const [y0 = 0, y1 = 0] = [y[index], y[index + 1]];
  const step = x1 - x0;
  const t = (at - x0) / step;
  const rest = 1 - t;
  // Cubic Hermite basis.
  return (
    (1 + 2 * t) * rest * rest * y0 +
    t * rest * rest * step * (slope[index] ?? 0) +
    t * t * (3 - 2 * t) * y1 -
    t * t * rest * step * (slope[index + 1] ?? 0)
  );
}

/** Weighted harmonic mean of two secants of one sign, otherwise 0. */
function innerSlope(before: number, after: number, left: number, right: number): number {
  if (!(left * right > 0)) return 0;
  const weightLeft = 2 * after + before;
  const weightRight = after + 2 * before;
  return (weightLeft + weightRight) / (weightLeft / left + weightRight / right);
}

/** One-sided three-point derivative, limited so that the curve keeps the shape of the data. */
function endSlope(near: number, far: number | undefined, nearSecant: number, farSecant: number | undefined): number {
  if (far === undefined || farSecant === undefined) return nearSecant;
  const raw = ((2 * near + far) * nearSecant - near * farSecant) / (near + far);
  if (!(raw * nearSecant > 0)) return 0;
  if (nearSecant * farSecant < 0 && Math.abs(raw) > 3 * Math.abs(nearSecant)) return 3 * nearSecant;
  return raw;
}
