import { factorCholesky, solveCholesky } from "../numerics/cholesky.ts";
import { sqrt } from "../numerics/elementary.ts";
import { indexClusters } from "./clusters.ts";
import { penaltyOf } from "./objective.ts";
import type { PreparedFit } from "./prepared-fit.ts";

/** What the penalty looks like around the minimum, for statements about how sure the parameters are. */
export interface Curvature {
  /** Expected second derivative of the penalty, over its mean squared first derivative: turns differences of objective into chi-square. */
  readonly likelihoodScale: number;
  /** Covariance of the search coordinates, size x size, that holds with clustered and unequal errors (sandwich). */
  readonly covariance: Float64Array;
  /** Inverse of the objective's expected Hessian, size x size: its columns point along the valleys. */
  readonly inverseHessian: Float64Array;
  /** Per coordinate: variance if rows were independent and alike, over the sandwich's. Below 1 where clusters make rows tell less. */
  readonly independence: Float64Array;
}

/**
 * Curvature at a minimum. For a penalty that turns linear within less than the noise (Huber's with small delta, |r|) the second derivative
 * is a density at 0: it is taken over the nearest sqrt(rows) residuals beyond the as many that a fit passes through exactly.
 *
 * Sandwich: Huber 1967; cluster sums of Liang and Zeger 1986, with the factor G / (G - 1) for G clusters.
 */
export function curvatureAt(prepared: PreparedFit, best: Float64Array): Curvature {
  const { rowCount, objective, rows } = prepared;
  const size = best.length;
  const { delta, curvatureAbove, curvatureBelow } = penaltyOf(objective);
  const residuals = prepared.residualsAt(best);
  const jacobian = prepared.jacobianAt(best);
  const weights = rows.weights ?? new Float64Array(rowCount).fill(1);
  const freedom = Math.max(1, rowCount - size);
  const sizes = residuals.map(Math.abs).sort();
  const nearest = Math.min(rowCount - 1, size + Math.ceil(sqrt(rowCount)));
  const width = Math.max(delta, sizes[nearest] ?? delta);
  const within = sizes.reduce((count, value) => count + (value <= width ? 1 : 0), 0);
  const factorOf = (residual: number): number => (residual < 0 ? curvatureBelow : curvatureAbove);
  // Mean second derivative: the share of rows within `width`, spread over it, times the height of the derivative's jump.
  const second = delta === Infinity ? 1 : (Math.max(1, within - size) / freedom) * (delta / width);
  const gram = new Float64Array(size * size);
  const meat = new Float64Array(size * size);
  const clusters = indexClusters(rows);
  const scores = new Float64Array(clusters.count * size);
  let squares = 0;
  let bend = 0;
  for (let row = 0; row < rowCount; row += 1) {
    const residual = residuals[row] ?? 0;
    const weight = weights[row] ?? 0;
    const clipped = Math.min(Math.max(residual, -delta), delta);
    const pull = weight * factorOf(residual) * clipped;
    squares += weight * factorOf(residual) * clipped * factorOf(residual) * clipped;
    bend += weight * factorOf(residual);
    const start = (clusters.ofRow[row] ?? 0) * size;
    for (let j = 0; j < size; j += 1) {
      const entry = jacobian[row * size + j] ?? 0;
      scores[start + j] = (scores[start + j] ?? 0) + pull * entry;
      for (let k = 0; k < size; k += 1)
        gram[j * size + k] = (gram[j * size + k] ?? 0) + weight * factorOf(residual) * second * entry * (jacobian[row * size + k] ?? 0);
    }
  }
  for (let cluster = 0; cluster < clusters.count; cluster += 1)
    for (let j = 0; j < size; j += 1)
      for (let k = 0; k < size; k += 1)
        meat[j * size + k] = (meat[j * size + k] ?? 0) + (scores[cluster * size + j] ?? 0) * (scores[cluster * size + k] ?? 0);
  const correction = clusters.count > 1 ? (clusters.count / (clusters.count - 1)) * (rowCount / freedom) : 1;
  const inverse = pseudoInverse(gram, size);
  const covariance = multiply(multiply(inverse, meat, size), inverse, size).map((value) => value * correction);
  const likelihoodScale = (second * bend) / Math.max((squares * rowCount) / freedom, Number.MIN_VALUE);
  return {
    likelihoodScale,
    covariance,
    inverseHessian: inverse,
    independence: Float64Array.from({ length: size }, (_, j) => {
      const [alike, real] = [(inverse[j * size + j] ?? 0) / likelihoodScale, covariance[j * size + j] ?? 0];
      return alike > 0 && real > 0 ? alike / real : 1;
    }),
  };
}

/** Inverse with a ridge of 1e-13 of each diagonal entry where it takes one; coordinates without curvature get 0. */
function pseudoInverse(matrix: Float64Array, size: number): Float64Array {
  for (let ridge = 0; ridge < 1; ridge = ridge * 100 + 1e-13) {
    const factor = matrix.slice();
    for (let j = 0; j < size; j += 1) {
      const diagonal = matrix[j * size + j] ?? 0;
      factor[j * size + j] = diagonal > 0 ? diagonal * (1 + ridge) : 1;
    }
    if (!factorCholesky(factor, size)) continue;
    const inverse = new Float64Array(size * size);
    for (let j = 0; j < size; j += 1) {
      if (!((matrix[j * size + j] ?? 0) > 0)) continue;
      const column = new Float64Array(size);
      column[j] = 1;
      solveCholesky(factor, size, column);
      for (let k = 0; k < size; k += 1) inverse[k * size + j] = column[k] ?? 0;
    }
    return inverse;
  }
  return new Float64Array(size * size);
}

function multiply(left: Float64Array, right: Float64Array, size: number): Float64Array {
  return Float64Array.from({ length: size * size }, (_, index) => {
    const [row, column] = [Math.floor(index / size), index % size];
    let sum = 0;
    for (let k = 0; k < size; k += 1) sum += (left[row * size + k] ?? 0) * (right[k * size + column] ?? 0);
    return sum;
  });
}
