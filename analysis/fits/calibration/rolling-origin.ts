import type { BudgetLevel } from "./budget-levels.ts";

/** What a fit says of a row that it has not seen, on the law's logarithmic scale. */
export interface RowPrediction {
  readonly center: number;
  /** Standard deviation of a new run there by the fit itself: noise of runs and error of the parameters. */
  readonly deviation: number;
  /** Standard deviation of the law itself there: error of the parameters alone. */
  readonly meanDeviation: number;
}

/** Fits the rows of a list and predicts others; null where too few rows, or rows of too few budgets, identify the law. */
export type FitAndPredict = (fitted: readonly number[], asked: readonly number[]) => readonly RowPrediction[] | null;

/** One row, predicted by a fit of smaller budgets only. */
export interface HeldOutError {
  readonly row: number;
  /** Levels that the fit saw. */
  readonly levelsFitted: number;
  /** ln of this row's level over the largest level of the fit. */
  readonly logDistance: number;
  /** ln measured - ln predicted. */
  readonly error: number;
  readonly deviation: number;
  readonly meanDeviation: number;
}

/** Two budgets cannot tell a falling power from a constant that is left: the first origin has seen three. */
const fewestLevels = 3;

/**
 * Every row of a level, predicted from smaller levels: fit on levels 1 … k, predict all later ones, for every k from three on that the law can be
 * fitted on (evaluation on a rolling forecasting origin; Hyndman and Athanasopoulos, Forecasting, section 5.10).
 *
 * @param measured ln of the output, a row
 * @param reach largest logDistance of interest: levels farther from the origin are left out
 */
export function rollingOrigin(
  levels: readonly BudgetLevel[],
  measured: Float64Array,
  fitAndPredict: FitAndPredict,
  reach: number,
): readonly HeldOutError[] {
  return levels.slice(0, -1).flatMap((origin, index) => {
    if (index + 1 < fewestLevels) return [];
    const later = levels.slice(index + 1).filter(({ logBudget }, step) => step === 0 || logBudget - origin.logBudget <= reach);
    const asked = later.flatMap(({ rows }) => rows);
    const predictions = fitAndPredict(
      levels.slice(0, index + 1).flatMap(({ rows }) => rows),
      asked,
    );
    if (predictions === null) return [];
    const distances = later.flatMap(({ logBudget, rows }) => rows.map(() => logBudget - origin.logBudget));
    return predictions.map(({ center, deviation, meanDeviation }, place): HeldOutError => {
      const row = asked[place] ?? -1;
      return {
        row,
        levelsFitted: index + 1,
        logDistance: distances[place] ?? 0,
        error: (measured[row] ?? Number.NaN) - center,
        deviation,
        meanDeviation,
      };
    });
  });
}
