import { exp } from "../../numerics/elementary.ts";
import { mean } from "../../numerics/mean.ts";
import { budgetLevels } from "../calibration/budget-levels.ts";
import { onResidualScale } from "../output-scale.ts";
import { selectRows } from "../row-selection.ts";
import { type FittedRows, rowName, rowsOf } from "./fitted-rows.ts";

const ln10 = 2.302585092994046;

export type ResidualPart = "fitted" | "held out";

export interface ResidualRow {
  readonly part: ResidualPart;
  /** As the budgets were given: FLOPs, as a rule. */
  readonly budget: number;
  readonly residual: number;
  readonly name: string;
}

/** Mean residual of one part of a budget's rows, and between which budgets they lie. */
export interface ResidualMean {
  readonly part: ResidualPart;
  readonly rows: number;
  readonly mean: number;
  readonly from: number;
  readonly to: number;
}

/** Rows of about one budget. */
export interface ResidualLevel {
  readonly budget: number;
  /** Smallest and largest budget of its rows. */
  readonly from: number;
  readonly to: number;
  /** Mean half-width of the interval of one new run over its rows. */
  readonly halfWidth: number;
  readonly means: readonly ResidualMean[];
}

/** How far measured rows lie from a fitted law. Plain JSON. */
export interface LawResiduals {
  readonly law: string;
  /** Unit of the residuals, null for differences of natural logarithms. */
  readonly unit: string | null;
  readonly output: string;
  readonly level: number;
  readonly rows: readonly ResidualRow[];
  /** By rising budget. */
  readonly levels: readonly ResidualLevel[];
  /** Rows that took no part and are not told. */
  readonly excluded: number;
}

/**
 * Measured minus predicted, in ln of the output (in the output itself for laws of plain values), with the interval of one new run and the
 * mean of every budget: a mean that drifts with the budget says that the law bends otherwise than the rows.
 */
export function readLawResiduals(fitted: FittedRows): LawResiduals {
  const { law, rows, logBudgets, forecast } = fitted;
  const parts: readonly ResidualPart[] = ["fitted", "held out"];
  const known = parts.flatMap((part) => rowsOf(fitted, part).map((row) => ({ row, part })));
  known.sort((left, right) => left.row - right.row);
  const taking = selectRows(
    rows,
    known.map(({ row }) => row),
  );
  const budgets = Float64Array.from(known, ({ row }) => logBudgets[row] ?? 0);
  const measured = onResidualScale(law, "law", taking.output);
  const toLn = law.scale === "log10" ? ln10 : 1;
  const places = forecast.intervalsAt(taking.columns, budgets);
  const residuals = places.map(({ center }, index) => toLn * ((measured[index] ?? Number.NaN) - center));
  const levels = known.length === 0 ? [] : budgetLevels(budgets);
  return {
    law: law.id,
    unit: law.scale === "value" ? law.output.unit : null,
    output: law.output.name,
    level: places[0]?.calibration.level ?? 0.95,
    rows: known.map(({ row, part }, index) => ({
      part,
      budget: exp(budgets[index] ?? 0),
      residual: residuals[index] ?? 0,
      name: rowName(fitted, row),
    })),
    levels: levels.map(({ logBudget, rows: own }) => {
      const ofLevel = own.map((index) => budgets[index] ?? 0);
      return {
        budget: exp(logBudget),
        from: exp(Math.min(...ofLevel)),
        to: exp(Math.max(...ofLevel)),
        halfWidth: toLn * mean(own.map((index) => places[index]?.newRunHalfWidth ?? 0)),
        means: parts.flatMap((part) => {
          const chosen = own.filter((index) => known[index]?.part === part);
          if (chosen.length === 0) return [];
          const at = chosen.map((index) => budgets[index] ?? 0);
          const value = mean(chosen.map((index) => residuals[index] ?? 0));
          return [{ part, rows: chosen.length, mean: value, from: exp(Math.min(...at)), to: exp(Math.max(...at)) }];
        }),
      };
    }),
    excluded: rowsOf(fitted, "excluded").length,
  };
}
