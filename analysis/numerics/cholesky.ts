import { sqrt } from "./elementary.ts";

/**
 * Factors a symmetric positive definite matrix (row after row, size x size) as L L' and writes L over its lower triangle.
 * False, with the matrix spoilt, when a pivot is not above `relativeFloor` times its diagonal entry.
 */
export function factorCholesky(matrix: Float64Array, size: number, relativeFloor = 1e-15): boolean {
  for (let column = 0; column < size; column += 1) {
    const diagonal = matrix[column * size + column] ?? 0;
    let pivot = diagonal;
    for (let k = 0; k < column; k += 1) {
      const entry = matrix[column * size + k] ?? 0;
      pivot -= entry * entry;
    }
    if (!(pivot > relativeFloor * diagonal && pivot > 0)) return false;
    const root = sqrt(pivot);
    matrix[column * size + column] = root;
    for (let row = column + 1; row < size; row += 1) {
      let sum = matrix[row * size + column] ?? 0;
      for (let k = 0; k < column; k += 1) sum -= (matrix[row * size + k] ?? 0) * (matrix[column * size + k] ?? 0);
      matrix[row * size + column] = sum / root;
    }
  }
  return true;
}

/** Solves L L' x = b in place, L as `factorCholesky` left it. */
export function solveCholesky(factor: Float64Array, size: number, vector: Float64Array): void {
  for (let row = 0; row < size; row += 1) {
    let sum = vector[row] ?? 0;
    for (let k = 0; k < row; k += 1) sum -= (factor[row * size + k] ?? 0) * (vector[k] ?? 0);
    vector[row] = sum / (factor[row * size + row] ?? 1);
  }
  for (let row = size - 1; row >= 0; row -= 1) {
    let sum = vector[row] ?? 0;
    for (let k = row + 1; k < size; k += 1) sum -= (factor[k * size + row] ?? 0) * (vector[k] ?? 0);
    vector[row] = sum / (factor[row * size + row] ?? 1);
  }
}
