import { exp, sqrt } from "../../numerics/elementary.ts";
import { studentTCdf } from "../../numerics/student-t.ts";
import type { Columns, Law } from "../../laws/contract.ts";
import { LadderError } from "../../study/ladder-error.ts";
import { indexClusters } from "../clusters.ts";
import type { FitResult, FitRows, Objective } from "../contract.ts";
import { curvatureAt } from "../curvature.ts";
import { type FitOptions, fitLaw } from "../fit-law.ts";
import { penaltyOf } from "../objective.ts";
import { onResidualScale } from "../output-scale.ts";
import { prepareFit } from "../prepared-fit.ts";
import { selectRows } from "../row-selection.ts";
import { budgetLevels } from "./budget-levels.ts";
import { type CalibratedWidths, calibrate } from "./calibrate.ts";
import { type HeldOutError, rollingOrigin, type RowPrediction } from "./rolling-origin.ts";

/** A fit that predicts, and says how sure it is by itself. */
export interface Forecast {
  readonly fit: FitResult;
  /** Scatter of runs around the law, on its scale. */
  readonly noise: number;
  predict(columns: Columns): readonly RowPrediction[];
}

const pi = 3.141592653589793;

/** Residuals beyond this many robust deviations count as this many: an outlier is no measure of the noise of runs. */
const clippedAt = 3;
/** Where the rows leave parameters open, terms of a variance are huge and cancel: below this share of their sizes only rounding is left. */
const roundingShare = 1e-9;
/** Origins of a rolling origin are fitted from this many of the ranked starts: their fits are many, and near each other. */
const polishedOfOrigin = 5;

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
  const noise = noiseOf(prepared.residualsAt(coordinates), coordinates.length, prepared.objective);
  const size = coordinates.length;
  const degreesOfFreedom = Math.max(1, indexClusters(rows).count - size);
  return {
    fit,
    noise,
    predict(columns) {
      const model = law.prepare(columns);
      const centers = new Float64Array(model.rowCount);
      const jacobian = new Float64Array(model.rowCount * size);
      model.predictWithJacobian(coordinates, centers, jacobian);
      return Array.from(centers, (center, row) => {
        let sum = 0;
        let sizes = 0;
        for (let j = 0; j < size; j += 1)
          for (let k = 0; k < size; k += 1) {
            const term = (jacobian[row * size + j] ?? 0) * (covariance[j * size + k] ?? 0) * (jacobian[row * size + k] ?? 0);
            sum += term;
            sizes += Math.abs(term);
          }
        const variance = Math.max(sum, roundingShare * sizes);
        return { center, deviation: sqrt(variance + noise * noise), meanDeviation: sqrt(variance), degreesOfFreedom };
      });
    },
  };
}

/**
 * Root mean square of clipped residuals, over the divisor that makes the mean square right for normal noise: residuals of a fit by a
 * penalty whose estimates have b times the variance of least squares' sum to n - 2 p + b p noise variances (b is 1 for least squares and
 * pi / 2 for least absolute deviations).
 */
function noiseOf(residuals: Float64Array, parameters: number, objective: Objective): number {
  const sizes = residuals.map(Math.abs).sort();
  const freedom = Math.max(1, sizes.length - parameters);
  const middle = sizes.length >> 1;
  const median = sizes.length % 2 === 1 ? (sizes[middle] ?? 0) : ((sizes[middle - 1] ?? 0) + (sizes[middle] ?? 0)) / 2;
  const robust = 1.4826 * median * sqrt(sizes.length / freedom);
  const clipped = robust > 0 ? sizes.map((value) => Math.min(value, clippedAt * robust)) : sizes;
  const squares = clipped.reduce((sum, value) => sum + value * value, 0);
  const { delta } = penaltyOf(objective);
  return sqrt(squares / (freedom + parameters * (relativeVariance(delta, robust) - 1)));
}

/** Variance of Huber's estimates over that of least squares for normal noise (Huber 1964, Ann. Math. Stat. 35, 73). */
function relativeVariance(delta: number, noise: number): number {
  if (!(delta < 10 * noise)) return 1;
  const place = Math.max(delta / noise, 1e-6);
  const beyond = 2 * studentTCdf(-place, 1e7);
  const density = exp(-(place * place) / 2) / sqrt(2 * pi);
  const within = place < 1e-3 ? 2 * place * density : 1 - beyond;
  return (within - 2 * place * density + place * place * beyond) / (within * within);
}

/** A forecast whose intervals are calibrated on what smaller budgets said of larger ones. */
export interface CalibratedForecast extends Forecast {
  /** Every row that was predicted from smaller budgets. */
  readonly heldOut: readonly HeldOutError[];
  /**
   * Calibrated intervals at places.
   *
   * @param columns those of the law's inputs, a value a place
   * @param logBudgets ln of each place's budget
   */
  intervalsAt(columns: Columns, logBudgets: Float64Array): readonly PlaceIntervals[];
}

/** What is said of one place, on the law's scale: two intervals around `center`. */
export interface PlaceIntervals extends CalibratedWidths {
  readonly center: number;
}

/**
 * A forecast with a rolling origin behind it: intervals are those of `calibrate`.
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
  const originOptions: FitOptions = {
    ...options,
    search: { ...options.search, starts: "ranked", polished: Math.min(polishedOfOrigin, whole.fit.search.polished) },
  };
  const heldOut = rollingOrigin(
    levels,
    onResidualScale(law, "law", rows.output),
    (fitted, asked) => {
      const smaller = selectRows(rows, fitted);
      // Barely more runs than parameters say nothing of what lies beyond.
      if (indexClusters(smaller).count < law.parameters.length + 2) return null;
      try {
        return forecast(law, smaller, originOptions).predict(selectRows(rows, asked).columns);
      } catch (error) {
        if (error instanceof LadderError && error.kind !== "defect") return null;
        throw error;
      }
    },
    options.reach,
    rows.clusters,
  );
  const largest = Math.max(...levels.map((level) => level.largest));
  return {
    ...whole,
    heldOut,
    intervalsAt: (columns, places) =>
      whole.predict(columns).map((place, index) => ({
        center: place.center,
        ...calibrate(heldOut, place, (places[index] ?? largest) - largest, options.level),
      })),
  };
}
