import { LadderError } from "../study/ladder-error.ts";
import { sqrt } from "./elementary.ts";

/** A fitted linear model y = X b + e with independent errors of one variance. */
export interface LeastSquaresFit {
  /** b, one per column of the design. */
  readonly coefficients: readonly number[];
  /** (X'X)^-1: times the error variance it is the covariance of the coefficients. */
  readonly inverseGram: readonly (readonly number[])[];
  /** y - X b, in the order of the rows. */
  readonly residuals: readonly number[];
  /** Rows minus columns. */
  readonly degreesOfFreedom: number;
  /** Square root of the residual sum of squares over the degrees of freedom; null when none are left. */
  readonly residualStandardDeviation: number | null;
}

/**
 * Ordinary least squares by modified Gram-Schmidt orthogonalisation (Bjorck 1967), for the small designs of basins and
 * drifts. Sums run in the order of the rows, so equal inputs give equal bits.
 *
 * @param design rows of the design matrix, all of one length
 * @param responses one number per row
 * @throws LadderError `defect` DESIGN_SHAPE when the shapes differ or there are fewer rows than columns
 * @throws LadderError `input` DESIGN_RANK when a column is (numerically) a combination of the others
 */
export function leastSquares(design: readonly (readonly number[])[], responses: readonly number[]): LeastSquaresFit {
  const columns = design[0]?.length ?? 0;
  if (columns === 0 || design.length !== responses.length || design.length < columns || design.some((row) => row.length !== columns))
    throw new LadderError("defect", "DESIGN_SHAPE", `a design of ${design.length} x ${columns} does not fit ${responses.length} responses`);
  const basis = Array.from({ length: columns }, (_, column) => design.map((row) => row[column] ?? 0));
  const triangle: number[][] = [];
  let remainder = [...responses];
  const projections: number[] = [];
  for (const [column, vector] of basis.entries()) {
    let rest = vector;
    const scale = sqrt(dot(vector, vector));
    const upper: number[] = [];
    for (const [earlier, unit] of basis.slice(0, column).entries()) {
      const overlap = dot(unit, rest);
      upper[earlier] = overlap;
      rest = subtract(rest, unit, overlap);
    }
    const length = sqrt(dot(rest, rest));
    if (!(length > 1e-10 * scale))
      throw new LadderError("input", "DESIGN_RANK", `column ${column} of the design is a combination of the columns before it`);
    const unit = rest.map((value) => value / length);
    upper[column] = length;
    basis[column] = unit;
    triangle.push(upper);
    const projection = dot(unit, remainder);
    projections.push(projection);
    remainder = subtract(remainder, unit, projection);
  }
  const inverse = invertTriangle(triangle);
  const coefficients = inverse.map((row) => dot(row, projections));
  const inverseGram = inverse.map((row) => inverse.map((other) => dot(row, other)));
  const degreesOfFreedom = design.length - columns;
  return {
    coefficients,
    inverseGram,
    residuals: remainder,
    degreesOfFreedom,
    residualStandardDeviation: degreesOfFreedom > 0 ? sqrt(dot(remainder, remainder) / degreesOfFreedom) : null,
  };
}

/** Square root of the quadratic form a' (X'X)^-1 a: times the residual standard deviation, the standard error of a'b. */
export function leverage(fit: LeastSquaresFit, direction: readonly number[]): number {
  return sqrt(
    dot(
      direction,
      fit.inverseGram.map((row) => dot(row, direction)),
    ),
  );
}

/** Sum of products, in order. */
export function dot(left: readonly number[], right: readonly number[]): number {
  let sum = 0;
  for (const [index, value] of left.entries()) sum += value * (right[index] ?? 0);
  return sum;
}

function subtract(vector: readonly number[], unit: readonly number[], factor: number): number[] {
  return vector.map((value, index) => value - factor * (unit[index] ?? 0));
}

/** Inverse of the upper triangular R whose column c is `triangle[c]` (entries 0 … c); rows of the result. */
function invertTriangle(triangle: readonly (readonly number[])[]): number[][] {
  const size = triangle.length;
  const inverse = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  for (const [column, entries] of triangle.entries()) {
    const diagonal = entries[column] ?? 1;
    for (const [row, target] of inverse.entries()) {
      if (row > column) continue;
      let sum = row === column ? 1 : 0;
      for (let middle = row; middle < column; middle += 1) sum -= (target[middle] ?? 0) * (entries[middle] ?? 0);
      target[column] = sum / diagonal;
    }
  }
  return inverse;
}
