import type { BudgetLevel } from "./budget-levels.ts";

/** What a fit says of a row that it has not seen, on the law's scale. */
export interface RowPrediction {
  readonly center: number;
  /** Standard deviation of a new run there by the fit itself: noise of runs and error of the parameters. */
  readonly deviation: number;
  /** Standard deviation of the law itself there: error of the parameters alone. */
  readonly meanDeviation: number;
  /** Of the deviations: clusters minus parameters, at least 1. */
  readonly degreesOfFreedom: number;
}

/** Fits the rows of a list and predicts others; null where too few rows, or rows of too few budgets, identify the law. */
export type FitAndPredict = (fitted: readonly number[], asked: readonly number[]) => readonly RowPrediction[] | null;

/** One row, predicted by a fit of smaller budgets only. */
export interface HeldOutError extends Omit<RowPrediction, "center"> {
  readonly row: number;
  /** Its cluster; its own number where rows have none. */
  readonly cluster: number;
  /** Index of its level. */
  readonly level: number;
  /** Levels that the fit saw. */
  readonly levelsFitted: number;
  /** ln of the mean budget of this row's level over the largest budget of the fit. */
  readonly logDistance: number;
  /** Measured - predicted, on the law's scale. */
  readonly error: number;
}

/** Two budgets cannot tell a falling power from a constant that is left: the first origin has seen three. */
const fewestLevels = 3;

/**
 * Rows of larger levels, predicted from smaller ones: fit on levels 1 … k, predict the later ones, for every k from half of the levels
 * (at least three) on that the law can be fitted on (evaluation on a rolling forecasting origin; Hyndman and Athanasopoulos,
 * Forecasting, section 5.10). Fits of less than half of the levels are not made: they know the law far less well than the fit whose
 * intervals are asked for.
 *
 * @param measured on the law's scale, a value a row
 * @param reach largest logDistance of interest: of each origin, levels beyond the first that is at least as far away are left out
 * @param clusters index of each row's cluster; left out: each row is its own
 */
export function rollingOrigin(
  levels: readonly BudgetLevel[],
  measured: Float64Array,
  fitAndPredict: FitAndPredict,
  reach: number,
  clusters?: Int32Array,
): readonly HeldOutError[] {
  const first = Math.max(fewestLevels, Math.ceil(levels.length / 2));
  return levels.slice(0, -1).flatMap((origin, index) => {
    if (index + 1 < first) return [];
    const { largest } = origin;
    const later = levels.slice(index + 1);
    const enough = later.findIndex(({ logBudget }) => logBudget - largest >= reach);
    const held = (enough === -1 ? later : later.slice(0, enough + 1)).flatMap(({ logBudget, rows }, step) =>
      rows.map((row) => ({ row, level: index + 1 + step, logDistance: logBudget - largest })),
    );
    const predictions = fitAndPredict(
      levels.slice(0, index + 1).flatMap(({ rows }) => rows),
      held.map(({ row }) => row),
    );
    if (predictions === null) return [];
    return predictions.map(({ center, ...own }, place): HeldOutError => {
      const { row, level, logDistance } = held[place] ?? { row: -1, level: -1, logDistance: 0 };
      return {
        ...own,
        row,
        cluster: clusters?.[row] ?? row,
        level,
        levelsFitted: index + 1,
        logDistance,
        error: (measured[row] ?? Number.NaN) - center,
      };
    });
  });
}
