import type { Engine } from "../../engine/engine.ts";
import type { Address } from "../../engine/kernels.ts";
import { type MatrixFunctions, matrixFunctions, powerOnRange, type Sides } from "./matrix-functions.ts";
import { allocateDoubles } from "./tensor-optimizer.ts";

/** Replaces an f32 matrix G = U S V^T [rows, columns] by U V^T or its approximation. */
export type Orthogonalize = (gradient: Address, sides: Sides, epsilon: number) => void;

/**
 * U V^T as (G G^T)^(-1/2) G, or G (G^T G)^(-1/2) when that is smaller, in f64. Singular values up to 1e-6 of the largest count as
 * zero and their vectors are left out: a gradient's rank is at most its batch's rows. `epsilon` plays no part.
 */
export function exactOrthogonalization(engine: Engine, matrices: readonly Sides[]): Orthogonalize {
  const largestSide = Math.max(...matrices.map(({ rows, columns }) => Math.min(rows, columns)));
  const functions: MatrixFunctions = matrixFunctions(engine, matrices, largestSide);
  const statistics = allocateDoubles(engine, largestSide * largestSide);
  const inverseRoot = powerOnRange((eigenvalue) => 1 / Math.sqrt(eigenvalue));
  return (gradient, sides) => {
    const side = sides.rows <= sides.columns ? "left" : "right";
    functions.addSquare(statistics, side, gradient, sides, 0, 1);
    functions.load(gradient, sides);
    functions.multiply(side, statistics, inverseRoot);
    functions.store(gradient);
  };
}

/** Coefficients and number of steps of Jordan et al. 2024 (Muon): singular values end between about 0.7 and 1.2. */
const [first, third, fifth] = [3.4445, -4.775, 2.0315];
const newtonSchulzSteps = 5;

/**
 * Five steps X <- a X + (b X X^T + c (X X^T)^2) X from X = G / (||G||_F + epsilon), in f32 on the smaller side.
 */
export function newtonSchulzOrthogonalization(engine: Engine, matrices: readonly Sides[]): Orthogonalize {
  const { kernels } = engine;
  const largestLength = Math.max(...matrices.map(({ rows, columns }) => rows * columns));
  const largestSide = Math.max(...matrices.map(({ rows, columns }) => Math.min(rows, columns)));
  const other = engine.allocate(largestLength);
  const square = engine.allocate(largestSide * largestSide);
  const polynomial = engine.allocate(largestSide * largestSide);
  return (gradient, { rows, columns }, epsilon) => {
    const length = rows * columns;
    const norm = kernels.rootMeanSquare(gradient, length) * Math.sqrt(length) + epsilon;
    if (norm === 0) return;
    let x = gradient;
    let next = other;
    kernels.copyScaled(x, gradient, length, 1 / norm);
    const n = Math.min(rows, columns);
    for (let step = 0; step < newtonSchulzSteps; step += 1) {
      if (rows <= columns) kernels.matrixMultiply(0, 1, n, n, columns, 1, x, columns, x, columns, square, n, 0);
      else kernels.matrixMultiply(1, 0, n, n, rows, 1, x, columns, x, columns, square, n, 0);
      kernels.copyScaled(polynomial, square, n * n, third);
      kernels.matrixMultiply(0, 0, n, n, n, fifth, square, n, square, n, polynomial, n, 1);
      kernels.copyScaled(next, x, length, first);
      if (rows <= columns) kernels.matrixMultiply(0, 0, n, columns, n, 1, polynomial, n, x, columns, next, columns, 1);
      else kernels.matrixMultiply(0, 0, rows, n, n, 1, x, n, polynomial, n, next, n, 1);
      [x, next] = [next, x];
    }
    // An odd number of steps: the result lies in the other room.
    kernels.copyScaled(gradient, x, length, 1);
  };
}
