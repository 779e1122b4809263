import { rangeDot } from "../../numerics/column-products.ts";
import { log, sqrt } from "../../numerics/elementary.ts";
import { logNormalProbability, normalHazard, normalProbability, normalQuantile } from "../../numerics/normal-distribution.ts";
import { factorSymmetric, invertFactored, solveLower, solveUpper } from "../../numerics/symmetric-factor.ts";
import type { SlopedFunction } from "../../numerics/bounded-quasi-newton.ts";
import { kernelMatrix, kernelParameters, type KernelCoordinates } from "./kernel-matrix.ts";
import { covariancesWith, ownCovariance, type Points } from "./kernel.ts";

/** Keeps the covariance matrix of repeated points positive. */
const nugget = 1e-6;
const newtonSteps = 30;

/** The mode of the latent function at the points, and what the formulas of Laplace's approximation need. */
interface Mode {
  readonly value: number;
  /** Slopes of the log likelihood in the latent values: also K^-1 (f - mean). */
  readonly forces: Float64Array;
  /** Square roots of minus its second derivatives. */
  readonly roots: Float64Array;
  /** Third derivatives. */
  readonly thirds: Float64Array;
  /** Cholesky factor of I + roots K roots. */
  readonly factor: Float64Array;
}

/** Knows where trials succeed: a Gaussian process behind a probit, by Laplace's approximation (Rasmussen and Williams 2006, chapter 3). */
export interface SuccessClassifier {
  /** Probability of success at each of `count` places. */
  predict(places: Float64Array, count: number, probabilities: Float64Array): void;
}

/** The latent mean far from all trials: the quantile of the share of successes, Laplace's rule of succession. */
export function latentMean(labels: ArrayLike<number>): number {
  let successes = 0;
  for (let index = 0; index < labels.length; index += 1) successes += labels[index] === 1 ? 1 : 0;
  return normalQuantile((successes + 1) / (labels.length + 2));
}

/**
 * Minus the approximate log marginal likelihood of labels in kernel coordinates, with its slopes (their algorithms 3.1 and 5.1; the
 * third derivatives enter with a plus, as differences confirm, where their equation 5.23 prints a minus). The noise has no part in it. Infinity where Newton's steps do not arrive.
 *
 * @param labels 1 for success, -1 for failure
 */
export function negativeLogClassLikelihood(points: Points, centre: Float64Array, labels: Float64Array): SlopedFunction {
  const { count, dimensions } = points;
  const covariances = kernelMatrix(points, centre);
  const matrix = new Float64Array(count * count);
  const mean = latentMean(labels);
  const inner = new Float64Array(count * count);
  const room = new Float64Array(count * count);
  const inverse = new Float64Array(count * count);
  return (coordinates, slopes) => {
    covariances.fill(kernelParameters(coordinates), matrix);
    mirror(matrix, count);
    const mode = findMode(matrix, count, labels, mean);
    slopes.fill(0);
    if (mode === null) return Infinity;
    const { forces, roots, thirds, factor } = mode;
    invertFactored(factor, count, room, inverse);
    // R = roots B^-1 roots; the approximate posterior's variances are the diagonal of K - K R K.
    for (let row = 0; row < count; row += 1)
      for (let column = 0; column < count; column += 1)
        inverse[row * count + column] = (roots[row] ?? 0) * (inverse[row * count + column] ?? 0) * (roots[column] ?? 0);
    const pull = new Float64Array(count);
    for (let row = 0; row < count; row += 1) {
      for (let column = 0; column < count; column += 1)
        inner[row * count + column] = rangeDot(matrix, row * count, inverse, column * count, count);
      const variance = (matrix[row * count + row] ?? 0) - rangeDot(inner, row * count, matrix, row * count, count);
      pull[row] = 0.5 * variance * (thirds[row] ?? 0);
    }
    // What a shift of the mode does: u = (I - R K) s, with s the pull of the third derivatives.
    const shifted = Float64Array.from(pull);
    for (let row = 0; row < count; row += 1)
      for (let column = 0; column < count; column += 1)
        shifted[column] = (shifted[column] ?? 0) - (pull[row] ?? 0) * (inner[row * count + column] ?? 0);
    for (let row = 0; row < count; row += 1)
      for (let column = 0; column <= row; column += 1) {
        const both = (forces[row] ?? 0) * (forces[column] ?? 0);
        const turned = 0.5 * ((shifted[row] ?? 0) * (forces[column] ?? 0) + (shifted[column] ?? 0) * (forces[row] ?? 0));
        inner[row * count + column] = -(0.5 * both - 0.5 * (inverse[row * count + column] ?? 0) + turned);
      }
    covariances.slopes(inner, slopes);
    slopes[dimensions + 2] = 0;
    return -mode.value;
  };
}

/**
 * Conditions the classifier on labels under a kernel.
 *
 * @returns null when Newton's steps do not arrive
 */
export function conditionClassifier(
  coordinates: KernelCoordinates,
  centre: Float64Array,
  points: Points,
  labels: Float64Array,
): SuccessClassifier | null {
  const { count, dimensions } = points;
  const parameters = kernelParameters(coordinates);
  const matrix = new Float64Array(count * count);
  kernelMatrix(points, centre).fill(parameters, matrix);
  mirror(matrix, count);
  const mean = latentMean(labels);
  const mode = findMode(matrix, count, labels, mean);
  if (mode === null) return null;
  const { forces, roots, factor } = mode;
  return {
    predict(places, placeCount, probabilities) {
      const row = new Float64Array(count);
      for (let index = 0; index < placeCount; index += 1) {
        covariancesWith(parameters, centre, places, index * dimensions, points, row, 0);
        const latent = mean + rangeDot(row, 0, forces, 0, count);
        for (let column = 0; column < count; column += 1) row[column] = (row[column] ?? 0) * (roots[column] ?? 0);
        solveLower(factor, count, count, row);
        const variance = Math.max(0, ownCovariance(parameters, centre, places, index * dimensions) - rangeDot(row, 0, row, 0, count));
        probabilities[index] = normalProbability(latent / sqrt(1 + variance));
      }
    },
  };
}

/** Newton's steps to the mode of the latent posterior (their algorithm 3.1), each halved until it does not lower the value. */
function findMode(matrix: Float64Array, count: number, labels: Float64Array, mean: number): Mode | null {
  const latent = new Float64Array(count);
  const forces = new Float64Array(count);
  const roots = new Float64Array(count);
  const weights = new Float64Array(count);
  const aim = new Float64Array(count);
  const factor = new Float64Array(count * count);
  const vector = new Float64Array(count);
  let value = -Infinity;
  for (let step = 0; step < newtonSteps; step += 1) {
    for (let row = 0; row < count; row += 1) {
      const label = labels[row] ?? 1;
      const z = label * (mean + (latent[row] ?? 0));
      const hazard = normalHazard(z);
      forces[row] = label * hazard;
      roots[row] = sqrt(Math.max(1e-12, hazard * (hazard + z)));
    }
    fillInner(matrix, count, roots, factor);
    if (factorSymmetric(factor, count) !== -1) return null;
    for (let row = 0; row < count; row += 1) aim[row] = (roots[row] ?? 0) * (roots[row] ?? 0) * (latent[row] ?? 0) + (forces[row] ?? 0);
    for (let row = 0; row < count; row += 1) vector[row] = (roots[row] ?? 0) * rangeDot(matrix, row * count, aim, 0, count);
    solveLower(factor, count, count, vector);
    solveUpper(factor, count, vector);
    for (let row = 0; row < count; row += 1) vector[row] = (aim[row] ?? 0) - (roots[row] ?? 0) * (vector[row] ?? 0);
    // `vector` holds the weights of a full step.
    let share = 1;
    let next = -Infinity;
    const before = Float64Array.from(weights);
    for (let halving = 0; halving < 10; halving += 1) {
      for (let row = 0; row < count; row += 1) weights[row] = (before[row] ?? 0) + share * ((vector[row] ?? 0) - (before[row] ?? 0));
      for (let row = 0; row < count; row += 1) latent[row] = rangeDot(matrix, row * count, weights, 0, count);
      next = -0.5 * rangeDot(weights, 0, latent, 0, count);
      for (let row = 0; row < count; row += 1) next += logNormalProbability((labels[row] ?? 1) * (mean + (latent[row] ?? 0)));
      if (next >= value - 1e-9) break;
      share *= 0.5;
    }
    const gain = next - value;
    value = next;
    if (Math.abs(gain) < 1e-9) break;
    if (step === newtonSteps - 1) return null;
  }
  const thirds = new Float64Array(count);
  for (let row = 0; row < count; row += 1) {
    const label = labels[row] ?? 1;
    const z = label * (mean + (latent[row] ?? 0));
    const hazard = normalHazard(z);
    forces[row] = label * hazard;
    roots[row] = sqrt(Math.max(1e-12, hazard * (hazard + z)));
    thirds[row] = label * hazard * (z * z - 1 + hazard * (3 * z + 2 * hazard));
  }
  fillInner(matrix, count, roots, factor);
  if (factorSymmetric(factor, count) !== -1) return null;
  for (let row = 0; row < count; row += 1) value -= log(factor[row * count + row] ?? 1);
  return { value, forces, roots, thirds, factor };
}

/** I + roots K roots. */
function fillInner(matrix: Float64Array, count: number, roots: Float64Array, into: Float64Array): void {
  for (let row = 0; row < count; row += 1) {
    for (let column = 0; column <= row; column += 1)
      into[row * count + column] = (roots[row] ?? 0) * (matrix[row * count + column] ?? 0) * (roots[column] ?? 0);
    into[row * count + row] = (into[row * count + row] ?? 0) + 1;
  }
}

function mirror(matrix: Float64Array, count: number): void {
  for (let row = 0; row < count; row += 1) {
    matrix[row * count + row] = (matrix[row * count + row] ?? 0) + nugget;
    for (let column = 0; column < row; column += 1) matrix[column * count + row] = matrix[row * count + column] ?? 0;
  }
}
