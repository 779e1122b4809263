import type { Engine } from "../../engine/engine.ts";
import type { Address } from "../../engine/kernels.ts";
import { allocateDoubles, doublesAt } from "./tensor-optimizer.ts";

/** A matrix tensor's sides. */
export interface Sides {
  readonly rows: number;
  readonly columns: number;
}

/** Which side of a gradient [rows, columns] a square matrix multiplies. */
export type Side = "left" | "right";

/** Functions of symmetric matrices in f64, with room for the largest matrix that they are asked about. */
export interface MatrixFunctions {
  /**
   * statistics (f64, square) <- keep * statistics + weight * X X^T (`left`) or X^T X (`right`), X f32 [rows, columns].
   */
  readonly addSquare: (statistics: Address, side: Side, from: Address, sides: Sides, keep: number, weight: number) => void;
  /** Starts with an f32 matrix G [rows, columns]. */
  readonly load: (from: Address, sides: Sides) => void;
  /**
   * G <- f(S) G (`left`) or G f(S) (`right`), with f applied to the eigenvalues of S: f gets each, made non-negative, and the
   * largest. A matrix with NaN turns G to NaN.
   */
  readonly multiply: (side: Side, statistics: Address, f: (eigenvalue: number, largest: number) => number) => void;
  /** Ends with G in f32. */
  readonly store: (to: Address) => void;
}

/**
 * Makes room for statistics over matrices up to these sizes (`multiply` is O(n^3) in the side of S).
 *
 * @param matrices every matrix that will be loaded or squared
 */
export function matrixFunctions(engine: Engine, matrices: readonly Sides[], largestSide: number): MatrixFunctions {
  const { kernels } = engine;
  kernels.setDoubleWorkspace(engine.allocate(kernels.doubleWorkspaceBytes() / 4));
  const largestLength = Math.max(...matrices.map(({ rows, columns }) => rows * columns));
  let current = allocateDoubles(engine, largestLength);
  let next = allocateDoubles(engine, largestLength);
  const square = allocateDoubles(engine, largestSide * largestSide);
  const vectors = allocateDoubles(engine, largestSide * largestSide);
  const scaled = allocateDoubles(engine, largestSide * largestSide);
  const values = allocateDoubles(engine, largestSide);
  const scratch = allocateDoubles(engine, 3 * largestSide);
  let sides: Sides = { rows: 0, columns: 0 };
  return {
    addSquare(statistics, side, from, { rows, columns }, keep, weight) {
      kernels.promote(next, from, rows * columns);
      const n = side === "left" ? rows : columns;
      const depth = side === "left" ? columns : rows;
      if (keep !== 0 && keep !== 1) kernels.doubleScale(statistics, statistics, n * n, keep);
      kernels.doubleMultiply(
        side === "left" ? 0 : 1,
        side === "left" ? 1 : 0,
        n,
        n,
        depth,
        weight,
        next,
        next,
        statistics,
        keep === 0 ? 0 : 1,
        1,
      );
    },
    load(from, loaded) {
      sides = loaded;
      kernels.promote(current, from, sides.rows * sides.columns);
    },
    multiply(side, statistics, f) {
      const { rows, columns } = sides;
      const n = side === "left" ? rows : columns;
      kernels.doubleScale(square, statistics, n * n, 1);
      if (kernels.symmetricEigen(square, n, values, vectors, scratch) !== 0) {
        doublesAt(engine, current, rows * columns).fill(Number.NaN);
        return;
      }
      const eigenvalues = doublesAt(engine, values, n);
      const largest = eigenvalues.reduce((most, value) => Math.max(most, value), 0);
      eigenvalues.forEach((eigenvalue, index) => {
        kernels.doubleScale(scaled + index * n * 8, vectors + index * n * 8, n, f(Math.max(eigenvalue, 0), largest));
      });
      kernels.doubleMultiply(1, 0, n, n, n, 1, vectors, scaled, square, 0, 1);
      if (side === "left") kernels.doubleMultiply(0, 0, rows, columns, rows, 1, square, current, next, 0, 0);
      else kernels.doubleMultiply(0, 0, rows, columns, columns, 1, current, square, next, 0, 0);
      [current, next] = [next, current];
    },
    store(to) {
      kernels.demote(to, current, sides.rows * sides.columns);
    },
  };
}

/**
 * Eigenvalues of a Gram matrix up to this multiple of the largest are zero in effect: singular values up to 1e-6 of the largest,
 * which is where the rounding of f32 gradients lies. Roots without damping are taken on the rest only.
 */
export const negligibleEigenvalue = 1e-12;

/** lambda^exponent on the range of the matrix, 0 where lambda is negligible. */
export function powerOnRange(power: (eigenvalue: number) => number): (eigenvalue: number, largest: number) => number {
  return (eigenvalue, largest) => (eigenvalue > negligibleEigenvalue * largest ? power(eigenvalue) : 0);
}
