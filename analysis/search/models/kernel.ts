import { sqrt } from "../../numerics/elementary.ts";
import { quickExp } from "../../numerics/quick-exp-log.ts";

const rootFive = 2.23606797749979;

/**
 * scale M(r) + linear (x - centre)(y - centre), with M the Matern-5/2 function and r^2 = sum of inverseSquares_i (x_i - y_i)^2: smooth
 * departures from a straight line. `noise` is the variance of a reading, in squared units of the targets, as are the other two.
 */
export interface KernelParameters {
  /** 1 / lengthscale^2 of each coordinate. */
  readonly inverseSquares: Float64Array;
  readonly scale: number;
  readonly linear: number;
  readonly noise: number;
}

/** Points of `dimensions` coordinates, one after another. */
export interface Points {
  readonly values: Float64Array;
  readonly count: number;
  readonly dimensions: number;
}

/** (1 + sqrt5 r + 5/3 r^2) exp(-sqrt5 r) from r^2. */
export function maternFromSquare(square: number): number {
  const reach = rootFive * sqrt(square);
  return (1 + reach + (5 / 3) * square) * quickExp(-reach);
}

/**
 * Covariances of one point with many, without noise.
 *
 * @param place where the point's coordinates begin in `from`
 * @param into `points.count` numbers from `offset`
 */
export function covariancesWith(
  parameters: KernelParameters,
  centre: Float64Array,
  from: Float64Array,
  place: number,
  points: Points,
  into: Float64Array,
  offset: number,
): void {
  const { values, count, dimensions } = points;
  const { inverseSquares, scale, linear } = parameters;
  for (let index = 0; index < count; index += 1) {
    const start = index * dimensions;
    let square = 0;
    let product = 0;
    for (let axis = 0; axis < dimensions; axis += 1) {
      const here = from[place + axis] ?? 0;
      const there = values[start + axis] ?? 0;
      const middle = centre[axis] ?? 0;
      const difference = here - there;
      square += (inverseSquares[axis] ?? 0) * difference * difference;
      product += (here - middle) * (there - middle);
    }
    into[offset + index] = scale * maternFromSquare(square) + linear * product;
  }
}

/** Covariance of a point with itself, without noise. */
export function ownCovariance(parameters: KernelParameters, centre: Float64Array, from: Float64Array, place: number): number {
  let square = 0;
  for (let axis = 0; axis < centre.length; axis += 1) {
    const shift = (from[place + axis] ?? 0) - (centre[axis] ?? 0);
    square += shift * shift;
  }
  return parameters.scale + parameters.linear * square;
}
