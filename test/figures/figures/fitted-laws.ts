import { exp, log } from "../../../analysis/numerics/elementary.ts";
import { calibratedForecast } from "../../../analysis/fits/calibration/forecast.ts";
import type { FitRows } from "../../../analysis/fits/contract.ts";
import { fitLaw } from "../../../analysis/fits/fit-law.ts";
import type { FittedRows, RowPart } from "../../../analysis/fits/readings/fitted-rows.ts";
import { selectRows } from "../../../analysis/fits/row-selection.ts";
import type { Law } from "../../../analysis/laws/contract.ts";
import { chinchilla } from "../../../analysis/laws/chinchilla.ts";
import { findLaw } from "../../../analysis/laws/index.ts";
import { chinchillaRows, sizeTokenRows } from "../../published/size-token-rows.ts";
import { numbers, readTable } from "../../published/isoflop/table.ts";

/** Fits the rows whose part is `fitted`, with intervals calibrated up to `farthest`, FLOPs or ln budget's unit. */
export function fitParts(law: Law, rows: FitRows, logBudgets: Float64Array, parts: readonly RowPart[], farthest: number): FittedRows {
  const chosen = parts.flatMap((part, row) => (part === "fitted" ? [row] : []));
  const fitted = selectRows(rows, chosen);
  const budgets = Float64Array.from(chosen, (row) => logBudgets[row] ?? 0);
  const forecast = calibratedForecast(law, fitted, budgets, { fit: fitLaw(law, fitted), reach: log(farthest) - Math.max(...budgets) });
  return { law, rows, parts, logBudgets, forecast };
}

/** All 245 points of Hoffmann's figure: above 1e21 FLOPs held out, the five highest losses excluded. */
export function chinchillaFit(): FittedRows {
  const rows = sizeTokenRows(chinchillaRows(true));
  const logBudgets = (rows.columns["N"] ?? new Float64Array(0)).map((size, row) => log(6 * size * (rows.columns["D"]?.[row] ?? 0)));
  const parts = Array.from(logBudgets, (budget, row): RowPart => (row >= 240 ? "excluded" : budget > log(1e21) ? "held out" : "fitted"));
  return fitParts(chinchilla, rows, logBudgets, parts, exp(Math.max(...logBudgets)));
}

/** Ladder's seven sizes of (Mis)Fitting's finished runs, the largest budget held out. */
export function misfittingFit(): FittedRows {
  const table = readTable("misfitting/final.csv");
  const best = new Map<string, (typeof table)[number]>();
  // The best learning rate of each size and number of tokens.
  for (const row of table) {
    const key = `${row("N")} ${row("D")}`;
    const known = best.get(key);
    if (known === undefined || Number(row("loss")) < Number(known("loss"))) best.set(key, row);
  }
  const kept = [...best.values()];
  const rows = sizeTokenRows(kept);
  const logBudgets = numbers(kept, "C_6ND").map((budget) => log(budget));
  const largest = Math.max(...logBudgets);
  const parts = Array.from(logBudgets, (budget): RowPart => (budget > largest - log(4) ? "held out" : "fitted"));
  return fitParts(chinchilla, rows, logBudgets, parts, exp(largest));
}

/** The lowest loss of each of Llama 3's budgets, the largest held out. */
export function llamaFit(): FittedRows {
  const lowest = new Map<number, number>();
  for (const row of readTable("isoflop/extracted.csv")) {
    if (row("condition") !== "raw_loss") continue;
    const [budget, loss] = [Number(row("budget")), Number(row("loss"))];
    lowest.set(budget, Math.min(loss, lowest.get(budget) ?? Infinity));
  }
  const budgets = Float64Array.from([...lowest.keys()].sort((left, right) => left - right));
  const rows = { columns: { C: budgets }, output: budgets.map((budget) => lowest.get(budget) ?? 0) };
  const parts = Array.from(budgets, (_, row): RowPart => (row === budgets.length - 1 ? "held out" : "fitted"));
  return fitParts(
    findLaw("power-of-compute-irreducible"),
    rows,
    budgets.map((budget) => log(budget)),
    parts,
    4e25,
  );
}
