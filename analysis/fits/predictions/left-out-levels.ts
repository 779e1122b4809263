import { mean } from "../../numerics/mean.ts";
import { LadderError } from "../../study/ladder-error.ts";
import { budgetLevels } from "../calibration/budget-levels.ts";
import type { OpenFit } from "../document/open-fit.ts";
import { predictOutput } from "../output-scale.ts";
import { prepareFit } from "../prepared-fit.ts";
import { refit, warmStarts } from "../refit.ts";
import { selectRows } from "../row-selection.ts";
import { type AskedPlace, budgetOf } from "./asked-place.ts";

/** The fit without the rows of one budget. Plain JSON. */
export interface LeftOutLevel {
  /** Geometric mean of its rows' budgets. */
  readonly budget: number;
  /** Rows that were left out. */
  readonly rows: number;
  /** What the rest predicts at the place; null where it is too little to be fitted. */
  readonly value: number | null;
  /** Relative to the prediction of all rows. */
  readonly change: number | null;
  /** Mean |predicted / measured - 1| of the rows that were left out. */
  readonly error: number | null;
  /** Why there is no prediction. */
  readonly reason: string | null;
}

/**
 * Leaves each budget of the fitted rows out in turn and asks what is left: which rungs a prediction hangs on. Refits start from the fit of
 * all rows, and with vanished terms brought back.
 *
 * @param value what all rows predict at the place
 * @returns by rising budget; empty where rows have no budget
 */
export function leaveLevelsOut(open: OpenFit, { columns, budget }: AskedPlace, value: number): readonly LeftOutLevel[] {
  if (budget === null) return [];
  const { law, fitted, coordinates, problem } = open;
  return budgetLevels(budget.fitted, fitted.clusters).map(({ logBudget, rows }): LeftOutLevel => {
    const leftOut = new Set(rows);
    const rest = [...fitted.output.keys()].filter((row) => !leftOut.has(row));
    const base = { budget: budgetOf(logBudget), rows: rows.length };
    const nothing = { value: null, change: null, error: null };
    // As many rows as parameters pass through any of them.
    if (rest.length <= law.parameters.length) return { ...base, ...nothing, reason: `${rest.length} rows are left` };
    try {
      const prepared = prepareFit(law, selectRows(fitted, rest), problem);
      const found = refit(prepared, new Float64Array(rest.length).fill(1), warmStarts(prepared, coordinates)).coordinates;
      const predicted = predictOutput(law, found, columns)[0] ?? Number.NaN;
      const own = selectRows(fitted, rows);
      const errors = [...predictOutput(law, found, own.columns)].map((output, row) =>
        Math.abs(output / (own.output[row] ?? Number.NaN) - 1),
      );
      return { ...base, value: predicted, change: predicted / value - 1, error: mean(errors), reason: null };
    } catch (error) {
      if (error instanceof LadderError && error.kind !== "defect") return { ...base, ...nothing, reason: error.message };
      throw error;
    }
  });
}
