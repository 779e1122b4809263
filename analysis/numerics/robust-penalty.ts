/**
 * A convex penalty on residual = measured - predicted: quadratic within `delta` of 0, linear beyond (Huber 1964), and with a curvature of
 * its own on each side of 0. With delta Infinity it is least squares.
 */
export interface RobustPenalty {
  /** Where it turns linear; above 0, Infinity for never. */
  readonly delta: number;
  /** Second derivative within delta, for residuals at least 0: measured above predicted. */
  readonly curvatureAbove: number;
  /** The same for residuals below 0. */
  readonly curvatureBelow: number;
}

/** Sum of weight x penalty over the first `rowCount` rows, in order. */
export function penaltySum(penalty: RobustPenalty, residuals: Float64Array, weights: Float64Array, rowCount: number): number {
  const { delta, curvatureAbove, curvatureBelow } = penalty;
  let sum = 0;
  for (let row = 0; row < rowCount; row += 1) {
    const residual = residuals[row] ?? 0;
    const size = residual < 0 ? -residual : residual;
    const value = size <= delta ? 0.5 * size * size : delta * (size - 0.5 * delta);
    sum += (weights[row] ?? 0) * (residual < 0 ? curvatureBelow : curvatureAbove) * value;
  }
  return sum;
}
