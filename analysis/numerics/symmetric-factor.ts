import { rangeDot } from "./column-products.ts";
import { sqrt } from "./elementary.ts";

/**
 * Factors a symmetric positive definite matrix (row after row, lower triangle read) as L L' and writes L over its lower triangle, row by
 * row, so that every sum runs along memory: for matrices of hundreds of rows (`factorCholesky` is for a handful).
 *
 * @returns the first row whose pivot is not above `floor` times its diagonal entry, with the matrix spoilt; -1 when all are
 */
export function factorSymmetric(matrix: Float64Array, size: number, floor = 1e-14): number {
  for (let row = 0; row < size; row += 1) {
    const start = row * size;
    for (let column = 0; column < row; column += 1) {
      const other = column * size;
      const rest = (matrix[start + column] ?? 0) - rangeDot(matrix, start, matrix, other, column);
      matrix[start + column] = rest / (matrix[other + column] ?? 1);
    }
    const diagonal = matrix[start + row] ?? 0;
    const pivot = diagonal - rangeDot(matrix, start, matrix, start, row);
    if (!(pivot > floor * diagonal && pivot > 0)) return row;
    matrix[start + row] = sqrt(pivot);
  }
  return -1;
}

/** Solves L x = b in place for `size` numbers of `vector` from `offset`; rows of L are `stride` apart. */
export function solveLower(factor: Float64Array, stride: number, size: number, vector: Float64Array, offset = 0): void {
  for (let row = 0; row < size; row += 1) {
    const start = row * stride;
    const rest = (vector[offset + row] ?? 0) - rangeDot(factor, start, vector, offset, row);
    vector[offset + row] = rest / (factor[start + row] ?? 1);
  }
}

/** Solves L' x = b in place. */
export function solveUpper(factor: Float64Array, size: number, vector: Float64Array): void {
  for (let row = size - 1; row >= 0; row -= 1) {
    const start = row * size;
    const value = (vector[row] ?? 0) / (factor[start + row] ?? 1);
    vector[row] = value;
    for (let column = 0; column < row; column += 1) vector[column] = (vector[column] ?? 0) - value * (factor[start + column] ?? 0);
  }
}

/**
 * (L L')^-1 as a full matrix.
 *
 * @param room scratch of the same size; afterwards row i holds column i of L^-1
 */
export function invertFactored(factor: Float64Array, size: number, room: Float64Array, inverse: Float64Array): void {
  for (let column = 0; column < size; column += 1) {
    const start = column * size;
    room[start + column] = 1 / (factor[start + column] ?? 1);
    for (let row = column + 1; row < size; row += 1) {
      const sum = rangeDot(factor, row * size + column, room, start + column, row - column);
      room[start + row] = -sum / (factor[row * size + row] ?? 1);
    }
  }
  for (let row = 0; row < size; row += 1)
    for (let column = 0; column <= row; column += 1) {
      const value = rangeDot(room, row * size + row, room, column * size + row, size - row);
      inverse[row * size + column] = value;
      inverse[column * size + row] = value;
    }
}
