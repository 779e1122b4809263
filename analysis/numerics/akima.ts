import { LadderError } from "../study/ladder-error.ts";

/**
 * Derivatives at the points of Akima's cubic (J. ACM 17, 1970; SciPy's `Akima1DInterpolator`): each looks at two secants on either
 * side, so that one outlier bends the curve only nearby. With them the curve is the cubic Hermite interpolant.
 *
 * @param x strictly rising, at least three
 * @param y as many
 * @throws LadderError `defect` KNOTS_ORDER when x does not rise or the lengths differ
 */
export function akimaSlopes(x: readonly number[], y: readonly number[]): number[] {
  if (x.length < 3 || x.length !== y.length || x.some((value, index) => index > 0 && !(value > (x[index - 1] ?? value))))
    throw new LadderError("defect", "KNOTS_ORDER", `Akima's cubic needs at least three rising points, got ${x.length} and ${y.length}`);
  const size = x.length;
  // Two secants beyond each end, on the parabola through the outermost three points.
  const secants = new Float64Array(size + 3);
  for (let index = 1; index < size; index += 1)
    secants[index + 1] = ((y[index] ?? 0) - (y[index - 1] ?? 0)) / ((x[index] ?? 0) - (x[index - 1] ?? 0));
  const at = (index: number): number => secants[index] ?? 0;
  secants[1] = 2 * at(2) - at(3);
  secants[0] = 2 * at(1) - at(2);
  secants[size + 1] = 2 * at(size) - at(size - 1);
  secants[size + 2] = 2 * at(size + 1) - at(size);
  const bendLeft = (index: number): number => Math.abs(at(index + 1) - at(index));
  const bendRight = (index: number): number => Math.abs(at(index + 3) - at(index + 2));
  let heaviest = 0;
  for (let index = 0; index < size; index += 1) heaviest = Math.max(heaviest, bendLeft(index) + bendRight(index));
  return x.map((_, index) => {
    const [left, right] = [bendLeft(index), bendRight(index)];
    // On straight stretches both weights vanish; SciPy then takes the mean of the outer two secants.
    if (!(left + right > 1e-9 * heaviest)) return (at(index) + at(index + 3)) / 2;
    return (right * at(index + 1) + left * at(index + 2)) / (left + right);
  });
}
