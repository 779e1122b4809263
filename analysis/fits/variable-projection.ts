import { factorCholesky, solveCholesky } from "../numerics/cholesky.ts";
import type { LinearPart } from "../laws/contract.ts";
import { residualModel } from "./output-scale.ts";
import { placeLinear, solveLinearPart } from "./linear-start.ts";
import type { PreparedFit } from "./prepared-fit.ts";

/** The best point that one projected search reached. */
export interface ProjectedMinimum {
  readonly coordinates: Float64Array;
  /** Weighted sum of squared residuals of the raw output. */
  readonly objective: number;
  readonly evaluations: number;
}

const maximumIterations = 100;
/** A search ends when the linearised model promises less than this share of the objective. */
const gainTolerance = 1e-14;

/**
 * Least squares on raw values for a law that is linear in some parameters: those are solved for at every point (nonnegative least
 * squares) and only the others are searched, by Gauss and Newton's method with Marquardt's damping on the projected residuals (Golub and
 * Pereyra 1973; derivative of Kaufman 1975). A linear parameter that ends at 0 has vanished.
 *
 * @param start search coordinates; those of linear parameters are not read
 */
export function projectVariables(prepared: PreparedFit, part: LinearPart, start: Float64Array): ProjectedMinimum {
  const { law, rows, rowCount, lower, upper } = prepared;
  const { output, columns } = rows;
  const weights = rows.weights ?? new Float64Array(rowCount).fill(1);
  const size = law.parameters.length;
  const searched = law.parameters.flatMap(({ name }, index) =>
    part.parameters.includes(name) || lower[index] === upper[index] ? [] : [index],
  );
  const model = residualModel(law, "value", columns);
  const predictions = new Float64Array(rowCount);
  const jacobian = new Float64Array(rowCount * size);
  let evaluations = 0;

  const evaluate = (at: Float64Array) => {
    evaluations += 1;
    const coordinates = at.slice();
    const linear = solveLinearPart(law, part, columns, output, weights, coordinates);
    placeLinear(law, part, linear.values, coordinates);
    model.predict(coordinates, predictions);
    let objective = 0;
    for (let row = 0; row < rowCount; row += 1) {
      const residual = (output[row] ?? 0) - (predictions[row] ?? 0);
      objective += (weights[row] ?? 0) * residual * residual;
    }
    return { coordinates, linear, objective };
  };

  /** Gradient of half the objective, and the Gauss-Newton matrix of the projected residuals, over the searched coordinates. */
  const linearise = ({ coordinates, linear }: ReturnType<typeof evaluate>) => {
    model.predictWithJacobian(coordinates, predictions, jacobian);
    const count = searched.length;
    const active = [...linear.values.keys()].filter((index) => (linear.values[index] ?? 0) > 0);
    const gradient = new Float64Array(count);
    const matrix = new Float64Array(count * count);
    const cross = searched.map(() => new Float64Array(active.length));
    const stride = part.parameters.length;
    for (let row = 0; row < rowCount; row += 1) {
      const weight = weights[row] ?? 0;
      const residual = (output[row] ?? 0) - (predictions[row] ?? 0);
      for (let j = 0; j < count; j += 1) {
        const entry = weight * (jacobian[row * size + (searched[j] ?? 0)] ?? 0);
        gradient[j] = (gradient[j] ?? 0) - entry * residual;
        for (let k = 0; k < count; k += 1)
          matrix[j * count + k] = (matrix[j * count + k] ?? 0) + entry * (jacobian[row * size + (searched[k] ?? 0)] ?? 0);
        const products = cross[j];
        if (products !== undefined)
          for (const [place, index] of active.entries())
            products[place] = (products[place] ?? 0) + entry * (linear.basis[row * stride + index] ?? 0);
      }
    }
    const gram = Float64Array.from(active.flatMap((j) => active.map((k) => linear.gram[j * stride + k] ?? 0)));
    if (factorCholesky(gram, active.length))
      for (const [j, left] of cross.entries()) {
        const solved = left.slice();
        solveCholesky(gram, active.length, solved);
        for (const [k, right] of cross.entries())
          matrix[j * count + k] = (matrix[j * count + k] ?? 0) - right.reduce((sum, value, place) => sum + value * (solved[place] ?? 0), 0);
      }
    return { gradient, matrix };
  };

  let here = evaluate(start);
  let damping = 1e-3;
  let line = linearise(here);
  for (let iteration = 0; iteration < maximumIterations && Number.isFinite(here.objective); iteration += 1) {
    const step = dampedStep(line.gradient, line.matrix, damping);
    const trial = here.coordinates.slice();
    let promised = 0;
    for (const [j, index] of searched.entries()) {
      const moved = Math.min(Math.max((trial[index] ?? 0) + (step[j] ?? 0), lower[index] ?? -Infinity), upper[index] ?? Infinity);
      promised -= (line.gradient[j] ?? 0) * (moved - (trial[index] ?? 0));
      trial[index] = moved;
    }
    if (!(promised > gainTolerance * here.objective)) break;
    const there = evaluate(trial);
    if (there.objective < here.objective) {
      here = there;
      line = linearise(here);
      damping *= 0.1;
    } else {
      if (damping > 1e10) break;
      damping = Math.max(damping, 1e-8) * 10;
    }
  }
  return { coordinates: here.coordinates, objective: here.objective, evaluations };
}

function dampedStep(gradient: Float64Array, matrix: Float64Array, damping: number): Float64Array {
  const count = gradient.length;
  for (let ridge = damping; ridge < 1e12; ridge = ridge * 10 + 1e-12) {
    const factor = matrix.slice();
    for (let j = 0; j < count; j += 1) factor[j * count + j] = (factor[j * count + j] ?? 0) * (1 + ridge);
    if (!factorCholesky(factor, count)) continue;
    const step = gradient.map((slope) => -slope);
    solveCholesky(factor, count, step);
    return step;
  }
  return new Float64Array(count);
}
