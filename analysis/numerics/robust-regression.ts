import { factorCholesky, solveCholesky } from "./cholesky.ts";
import { addWeightedGram, rangeDot } from "./column-products.ts";
import { penaltySum, type RobustPenalty } from "./robust-penalty.ts";

/** Buffers of linear robust regressions of at most `rowCapacity` rows, so that their loops allocate nothing. */
export interface RegressionWorkspace {
  readonly rowCapacity: number;
  readonly size: number;
  /** The step that was found. */
  readonly step: Float64Array;
  /** Residuals at the step. */
  readonly residuals: Float64Array;
  readonly change: Float64Array;
  readonly pull: Float64Array;
  readonly scaled: Float64Array;
  readonly insideRows: Int32Array;
  readonly insideFactors: Float64Array;
  readonly insideColumns: Float64Array;
  readonly gradient: Float64Array;
  readonly direction: Float64Array;
  readonly hessian: Float64Array;
  readonly factor: Float64Array;
  readonly majorant: Float64Array;
  readonly free: Uint8Array;
}

export function createRegressionWorkspace(rowCapacity: number, size: number): RegressionWorkspace {
  return {
    rowCapacity,
    size,
    step: new Float64Array(size),
    residuals: new Float64Array(rowCapacity),
    change: new Float64Array(rowCapacity),
    pull: new Float64Array(rowCapacity),
    scaled: new Float64Array(rowCapacity),
    insideRows: new Int32Array(rowCapacity),
    insideFactors: new Float64Array(rowCapacity),
    insideColumns: new Float64Array(rowCapacity * size),
    gradient: new Float64Array(size),
    direction: new Float64Array(size),
    hessian: new Float64Array(size * size),
    factor: new Float64Array(size * size),
    majorant: new Float64Array(size * size),
    free: new Uint8Array(size),
  };
}

/** residual - columns x step is to be made small in the sense of a penalty. */
export interface RegressionProblem {
  readonly rowCount: number;
  /** Column j of the design starts at j x rowCapacity of the workspace. */
  readonly columns: Float64Array;
  readonly residuals: Float64Array;
  readonly weights: Float64Array;
  readonly penalty: RobustPenalty;
  /** Half of the sum of damping x step^2 is added to the objective. */
  readonly damping: Float64Array;
  /** Bounds of the step. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/** Share of the majorant in the Hessian where few rows are quadratic: enough for a direction, too little to slow the end. */
const majorantShare = 1e-4;
const maximumIterations = 40;
const maximumPasses = 40;

/**
 * Minimises sum weight x penalty(residual - columns x step) + sum damping x step^2 / 2 within bounds, from step 0, by Newton's method
 * with a line search on the piecewise quadratic; it ends after finitely many steps (Madsen and Nielsen 1990, "Finite algorithms for
 * robust linear regression"). Leaves step and residuals in the workspace.
 *
 * @param relativeTolerance ends when what a step can still gain is below this share of what was gained
 * @returns by how much the objective without damping falls
 */
export function solveRobustRegression(problem: RegressionProblem, workspace: RegressionWorkspace, relativeTolerance: number): number {
  const { rowCount, weights, penalty, lower, upper } = problem;
  const { size, step, residuals, change, direction } = workspace;
  step.fill(0);
  residuals.set(problem.residuals.subarray(0, rowCount));
  const initial = penaltySum(penalty, residuals, weights, rowCount);
  let gained = 0;
  let majorantKnown = false;
  for (let iteration = 0; iteration < maximumIterations; iteration += 1) {
    const inside = assemble(problem, workspace);
    if (inside < 3 * size && penalty.delta < Infinity) {
      if (!majorantKnown) assembleMajorant(problem, workspace);
      majorantKnown = true;
      for (let index = 0; index < size * size; index += 1)
        workspace.hessian[index] = (workspace.hessian[index] ?? 0) + majorantShare * (workspace.majorant[index] ?? 0);
    }
    const slope = newtonDirection(problem, workspace);
    if (!(slope < 0)) break;
    changeOfResiduals(problem, workspace);
    const length = lineMinimum(problem, workspace, slope, roomWithinBounds(problem, workspace));
    for (let row = 0; row < rowCount; row += 1) residuals[row] = (residuals[row] ?? 0) - length * (change[row] ?? 0);
    for (let j = 0; j < size; j += 1) {
      const moved = (step[j] ?? 0) + length * (direction[j] ?? 0);
      step[j] = Math.min(Math.max(moved, lower[j] ?? -Infinity), upper[j] ?? Infinity);
    }
    // A quadratic gains half of slope x length.
    gained -= 0.5 * slope * length;
    if (-slope <= relativeTolerance * gained) break;
  }
  return initial - penaltySum(penalty, residuals, weights, rowCount);
}

/** Gradient and Hessian of the piecewise quadratic at the present residuals; returns the number of rows that are quadratic. */
function assemble(problem: RegressionProblem, workspace: RegressionWorkspace): number {
  const { rowCount, columns, weights, penalty, damping } = problem;
  const { size, step, residuals, gradient, hessian, pull, insideRows, insideFactors, insideColumns, rowCapacity } = workspace;
  const { delta, curvatureAbove, curvatureBelow } = penalty;
  let inside = 0;
  for (let row = 0; row < rowCount; row += 1) {
    const residual = residuals[row] ?? 0;
    const factor = (weights[row] ?? 0) * (residual < 0 ? curvatureBelow : curvatureAbove);
    if (residual > delta) pull[row] = factor * delta;
    else if (residual < -delta) pull[row] = -factor * delta;
    else {
      pull[row] = factor * residual;
      insideRows[inside] = row;
      insideFactors[inside] = factor;
      inside += 1;
    }
  }
  hessian.fill(0);
  for (let j = 0; j < size; j += 1) {
    const start = j * rowCapacity;
    gradient[j] = (damping[j] ?? 0) * (step[j] ?? 0) - rangeDot(columns, start, pull, 0, rowCount);
    hessian[j * size + j] = damping[j] ?? 0;
    if (inside < rowCount)
      for (let index = 0; index < inside; index += 1) insideColumns[start + index] = columns[start + (insideRows[index] ?? 0)] ?? 0;
  }
  addWeightedGram(inside < rowCount ? insideColumns : columns, rowCapacity, size, insideFactors, inside, workspace.scaled, hessian);
  return inside;
}

/** Sum of weight x penalty'(residual) / residual x row row': a quadratic with this Hessian never lies below the penalty. */
function assembleMajorant(problem: RegressionProblem, workspace: RegressionWorkspace): void {
  const { rowCount, columns, weights, penalty } = problem;
  const { size, majorant, residuals, change, scaled, rowCapacity } = workspace;
  majorantFactors(penalty, residuals, weights, rowCount, change);
  majorant.fill(0);
  addWeightedGram(columns, rowCapacity, size, change, rowCount, scaled, majorant);
}

/** Weight x penalty'(residual) / residual of each row: what iteratively reweighted least squares calls the row's weight. */
export function majorantFactors(
  penalty: RobustPenalty,
  residuals: Float64Array,
  weights: Float64Array,
  rowCount: number,
  into: Float64Array,
): void {
  const { delta, curvatureAbove, curvatureBelow } = penalty;
  for (let row = 0; row < rowCount; row += 1) {
    const residual = residuals[row] ?? 0;
    const magnitude = residual < 0 ? -residual : residual;
    const factor = (weights[row] ?? 0) * (residual < 0 ? curvatureBelow : curvatureAbove);
    into[row] = magnitude > delta ? (factor * delta) / magnitude : factor;
  }
}

/** Newton's direction over the coordinates that no bound holds; returns gradient x direction, 0 where there is none. */
function newtonDirection(problem: RegressionProblem, workspace: RegressionWorkspace): number {
  const { lower, upper } = problem;
  const { size, step, gradient, direction, hessian, free } = workspace;
  for (let j = 0; j < size; j += 1) {
    const slope = gradient[j] ?? 0;
    const held = slope >= 0 ? (step[j] ?? 0) <= (lower[j] ?? -Infinity) : (step[j] ?? 0) >= (upper[j] ?? Infinity);
    free[j] = held || !((hessian[j * size + j] ?? 0) > 0) ? 0 : 1;
  }
  // A direction that leaves a bound at once is sought again without that coordinate.
  for (let round = 0; round <= size; round += 1) {
    if (!solveFree(workspace)) return 0;
    let leaves = false;
    for (let j = 0; j < size; j += 1) {
      const move = direction[j] ?? 0;
      const blocked = move < 0 ? (step[j] ?? 0) <= (lower[j] ?? -Infinity) : move > 0 && (step[j] ?? 0) >= (upper[j] ?? Infinity);
      if (!blocked) continue;
      free[j] = 0;
      leaves = true;
    }
    if (!leaves) break;
  }
  let slope = 0;
  for (let j = 0; j < size; j += 1) slope += (gradient[j] ?? 0) * (direction[j] ?? 0);
  return slope;
}

/** Solves hessian x direction = -gradient over the free coordinates, with as much of a ridge as it takes. */
function solveFree({ size, gradient, direction, hessian, factor, free }: RegressionWorkspace): boolean {
  for (let ridge = 0; ridge < 1e3; ridge = ridge === 0 ? 1e-12 : ridge * 100) {
    for (let j = 0; j < size; j += 1) {
      const isFree = free[j] === 1;
      for (let k = 0; k < j; k += 1) factor[j * size + k] = isFree && free[k] === 1 ? (hessian[j * size + k] ?? 0) : 0;
      factor[j * size + j] = isFree ? (hessian[j * size + j] ?? 0) * (1 + ridge) : 1;
      direction[j] = isFree ? -(gradient[j] ?? 0) : 0;
    }
    if (!factorCholesky(factor, size)) continue;
    solveCholesky(factor, size, direction);
    return true;
  }
  return false;
}

/** columns x direction: by how much the residuals fall over a step of length 1. */
function changeOfResiduals(problem: RegressionProblem, workspace: RegressionWorkspace): void {
  const { rowCount, columns } = problem;
  const { size, change, direction, rowCapacity } = workspace;
  const first = direction[0] ?? 0;
  for (let row = 0; row < rowCount; row += 1) change[row] = first * (columns[row] ?? 0);
  for (let j = 1; j < size; j += 1) {
    const share = direction[j] ?? 0;
    const start = j * rowCapacity;
    if (share !== 0) for (let row = 0; row < rowCount; row += 1) change[row] = (change[row] ?? 0) + share * (columns[start + row] ?? 0);
  }
}

/** How far the direction may be followed within the bounds. */
function roomWithinBounds(problem: RegressionProblem, workspace: RegressionWorkspace): number {
  const { size, step, direction } = workspace;
  let limit = Infinity;
  for (let j = 0; j < size; j += 1) {
    const move = direction[j] ?? 0;
    if (move === 0) continue;
    const bound = move > 0 ? (problem.upper[j] ?? Infinity) : (problem.lower[j] ?? -Infinity);
    const room = (bound - (step[j] ?? 0)) / move;
    if (room < limit) limit = room;
  }
  return limit;
}

/** Where the slope along the direction, which rises piecewise linearly from `slope` < 0, is nearly 0; at most `limit`. */
function lineMinimum(problem: RegressionProblem, workspace: RegressionWorkspace, slope: number, limit: number): number {
  const { rowCount, weights, penalty, damping } = problem;
  const { size, residuals, change, direction, step } = workspace;
  const { delta, curvatureAbove, curvatureBelow } = penalty;
  let bend = 0;
  let dampingSlope = 0;
  for (let j = 0; j < size; j += 1) {
    const share = (damping[j] ?? 0) * (direction[j] ?? 0);
    bend += share * (direction[j] ?? 0);
    dampingSlope += share * (step[j] ?? 0);
  }
  let low = 0;
  let high = Infinity;
  let length = limit < 1 ? limit : 1;
  for (let pass = 0; pass < maximumPasses; pass += 1) {
    let here = dampingSlope + length * bend;
    let rise = bend;
    for (let row = 0; row < rowCount; row += 1) {
      const move = change[row] ?? 0;
      const residual = (residuals[row] ?? 0) - length * move;
      const factor = (weights[row] ?? 0) * (residual < 0 ? curvatureBelow : curvatureAbove) * move;
      if (residual > delta) here -= factor * delta;
      else if (residual < -delta) here += factor * delta;
      else {
        here -= factor * residual;
        rise += factor * move;
      }
    }
    if ((here <= -0.05 * slope && here >= 0.05 * slope) || (here < 0 && length >= limit)) return length;
    if (here < 0) low = length;
    else high = length;
    let next = rise > 0 ? length - here / rise : Infinity;
    if (!(next > low && next < high)) next = high === Infinity ? length * 8 : 0.5 * (low + high);
    length = Math.min(next, low * 8 + 1, limit);
  }
  return low > 0 ? low : length;
}
