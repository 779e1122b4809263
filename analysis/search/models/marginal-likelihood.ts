import { rangeDot } from "../../numerics/column-products.ts";
import { quickLog } from "../../numerics/quick-exp-log.ts";
import { factorSymmetric, invertFactored, solveLower, solveUpper } from "../../numerics/symmetric-factor.ts";
import type { SlopedFunction } from "../../numerics/bounded-quasi-newton.ts";
import { kernelMatrix, kernelParameters } from "./kernel-matrix.ts";
import type { Points } from "./kernel.ts";

const logTwoPi = 1.8378770664093453;

/**
 * Minus the log marginal likelihood of targets as a function of kernel coordinates, with its slopes (Rasmussen and Williams 2006,
 * equations 2.30 and 5.9). Infinity where the covariance matrix has no factor.
 */
export function negativeLogMarginalLikelihood(points: Points, centre: Float64Array, targets: Float64Array): SlopedFunction {
  const { count, dimensions } = points;
  const covariances = kernelMatrix(points, centre);
  const matrix = new Float64Array(count * count);
  const room = new Float64Array(count * count);
  const inverse = new Float64Array(count * count);
  const weights = new Float64Array(count);
  return (coordinates, slopes) => {
    const parameters = kernelParameters(coordinates);
    covariances.fill(parameters, matrix);
    for (let row = 0; row < count; row += 1) matrix[row * count + row] = (matrix[row * count + row] ?? 0) + parameters.noise;
    if (factorSymmetric(matrix, count) !== -1) {
      slopes.fill(0);
      return Infinity;
    }
    weights.set(targets);
    solveLower(matrix, count, count, weights);
    let value = 0.5 * rangeDot(weights, 0, weights, 0, count) + 0.5 * count * logTwoPi;
    for (let row = 0; row < count; row += 1) value += quickLog(matrix[row * count + row] ?? 1);
    solveUpper(matrix, count, weights);
    invertFactored(matrix, count, room, inverse);
    // The slope of the value in the covariances is (K^-1 - a a') / 2, with a = K^-1 y the weights.
    let ofNoise = 0;
    for (let row = 0; row < count; row += 1) {
      const weight = weights[row] ?? 0;
      for (let column = 0; column <= row; column += 1)
        inverse[row * count + column] = 0.5 * ((inverse[row * count + column] ?? 0) - weight * (weights[column] ?? 0));
      ofNoise += inverse[row * count + row] ?? 0;
    }
    covariances.slopes(inverse, slopes);
    slopes[dimensions + 2] = parameters.noise * ofNoise;
    return value;
  };
}
