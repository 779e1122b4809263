import { dot, leastSquares, type LeastSquaresFit } from "../../numerics/least-squares.ts";
import { LadderError } from "../../study/ladder-error.ts";

/** A quadratic through values at places. */
export interface Quadratic {
  /** Vertex from the centre; null where the surface is not curved upwards in every direction. */
  readonly offset: readonly number[] | null;
  /** Value at the vertex. */
  readonly vertexValue: number;
  readonly hessian: readonly (readonly number[])[];
  readonly regression: LeastSquaresFit;
  /** For each axis, d vertex / d coefficients. */
  readonly gradients: readonly (readonly number[])[];
}

/**
 * Least squares of a full quadratic, and its vertex. Columns of the design: 1, each axis, then products of axes i <= j.
 *
 * @param places of one or two axes, best centred
 * @returns null where the places determine no quadratic
 */
export function quadratic(places: readonly (readonly number[])[], responses: readonly number[]): Quadratic | null {
  const size = places[0]?.length ?? 0;
  const pairs = Array.from({ length: size }, (_, i) => Array.from({ length: size - i }, (__, j) => [i, i + j] as const)).flat();
  const row = (at: readonly number[]): number[] => [1, ...at, ...pairs.map(([i, j]) => (at[i] ?? 0) * (at[j] ?? 0))];
  const regression = regress(places.map(row), responses);
  if (regression === null) return null;
  const { coefficients } = regression;
  const slope = coefficients.slice(1, 1 + size);
  const hessian = slope.map((_, i) =>
    slope.map((__, j) => {
      const at = pairs.findIndex(([left, right]) => left === Math.min(i, j) && right === Math.max(i, j));
      return (i === j ? 2 : 1) * (coefficients[1 + size + at] ?? 0);
    }),
  );
  const inverse = invertPositive(hessian);
  if (inverse === null) return { offset: null, vertexValue: Number.NaN, hessian, regression, gradients: [] };
  const offset = inverse.map((values) => -dot(values, slope));
  // hessian v = -slope, so that hessian dv = -dslope - dhessian v.
  const gradients = inverse.map((values) => [
    0,
    ...values.map((value) => -value),
    ...pairs.map(([i, j]) => -((values[i] ?? 0) * (offset[j] ?? 0) + (values[j] ?? 0) * (offset[i] ?? 0))),
  ]);
  return { offset, vertexValue: dot(coefficients, row(offset)), hessian, regression, gradients };
}

function regress(design: readonly (readonly number[])[], responses: readonly number[]): LeastSquaresFit | null {
  try {
    return leastSquares(design, responses);
  } catch (error) {
    if (error instanceof LadderError && error.code === "DESIGN_RANK") return null;
    throw error;
  }
}

/** Inverse of a symmetric matrix of one or two rows; null unless it is positive definite. */
function invertPositive(matrix: readonly (readonly number[])[]): number[][] | null {
  const [a = 0, b = 0, d = 0] = [matrix[0]?.[0], matrix[0]?.[1], matrix[1]?.[1]];
  if (matrix.length === 1) return a > 0 ? [[1 / a]] : null;
  const determinant = a * d - b * b;
  if (!(a > 0 && determinant > 0)) return null;
  return [
    [d / determinant, -b / determinant],
    [-b / determinant, a / determinant],
  ];
}
