import { rangeDot } from "../../numerics/column-products.ts";
import { factorSymmetric, invertFactored, solveLower, solveUpper } from "../../numerics/symmetric-factor.ts";
import { covariancesWith, ownCovariance, type KernelParameters, type Points } from "./kernel.ts";

/** Added to the diagonal, relative to its mean, when a covariance matrix does not factor; ten times more at each try. */
const jitters = [0, 1e-10, 1e-8, 1e-6] as const;

/** A Gaussian process given readings: what is known of the function everywhere. Targets have mean 0 by the caller's care. */
export interface GaussianProcess {
  readonly parameters: KernelParameters;
  readonly centre: Float64Array;
  readonly points: Points;
  readonly targets: Float64Array;
  /** What had to be added to the diagonal, relative to its mean; 0 as a rule. */
  readonly jitter: number;
  /** Mean and variance of the function (without the noise of a reading) at each of `count` places of `places`. */
  predict(places: Float64Array, count: number, means: Float64Array, variances: Float64Array): void;
  /** Joint covariance of the function at each of these places, `count` x `count`; the means are written too. */
  predictJointly(places: Float64Array, count: number, means: Float64Array, covariances: Float64Array): void;
  /**
   * As `predict`, and the covariance of each place with each of some anchors, `count` x `anchors.count`, of which `predictJointly` tells
   * the rest.
   */
  predictBeside(
    anchors: Points,
  ): (places: Float64Array, count: number, means: Float64Array, variances: Float64Array, crossed: Float64Array) => void;
  /** Mean and variance of each reading, noise included, were it not there (Rasmussen and Williams 2006, equations 5.10 to 5.12). */
  leaveOneOut(): { readonly means: Float64Array; readonly variances: Float64Array };
}

/** The covariance matrix of readings at these points, noise included, row after row (lower triangle). */
export function covarianceMatrix(parameters: KernelParameters, centre: Float64Array, points: Points): Float64Array {
  const { values, count, dimensions } = points;
  const matrix = new Float64Array(count * count);
  for (let row = 0; row < count; row += 1) {
    covariancesWith(parameters, centre, values, row * dimensions, { values, count: row, dimensions }, matrix, row * count);
    matrix[row * count + row] = ownCovariance(parameters, centre, values, row * dimensions) + parameters.noise;
  }
  return matrix;
}

/**
 * Conditions a Gaussian process on readings.
 *
 * @param centre where the linear part is 0
 * @returns null when the covariance matrix has no Cholesky factor even with 1e-6 of its mean diagonal added
 */
export function conditionGaussianProcess(
  parameters: KernelParameters,
  centre: Float64Array,
  points: Points,
  targets: Float64Array,
): GaussianProcess | null {
  const { count, dimensions } = points;
  const covariances = covarianceMatrix(parameters, centre, points);
  let meanDiagonal = 0;
  for (let row = 0; row < count; row += 1) meanDiagonal += (covariances[row * count + row] ?? 0) / count;
  let factor = covariances;
  let jitter = -1;
  for (const relative of jitters) {
    factor = Float64Array.from(covariances);
    for (let row = 0; row < count; row += 1) factor[row * count + row] = (factor[row * count + row] ?? 0) + relative * meanDiagonal;
    if (factorSymmetric(factor, count) === -1) {
      jitter = relative;
      break;
    }
  }
  if (jitter < 0) return null;
  const weights = Float64Array.from(targets);
  solveLower(factor, count, count, weights);
  solveUpper(factor, count, weights);

  return {
    parameters,
    centre,
    points,
    targets,
    jitter,
    predict(places, placeCount, means, variances) {
      const row = new Float64Array(count);
      for (let index = 0; index < placeCount; index += 1) {
        covariancesWith(parameters, centre, places, index * dimensions, points, row, 0);
        means[index] = rangeDot(row, 0, weights, 0, count);
        solveLower(factor, count, count, row);
        variances[index] = Math.max(0, ownCovariance(parameters, centre, places, index * dimensions) - rangeDot(row, 0, row, 0, count));
      }
    },
    predictJointly(places, placeCount, means, joint) {
      const rows = new Float64Array(placeCount * count);
      for (let index = 0; index < placeCount; index += 1) {
        covariancesWith(parameters, centre, places, index * dimensions, points, rows, index * count);
        means[index] = rangeDot(rows, index * count, weights, 0, count);
        solveLower(factor, count, count, rows, index * count);
        covariancesWith(
          parameters,
          centre,
          places,
          index * dimensions,
          { values: places, count: placeCount, dimensions },
          joint,
          index * placeCount,
        );
        for (let other = 0; other <= index; other += 1) {
          const value = (joint[index * placeCount + other] ?? 0) - rangeDot(rows, index * count, rows, other * count, count);
          joint[index * placeCount + other] = value;
          joint[other * placeCount + index] = value;
        }
      }
    },
    predictBeside(anchors) {
      const rows = new Float64Array(anchors.count * count);
      for (let index = 0; index < anchors.count; index += 1) {
        covariancesWith(parameters, centre, anchors.values, index * dimensions, points, rows, index * count);
        solveLower(factor, count, count, rows, index * count);
      }
      const row = new Float64Array(count);
      return (places, placeCount, means, variances, crossed) => {
        for (let index = 0; index < placeCount; index += 1) {
          covariancesWith(parameters, centre, places, index * dimensions, points, row, 0);
          means[index] = rangeDot(row, 0, weights, 0, count);
          solveLower(factor, count, count, row);
          variances[index] = Math.max(0, ownCovariance(parameters, centre, places, index * dimensions) - rangeDot(row, 0, row, 0, count));
          const start = index * anchors.count;
          covariancesWith(parameters, centre, places, index * dimensions, anchors, crossed, start);
          for (let anchor = 0; anchor < anchors.count; anchor += 1)
            crossed[start + anchor] = (crossed[start + anchor] ?? 0) - rangeDot(row, 0, rows, anchor * count, count);
        }
      };
    },
    leaveOneOut() {
      const inverse = new Float64Array(count * count);
      invertFactored(factor, count, new Float64Array(count * count), inverse);
      const means = new Float64Array(count);
      const variances = new Float64Array(count);
      for (let row = 0; row < count; row += 1) {
        const precision = inverse[row * count + row] ?? 1;
        variances[row] = 1 / precision;
        means[row] = (targets[row] ?? 0) - (weights[row] ?? 0) / precision;
      }
      return { means, variances };
    },
  };
}
