import { penaltySum } from "../numerics/robust-penalty.ts";
import { createRobustSearch, type RobustMinimum, type RobustSettings } from "../numerics/robust-gauss-newton.ts";
import type { Law } from "../laws/contract.ts";
import type { FitRows, Objective, ResidualScale } from "./contract.ts";
import { coordinateBounds } from "./coordinates.ts";
import { checkFitRows } from "./fit-row-checks.ts";
import { minimiseObjective } from "./minimise.ts";
import { defaultObjective, penaltyOf } from "./objective.ts";
import { onResidualScale, residualModel } from "./output-scale.ts";

/** What is minimised. */
export interface FitProblemOptions {
  /** Left out: Huber's with delta 0.001. */
  readonly objective?: Objective;
  /** Left out: the law's own. */
  readonly residualScale?: ResidualScale;
  /** Search coordinates of parameters that are not fitted, by name. */
  readonly held?: Readonly<Record<string, number>>;
}

/** A law, rows and an objective, compiled with all buffers that searches need: made once, minimised often. */
export interface PreparedFit {
  readonly law: Law;
  readonly rows: FitRows;
  readonly objective: Objective;
  readonly residualScale: ResidualScale;
  readonly rowCount: number;
  /** What was measured, on the scale of residuals. */
  readonly measured: Float64Array;
  /** Bounds in search coordinates; equal where a parameter is held. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** Objective at a point; Infinity or NaN where the law overflows. */
  objectiveAt(coordinates: Float64Array): number;
  /** Measured - predicted at a point, on the scale of residuals; a new array. */
  residualsAt(coordinates: Float64Array): Float64Array;
  /** Minimises over all rows from `coordinates`, and leaves the minimum there. */
  minimise(coordinates: Float64Array, settings: RobustSettings): RobustMinimum;
  /** As `minimise`, with one coordinate held at the value it has. */
  minimiseHeld(index: number, coordinates: Float64Array, settings: RobustSettings): RobustMinimum;
  /** Predictions' derivatives at a point, rowCount x parameters, row after row; a new array. */
  jacobianAt(coordinates: Float64Array): Float64Array;
  /**
   * As `minimise` with each row's weight multiplied by `factors`, 0 for a row that is left out. `measured` stands in for what was
   * measured, on the scale of residuals.
   */
  minimiseResampled(factors: Float64Array, coordinates: Float64Array, settings: RobustSettings, measured?: Float64Array): RobustMinimum;
}

/**
 * @param rows columns of the law's inputs in natural units, all finite
 * @throws LadderError `input` as `checkFitRows`; OUTPUT_NOT_POSITIVE when a logarithm is to be fitted
 */
export function prepareFit(law: Law, rows: FitRows, options: FitProblemOptions = {}): PreparedFit {
  const { objective = defaultObjective, residualScale = "law", held = {} } = options;
  checkFitRows(law, rows, law.parameters.filter(({ name }) => held[name] === undefined).length);
  const rowCount = rows.output.length;
  const weights = rows.weights ?? new Float64Array(rowCount).fill(1);
  const measured = onResidualScale(law, residualScale, rows.output);
  const model = residualModel(law, residualScale, rows.columns);
  const { lower, upper } = coordinateBounds(law);
  for (const [index, { name }] of law.parameters.entries()) {
    const value = held[name];
    if (value === undefined) continue;
    lower[index] = value;
    upper[index] = value;
  }
  const search = createRobustSearch(rowCount, law.parameters.length);
  const penalty = penaltyOf(objective);
  const whole = { model, measured, weights, lower, upper };
  const scratch = new Float64Array(rowCount);
  const names = law.inputs.map(({ name }) => name);
  const columns = names.map((name) => rows.columns[name] ?? scratch);
  const kept = {
    columns: names.map(() => new Float64Array(rowCount)),
    measured: new Float64Array(rowCount),
    weights: new Float64Array(rowCount),
  };

  return {
    law,
    rows,
    objective,
    residualScale,
    rowCount,
    measured,
    lower,
    upper,
    objectiveAt(coordinates) {
      model.predict(coordinates, scratch);
      for (let row = 0; row < rowCount; row += 1) scratch[row] = (measured[row] ?? 0) - (scratch[row] ?? 0);
      return penaltySum(penalty, scratch, weights, rowCount);
    },
    residualsAt(coordinates) {
      model.predict(coordinates, scratch);
      return measured.map((value, row) => value - (scratch[row] ?? 0));
    },
    minimise: (coordinates, settings) => minimiseObjective(search, whole, objective, coordinates, settings),
    minimiseHeld(index, coordinates, settings) {
      const bounds = { lower: lower.slice(), upper: upper.slice() };
      bounds.lower[index] = coordinates[index] ?? 0;
      bounds.upper[index] = coordinates[index] ?? 0;
      return minimiseObjective(search, { ...whole, ...bounds }, objective, coordinates, settings);
    },
    jacobianAt(coordinates) {
      const jacobian = new Float64Array(rowCount * law.parameters.length);
      model.predictWithJacobian(coordinates, scratch, jacobian);
      return jacobian;
    },
    minimiseResampled(factors, coordinates, settings, replaced = measured) {
      let count = 0;
      for (let row = 0; row < rowCount; row += 1) {
        const weight = (weights[row] ?? 0) * (factors[row] ?? 0);
        if (weight === 0) continue;
        for (let index = 0; index < columns.length; index += 1) {
          const into = kept.columns[index];
          if (into !== undefined) into[count] = columns[index]?.[row] ?? 0;
        }
        kept.measured[count] = replaced[row] ?? 0;
        kept.weights[count] = weight;
        count += 1;
      }
      // Rows that are left out are gone, not weighed 0: a third of a bootstrap's rows cost nothing.
      const part = Object.fromEntries(names.map((name, index) => [name, (kept.columns[index] ?? scratch).subarray(0, count)]));
      const problem = { model: residualModel(law, residualScale, part), measured: kept.measured, weights: kept.weights, lower, upper };
      return minimiseObjective(search, problem, objective, coordinates, settings);
    },
  };
}
