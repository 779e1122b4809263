import { sqrt } from "../../numerics/elementary.ts";
import type { Columns, Law } from "../../laws/contract.ts";
import { LadderError } from "../../study/ladder-error.ts";
import type { FitResult, FitRows } from "../contract.ts";
import { curvatureAt } from "../curvature.ts";
import { type FitOptions, fitLaw } from "../fit-law.ts";
import { onResidualScale } from "../output-scale.ts";
import { prepareFit } from "../prepared-fit.ts";
import { selectRows } from "../row-selection.ts";
import { budgetLevels } from "./budget-levels.ts";
import { type Calibration, calibrate } from "./calibrate.ts";
import { type HeldOutError, rollingOrigin, type RowPrediction } from "./rolling-origin.ts";

/** A prediction with its deviations, on the law's scale. */
export interface ForecastPoint extends RowPrediction {
  /** Standard deviation of the law itself there: error of the parameters alone. */
  readonly meanDeviation: number;
}

/** A fit that predicts, and says how sure it is by itself. */
export interface Forecast {
  readonly fit: FitResult;
  /** Scatter of runs around the law, on its scale. */
  readonly noise: number;
  predict(columns: Columns): readonly ForecastPoint[];
}

/** Residuals beyond this many robust deviations count as this many: an outlier is no measure of the noise of runs. */
const clippedAt = 3;

/**
 * Fits and predicts. The deviation of a prediction is the delta method's: gradient x covariance of the parameters (sandwich by clusters,
 * `curvatureAt`) x gradient, plus for a new run the noise of runs, the root mean square of residuals clipped at 3 robust deviations.
 *
 * @throws LadderError as `fitLaw`
 */
export function forecast(law: Law, rows: FitRows, options: FitOptions = {}): Forecast {
  return forecastOf(law, rows, fitLaw(law, rows, options), options);
}

function forecastOf(law: Law, rows: FitRows, fit: FitResult, options: FitOptions): Forecast {
  const coordinates = Float64Array.from(fit.parameters, ({ coordinate }) => coordinate);
  const prepared = prepareFit(law, rows, { ...options, residualScale: "law" });
  const { covariance } = curvatureAt(prepared, coordinates);
  const noise = noiseOf(prepared.residualsAt(coordinates), coordinates.length);
  const size = coordinates.length;
  return {
    fit,
    noise,
    predict(columns) {
      const model = law.prepare(columns);
      const centers = new Float64Array(model.rowCount);
      const jacobian = new Float64Array(model.rowCount * size);
      model.predictWithJacobian(coordinates, centers, jacobian);
      return Array.from(centers, (center, row) => {
        let variance = 0;
        for (let j = 0; j < size; j += 1)
          for (let k = 0; k < size; k += 1)
            variance += (jacobian[row * size + j] ?? 0) * (covariance[j * size + k] ?? 0) * (jacobian[row * size + k] ?? 0);
        const parameters = Math.max(0, variance);
        return { center, deviation: sqrt(parameters + noise * noise), meanDeviation: sqrt(parameters) };
      });
    },
  };
}

function noiseOf(residuals: Float64Array, parameters: number): number {
  const sizes = residuals.map(Math.abs).sort();
  const middle = sizes.length >> 1;
  const median = sizes.length % 2 === 1 ? (sizes[middle] ?? 0) : ((sizes[middle - 1] ?? 0) + (sizes[middle] ?? 0)) / 2;
  const most = clippedAt * 1.4826 * median * sqrt(sizes.length / Math.max(1, sizes.length - parameters));
  const clipped = most > 0 ? sizes.map((value) => Math.min(value, most)) : sizes;
  const squares = clipped.reduce((sum, value) => sum + value * value, 0);
  return sqrt(squares / Math.max(1, sizes.length - parameters));
}

/** A forecast whose intervals are calibrated on what smaller budgets said of larger ones. */
export interface CalibratedForecast extends Forecast {
  /** Every row that was predicted from smaller budgets. */
  readonly heldOut: readonly HeldOutError[];
  /** How many deviations an interval takes at a place this far from the largest budget of the rows, ln. */
  calibrationAt(logBudget: number): Calibration;
  /**
   * Calibrated intervals at places.
   *
   * @param columns those of the law's inputs, a value a place
   * @param logBudgets ln of each place's budget
   */
  intervalsAt(columns: Columns, logBudgets: Float64Array): readonly PlaceIntervals[];
}

/** What is said of one place, on the law's scale: two intervals around `center`. */
export interface PlaceIntervals {
  readonly center: number;
  /** Half-width of the interval for the mean of runs there. */
  readonly meanHalfWidth: number;
  /** Half-width of the interval for one new run there. */
  readonly newRunHalfWidth: number;
  readonly calibration: Calibration;
}

/**
 * A forecast with a rolling origin behind it.
 *
 * @param logBudgets ln of each row's budget
 * @param options `reach`: largest ln distance beyond the rows that will be asked for; `fit`: that of the same rows and options, if it is there
 */
export function calibratedForecast(
  law: Law,
  rows: FitRows,
  logBudgets: Float64Array,
  options: FitOptions & { readonly reach: number; readonly level?: number; readonly fit?: FitResult },
): CalibratedForecast {
  const whole = forecastOf(law, rows, options.fit ?? fitLaw(law, rows, options), options);
  const levels = budgetLevels(logBudgets, rows.clusters);
  const measured = onResidualScale(law, "law", rows.output);
  const heldOut = rollingOrigin(
    levels,
    measured,
    (fitted, asked) => {
      // Barely more rows than parameters say nothing of what lies beyond.
      if (fitted.length < law.parameters.length + 2) return null;
      try {
        return forecast(law, selectRows(rows, fitted), options).predict(selectRows(rows, asked).columns);
      } catch (error) {
        if (error instanceof LadderError && error.kind !== "defect") return null;
        throw error;
      }
    },
    options.reach,
  );
  const largest = Math.max(...levels.map(({ logBudget }) => logBudget));
  const freedom = rows.output.length - law.parameters.length;
  const calibrationAt = (logBudget: number): Calibration => calibrate(heldOut, logBudget - largest, freedom, options.level);
  return {
    ...whole,
    heldOut,
    calibrationAt,
    intervalsAt: (columns, places) =>
      whole.predict(columns).map(({ center, deviation, meanDeviation }, place) => {
        const calibration = calibrationAt(places[place] ?? largest);
        return {
          center,
          meanHalfWidth: calibration.multiplier * meanDeviation,
          newRunHalfWidth: calibration.multiplier * deviation,
          calibration,
        };
      }),
  };
}
