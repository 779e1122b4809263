import type { Columns, Law, LawVariable } from "../../laws/contract.ts";
import { LadderError } from "../../study/ladder-error.ts";
import type { FitRows } from "../contract.ts";
import type { OpenFit } from "../document/open-fit.ts";

/** What a row was to the fit: `held out` rows are larger runs that it has not seen, `excluded` ones were left out for a reason. */
export const rowParts = ["fitted", "held out", "excluded"] as const;
export type RowPart = (typeof rowParts)[number];

/** What a law says of places, on its scale: a calibrated forecast is one. */
export interface IntervalForecast {
  /**
   * @param columns those of the law's inputs, a value a place
   * @param logBudgets ln of each place's budget
   */
  intervalsAt(
    columns: Columns,
    logBudgets: Float64Array,
  ): readonly {
    readonly center: number;
    readonly meanHalfWidth: number;
    readonly newRunHalfWidth: number;
    readonly calibration: { readonly level: number; readonly words: string };
  }[];
}

/** A fit and all rows that there are, with what each was to it: what readings for figures start from. */
export interface FittedRows {
  readonly law: Law;
  /** Of the law's inputs and output; excluded rows included, all finite. */
  readonly rows: FitRows;
  /** One a row. */
  readonly parts: readonly RowPart[];
  /** ln of each row's budget. */
  readonly logBudgets: Float64Array;
  /** How a reader finds each row, such as `line 12`, and why it was excluded; left out: `row 12`. */
  readonly names?: readonly string[];
  /** Of the fitted rows alone. */
  readonly forecast: IntervalForecast;
}

/** A kept fit, with a forecast of the rows that it has seen. @throws LadderError `input` BUDGETS_MISSING where rows have neither C nor N and D */
export function openFittedRows(open: OpenFit, forecast: IntervalForecast): FittedRows {
  const { law, rows, logBudgets, heldOutRows, document } = open;
  if (logBudgets === undefined)
    throw new LadderError(
      "input",
      "BUDGETS_MISSING",
      `the rows of ${document.source} have neither C nor both N and D: there is no budget to draw over`,
      {
        fields: { source: document.source },
        hint: "name the column of training FLOPs when fitting: --map C=…",
      },
    );
  const isHeldOut = new Set(heldOutRows);
  const { labels, places } = document.data;
  return {
    law,
    rows,
    logBudgets,
    forecast,
    parts: Array.from(rows.output, (_, row): RowPart => (isHeldOut.has(row) ? "held out" : "fitted")),
    names: labels ?? places.map((place) => `line ${place}`),
  };
}

/** Words of an axis. Plain JSON. */
export type Quantity = Pick<LawVariable, "name" | "meaning" | "unit">;

/** A range in natural units. Plain JSON. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** Only the words of a law's variable. */
export function quantityOf({ name, meaning, unit }: LawVariable): Quantity {
  return { name, meaning, unit };
}

/** How a reader finds a row. */
export function rowName({ names }: FittedRows, row: number): string {
  return names?.[row] ?? `row ${row}`;
}

/** Indices of the rows of one part. */
export function rowsOf({ parts }: Pick<FittedRows, "parts">, part: RowPart): readonly number[] {
  return parts.flatMap((own, row) => (own === part ? [row] : []));
}
