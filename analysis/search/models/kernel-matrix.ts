import { rangeDot } from "../../numerics/column-products.ts";
import { sqrt } from "../../numerics/elementary.ts";
import { quickExp } from "../../numerics/quick-exp-log.ts";
import type { KernelParameters, Points } from "./kernel.ts";

const rootFive = 2.23606797749979;

/** A kernel's parameters as a search sees them: natural logarithms of the inverse squares, then of scale, linear and noise. */
export type KernelCoordinates = Float64Array;

/** `coordinates` read back. */
export function kernelParameters(coordinates: KernelCoordinates): KernelParameters {
  const dimensions = coordinates.length - 3;
  return {
    inverseSquares: coordinates.slice(0, dimensions).map(quickExp),
    scale: quickExp(coordinates[dimensions] ?? 0),
    linear: quickExp(coordinates[dimensions + 1] ?? 0),
    noise: quickExp(coordinates[dimensions + 2] ?? 0),
  };
}

/** The covariance matrix of fixed points under ever new parameters, and the slopes of what is made of it. */
export interface KernelMatrix {
  /** Writes the covariances (without noise) below and on the diagonal of a matrix of `count` rows. */
  fill(parameters: KernelParameters, matrix: Float64Array): void;
  /**
   * The slopes in each kernel coordinate but the noise's of a number whose slope in covariance (i, j) is `forces[i * count + j]`, given
   * below and on the diagonal, for the parameters of the last `fill`. The place of the noise is left alone.
   */
  slopes(forces: Float64Array, slopes: Float64Array): void;
}

/** Distances are taken once for each pair of points and axis: `count`^2 / 2 x `dimensions` numbers. */
export function kernelMatrix(points: Points, centre: Float64Array): KernelMatrix {
  const { values, count, dimensions } = points;
  const pairs = (count * (count - 1)) / 2;
  const squares = new Float64Array(pairs * dimensions);
  const products = new Float64Array(pairs);
  const ownProducts = new Float64Array(count);
  let pair = 0;
  for (let row = 0; row < count; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      let product = 0;
      for (let axis = 0; axis < dimensions; axis += 1) {
        const left = values[row * dimensions + axis] ?? 0;
        const right = values[column * dimensions + axis] ?? 0;
        const middle = centre[axis] ?? 0;
        product += (left - middle) * (right - middle);
        if (column < row) squares[axis * pairs + pair] = (left - right) * (left - right);
      }
      if (column === row) ownProducts[row] = product;
      else {
        products[pair] = product;
        pair += 1;
      }
    }
  }
  const distances = new Float64Array(pairs);
  const maternValues = new Float64Array(pairs);
  const maternSlopes = new Float64Array(pairs);
  const pulls = new Float64Array(pairs);
  let last: KernelParameters | undefined;

  return {
    fill(parameters, matrix) {
      const { inverseSquares, scale, linear } = parameters;
      last = parameters;
      distances.fill(0);
      for (let axis = 0; axis < dimensions; axis += 1) {
        const weight = inverseSquares[axis] ?? 0;
        const start = axis * pairs;
        for (let index = 0; index < pairs; index += 1) distances[index] = (distances[index] ?? 0) + weight * (squares[start + index] ?? 0);
      }
      for (let index = 0; index < pairs; index += 1) {
        const square = distances[index] ?? 0;
        const reach = rootFive * sqrt(square);
        const decay = quickExp(-reach);
        maternValues[index] = (1 + reach + (5 / 3) * square) * decay;
        maternSlopes[index] = (-5 / 6) * (1 + reach) * decay;
      }
      let next = 0;
      for (let row = 0; row < count; row += 1) {
        const start = row * count;
        for (let column = 0; column < row; column += 1) {
          matrix[start + column] = scale * (maternValues[next] ?? 0) + linear * (products[next] ?? 0);
          next += 1;
        }
        matrix[start + row] = scale + linear * (ownProducts[row] ?? 0);
      }
    },
    slopes(forces, slopes) {
      if (last === undefined) return;
      let ofScale = 0;
      let ofLinear = 0;
      let next = 0;
      for (let row = 0; row < count; row += 1) {
        const start = row * count;
        for (let column = 0; column < row; column += 1) {
          // A pair stands twice in the matrix.
          const force = 2 * (forces[start + column] ?? 0);
          ofScale += force * (maternValues[next] ?? 0);
          ofLinear += force * (products[next] ?? 0);
          pulls[next] = force * (maternSlopes[next] ?? 0);
          next += 1;
        }
        const own = forces[start + row] ?? 0;
        ofScale += own;
        ofLinear += own * (ownProducts[row] ?? 0);
      }
      for (let axis = 0; axis < dimensions; axis += 1)
        slopes[axis] = last.scale * (last.inverseSquares[axis] ?? 0) * rangeDot(pulls, 0, squares, axis * pairs, pairs);
      slopes[dimensions] = last.scale * ofScale;
      slopes[dimensions + 1] = last.linear * ofLinear;
    },
  };
}
