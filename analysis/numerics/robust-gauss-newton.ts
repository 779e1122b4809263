import { rangeDot } from "./column-products.ts";
import { penaltySum, type RobustPenalty } from "./robust-penalty.ts";
import { createRegressionWorkspace, majorantFactors, solveRobustRegression } from "./robust-regression.ts";

/** A model of rows. */
export interface RowModel {
  readonly rowCount: number;
  /** Writes one prediction a row. */
  predict(coordinates: Float64Array, predictions: Float64Array): void;
  /** Writes predictions and d prediction / d coordinate, rowCount x size, row after row. */
  predictWithJacobian(coordinates: Float64Array, predictions: Float64Array, jacobian: Float64Array): void;
}

export interface RobustProblem {
  readonly model: RowModel;
  readonly measured: Float64Array;
  /** At least 0. */
  readonly weights: Float64Array;
  readonly penalty: RobustPenalty;
  /** Bounds of the coordinates; -Infinity and Infinity for none. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

export interface RobustSettings {
  readonly maximumIterations: number;
  /** A search ends when the largest |gradient| is below this times the objective. */
  readonly gradientTolerance: number;
  /** A search ends when the linearised model promises less than this share of the objective. */
  readonly gainTolerance: number;
  /** Damping of the first step, relative to the curvature of each coordinate: 0 near a minimum, about 0.01 far from one. */
  readonly initialDamping: number;
}

export interface RobustMinimum {
  readonly objective: number;
  /** Largest |d objective / d coordinate| over the coordinates that no bound holds. */
  readonly gradientNorm: number;
  readonly evaluations: number;
}

/** How often a step is bent after the curve of the model. */
const maximumCorrections = 3;
/** Above this damping steps are short anyway. */
const correctedDamping = 1e-2;

/** A search whose buffers serve many problems of at most `rowCapacity` rows. */
export interface RobustSearch {
  /** Minimises from `coordinates` and leaves the minimum there. */
  minimise(problem: RobustProblem, coordinates: Float64Array, settings: RobustSettings): RobustMinimum;
}

/**
 * Gauss and Newton's method for any convex penalty: the model is linearised, the linear robust regression is solved to the end, and
 * damping (Marquardt 1963) shortens steps beyond which the line does not hold. One evaluation of the model an iteration; near a minimum
 * it converges quadratically, as residuals are small and their signs mixed (Burke and Ferris 1995, "A Gauss-Newton method for convex
 * composite optimization").
 */
export function createRobustSearch(rowCapacity: number, size: number): RobustSearch {
  const workspace = createRegressionWorkspace(rowCapacity, size);
  const factors = new Float64Array(rowCapacity);
  const jacobian = new Float64Array(rowCapacity * size);
  let residuals = new Float64Array(rowCapacity);
  let trialResiduals = new Float64Array(rowCapacity);
  let columns = new Float64Array(rowCapacity * size);
  let trialColumns = new Float64Array(rowCapacity * size);
  let spareResiduals = new Float64Array(rowCapacity);
  let spareColumns = new Float64Array(rowCapacity * size);
  const bent = new Float64Array(rowCapacity);
  const corrected = new Float64Array(size);
  const trial = new Float64Array(size);
  const lowerStep = new Float64Array(size);
  const upperStep = new Float64Array(size);
  const damped = new Float64Array(size);

  const residualsAt = (problem: RobustProblem, at: Float64Array, into: Float64Array, columnsInto: Float64Array): number => {
    const { model, measured, weights, penalty } = problem;
    const { rowCount } = model;
    model.predictWithJacobian(at, into, jacobian);
    for (let row = 0; row < rowCount; row += 1) into[row] = (measured[row] ?? 0) - (into[row] ?? 0);
    for (let j = 0; j < size; j += 1)
      for (let row = 0, from = j, to = j * rowCapacity; row < rowCount; row += 1, from += size, to += 1)
        columnsInto[to] = jacobian[from] ?? 0;
    return penaltySum(penalty, into, weights, rowCount);
  };

  const gradientNorm = (problem: RobustProblem, at: Float64Array): number => {
    const { model, weights, penalty, lower, upper } = problem;
    majorantFactors(penalty, residuals, weights, model.rowCount, factors);
    for (let row = 0; row < model.rowCount; row += 1) factors[row] = (factors[row] ?? 0) * (residuals[row] ?? 0);
    let norm = 0;
    for (let j = 0; j < size; j += 1) {
      const slope = -rangeDot(columns, j * rowCapacity, factors, 0, model.rowCount);
      const place = at[j] ?? 0;
      const held = slope >= 0 ? place <= (lower[j] ?? -Infinity) : place >= (upper[j] ?? Infinity);
      if (!held) norm = Math.max(norm, Math.abs(slope));
    }
    return norm;
  };

  /** Residuals as if the line bent at 0 by as much as it does at the trial: trial residual + columns x step. */
  const bendTarget = (rowCount: number, from: Float64Array): void => {
    for (let row = 0; row < rowCount; row += 1) bent[row] = trialResiduals[row] ?? 0;
    for (let j = 0; j < size; j += 1) {
      const share = (trial[j] ?? 0) - (from[j] ?? 0);
      for (let row = 0, place = j * rowCapacity; row < rowCount; row += 1, place += 1)
        bent[row] = (bent[row] ?? 0) + share * (columns[place] ?? 0);
    }
  };

  /** Marquardt's: damping x the diagonal of the majorant's Hessian. */
  const setDamping = (problem: RobustProblem, damping: number): void => {
    damped.fill(0);
    if (damping === 0) return;
    const { rowCount } = problem.model;
    majorantFactors(problem.penalty, residuals, problem.weights, rowCount, factors);
    for (let j = 0; j < size; j += 1) {
      let sum = 0;
      for (let row = 0, place = j * rowCapacity; row < rowCount; row += 1, place += 1) {
        const entry = columns[place] ?? 0;
        sum += (factors[row] ?? 0) * entry * entry;
      }
      damped[j] = damping * sum;
    }
  };

  return {
    minimise(problem, coordinates, settings) {
      const { model, lower, upper, penalty, weights } = problem;
      for (let j = 0; j < size; j += 1)
        coordinates[j] = Math.min(Math.max(coordinates[j] ?? 0, lower[j] ?? -Infinity), upper[j] ?? Infinity);
      let objective = residualsAt(problem, coordinates, residuals, columns);
      let evaluations = 1;
      let damping = settings.initialDamping;
      let growth = 4;
      for (let iteration = 0; iteration < settings.maximumIterations && objective > 0 && objective < Infinity; iteration += 1) {
        if (gradientNorm(problem, coordinates) <= settings.gradientTolerance * objective) break;
        setDamping(problem, damping);
        for (let j = 0; j < size; j += 1) {
          lowerStep[j] = (lower[j] ?? -Infinity) - (coordinates[j] ?? 0);
          upperStep[j] = (upper[j] ?? Infinity) - (coordinates[j] ?? 0);
        }
        const promised = solveRobustRegression(
          { rowCount: model.rowCount, columns, residuals, weights, penalty, damping: damped, lower: lowerStep, upper: upperStep },
          workspace,
          1e-1,
        );
        if (promised <= settings.gainTolerance * objective) break;
        for (let j = 0; j < size; j += 1) trial[j] = (coordinates[j] ?? 0) + (workspace.step[j] ?? 0);
        let reached = residualsAt(problem, trial, trialResiduals, trialColumns);
        evaluations += 1;
        let ratio = (objective - reached) / promised;
        for (let round = 0; round < maximumCorrections && ratio < 0.75 && damping < correctedDamping && reached < Infinity; round += 1) {
          bendTarget(model.rowCount, coordinates);
          solveRobustRegression(
            { rowCount: model.rowCount, columns, residuals: bent, weights, penalty, damping: damped, lower: lowerStep, upper: upperStep },
            workspace,
            1e-1,
          );
          for (let j = 0; j < size; j += 1) corrected[j] = (coordinates[j] ?? 0) + (workspace.step[j] ?? 0);
          const correctedObjective = residualsAt(problem, corrected, spareResiduals, spareColumns);
          evaluations += 1;
          if (!(correctedObjective < reached)) break;
          trial.set(corrected);
          [trialResiduals, spareResiduals] = [spareResiduals, trialResiduals];
          [trialColumns, spareColumns] = [spareColumns, trialColumns];
          reached = correctedObjective;
          ratio = (objective - reached) / promised;
        }
        if (ratio > 1e-4) {
          coordinates.set(trial);
          [residuals, trialResiduals] = [trialResiduals, residuals];
          [columns, trialColumns] = [trialColumns, columns];
          objective = reached;
          // What was just found to be too long is not tried again at once.
          if (ratio > 0.75) damping = damping < 1e-10 ? 0 : damping * (growth > 4 ? 0.5 : 0.2);
          else if (ratio < 0.25) damping = damping === 0 ? 1e-3 : damping * 2;
          growth = 4;
        } else {
          if (damping > 1e12) break;
          damping = damping === 0 ? 1e-3 : damping * growth;
          growth *= 2;
        }
      }
      return { objective, gradientNorm: gradientNorm(problem, coordinates), evaluations };
    },
  };
}
