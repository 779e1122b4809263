import { nonnegativeLeastSquares } from "../numerics/nonnegative-least-squares.ts";
import type { Columns, Law, LinearPart } from "../laws/contract.ts";
import { fromCoordinate, toCoordinate } from "./coordinates.ts";

/** The best linear parameters for given others, and what they leave. */
export interface LinearSolution {
  /** Natural values, at least 0, in the order of `LinearPart.parameters`. */
  readonly values: Float64Array;
  /** Basis columns, rowCount x parameters, row after row. */
  readonly basis: Float64Array;
  /** Weighted Gram matrix of the basis. */
  readonly gram: Float64Array;
}

/** Nonnegative least squares of the output on the basis of a law's linear part. `coordinates` give the other parameters. */
export function solveLinearPart(
  law: Law,
  part: LinearPart,
  columns: Columns,
  output: Float64Array,
  weights: Float64Array,
  coordinates: Float64Array,
): LinearSolution {
  const size = part.parameters.length;
  const nonlinear: Record<string, number> = {};
  for (const [index, parameter] of law.parameters.entries())
    if (!part.parameters.includes(parameter.name)) nonlinear[parameter.name] = fromCoordinate(parameter, coordinates[index] ?? 0) ?? 0;
  const basis = new Float64Array(output.length * size);
  part.basis(columns, nonlinear, basis);
  const gram = new Float64Array(size * size);
  const products = new Float64Array(size);
  for (let row = 0, offset = 0; row < output.length; row += 1, offset += size) {
    const weight = weights[row] ?? 0;
    for (let j = 0; j < size; j += 1) {
      const entry = weight * (basis[offset + j] ?? 0);
      products[j] = (products[j] ?? 0) + entry * (output[row] ?? 0);
      for (let k = 0; k < size; k += 1) gram[j * size + k] = (gram[j * size + k] ?? 0) + entry * (basis[offset + k] ?? 0);
    }
  }
  return { values: nonnegativeLeastSquares(gram, products, size), basis, gram };
}

/** Writes linear parameters into search coordinates. */
export function placeLinear(law: Law, part: LinearPart, values: Float64Array, coordinates: Float64Array): void {
  for (const [index, parameter] of law.parameters.entries()) {
    const place = part.parameters.indexOf(parameter.name);
    if (place >= 0) coordinates[index] = toCoordinate(parameter, values[place] ?? 0);
  }
}
