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

/** What a function of a matrix does to each eigenvalue, told the largest. */
export type EigenvalueFunction = (eigenvalue: number, largest: number) => number;

/** Functions of symmetric matrices in f64, with room for the largest matrix that they are asked about. */
export interface MatrixFunctions {
  /**
   * statistics (f64, square) <- keep * statistics + weight * X X^T (`left`) or X^T X (`right`), X f32 [rows, columns].
   */
  readonly addSquare: (statistics: Address, side: Side, from: Address, sides: Sides, keep: number, weight: number) => void;
  /** Starts with an f32 matrix G [rows, columns]. */
  readonly load: (from: Address, sides: Sides) => void;
  /**
   * G <- f(S) G (`left`) or G f(S) (`right`), with f applied to the eigenvalues of S, made non-negative. A matrix with NaN turns
   * G to NaN. Cheap when the rank of S is at most half its side, as with few batches.
   */
  readonly multiply: (side: Side, statistics: Address, f: EigenvalueFunction) => void;
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
  const factors = allocateDoubles(engine, largestSide * largestSide);
  const reduced = allocateDoubles(engine, largestLength);
  const values = allocateDoubles(engine, largestSide);
  const scratch = allocateDoubles(engine, 3 * largestSide);
  let sides: Sides = { rows: 0, columns: 0 };

  /** Replaces `square` [n, n] by its eigenvectors in `vectors`; returns its eigenvalues, made non-negative, or nothing for NaN. */
  const decompose = (n: number): readonly number[] | undefined => {
    if (kernels.symmetricEigen(square, n, values, vectors, scratch) === 0)
      return Array.from(doublesAt(engine, values, n), (value) => Math.max(value, 0));
    doublesAt(engine, current, sides.rows * sides.columns).fill(Number.NaN);
    return undefined;
  };
  /** `square` <- diag(factors) vectors. */
  const scaleVectors = (rowFactors: readonly number[], n: number) => {
    for (const [index, factor] of rowFactors.entries()) kernels.doubleScale(square + index * n * 8, vectors + index * n * 8, n, factor);
  };

  /** f(S) = V^T diag(f) V with the eigenvectors in the rows of V. */
  const multiplyFullRank = (side: Side, n: number, statistics: Address, f: EigenvalueFunction) => {
    const { rows, columns } = sides;
    kernels.doubleScale(square, statistics, n * n, 1);
    const eigenvalues = decompose(n);
    if (eigenvalues === undefined) return;
    const largest = Math.max(...eigenvalues);
    scaleVectors(
      eigenvalues.map((value) => f(value, largest)),
      n,
    );
    kernels.doubleMultiply(1, 0, n, n, n, 1, vectors, square, factors, 0, 1);
    if (side === "left") kernels.doubleMultiply(0, 0, rows, columns, n, 1, factors, current, next, 0, 0);
    else kernels.doubleMultiply(0, 0, rows, columns, n, 1, current, factors, next, 0, 0);
    [current, next] = [next, current];
  };

  /**
   * With S = C^T C and the eigenvectors of C C^T in the rows of V, f(S) = f(0) + C^T V^T diag((f - f(0)) / eigenvalue) V C. The
   * products are applied to G one after the other: formed first, their rounding would swamp what small eigenvalues add.
   */
  const multiplyLowRank = (side: Side, n: number, rank: number, f: EigenvalueFunction) => {
    const { rows, columns } = sides;
    kernels.doubleMultiply(0, 1, rank, rank, n, 1, factors, factors, square, 0, 1);
    const eigenvalues = decompose(rank);
    if (eigenvalues === undefined) return;
    const largest = Math.max(0, ...eigenvalues);
    const atZero = f(0, largest);
    scaleVectors(
      eigenvalues.map((value) => (value > 0 ? (f(value, largest) - atZero) / value : 0)),
      rank,
    );
    if (side === "left") kernels.doubleMultiply(0, 0, rank, columns, n, 1, factors, current, next, 0, 0);
    else kernels.doubleMultiply(0, 1, rows, rank, n, 1, current, factors, next, 0, 0);
    if (side === "left") kernels.doubleMultiply(0, 0, rank, columns, rank, 1, vectors, next, reduced, 0, 0);
    else kernels.doubleMultiply(0, 1, rows, rank, rank, 1, next, vectors, reduced, 0, 0);
    if (side === "left") kernels.doubleMultiply(1, 0, rank, columns, rank, 1, square, reduced, next, 0, 0);
    else kernels.doubleMultiply(0, 0, rows, rank, rank, 1, reduced, square, next, 0, 0);
    kernels.doubleScale(current, current, rows * columns, atZero);
    if (side === "left") kernels.doubleMultiply(1, 0, rows, columns, rank, 1, factors, next, current, 1, 0);
    else kernels.doubleMultiply(0, 0, rows, columns, rank, 1, next, factors, current, 1, 0);
  };

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
      const n = side === "left" ? sides.rows : sides.columns;
      const rank = kernels.pivotedCholesky(statistics, n, factors, Math.floor(n / 2), negligibleResidual, scratch);
      if (rank >= 0) multiplyLowRank(side, n, rank, f);
      else multiplyFullRank(side, n, statistics, f);
    },
    store(to) {
      kernels.demote(to, current, sides.rows * sides.columns);
    },
  };
}

/** What pivoted Cholesky leaves out, against the largest diagonal entry: the rounding of f64 sums, well below `negligibleEigenvalue`. */
const negligibleResidual = 1e-14;

/**
 * Eigenvalues of a Gram matrix up to this multiple of the largest are zero in effect: singular values up to 1e-6 of the largest,
 * which is where the rounding of f32 gradients lies. Roots without damping are taken on the rest only.
 */
export const negligibleEigenvalue = 1e-12;

/** lambda^exponent on the range of the matrix, 0 where lambda is negligible. */
export function powerOnRange(power: (eigenvalue: number) => number): EigenvalueFunction {
  return (eigenvalue, largest) => (eigenvalue > negligibleEigenvalue * largest ? power(eigenvalue) : 0);
}
