import { calibratedForecast } from "../../analysis/fits/calibration/forecast.ts";
import { budgetLevels } from "../../analysis/fits/calibration/budget-levels.ts";
import type { FitRows } from "../../analysis/fits/contract.ts";
import { onResidualScale } from "../../analysis/fits/output-scale.ts";
import { selectRows } from "../../analysis/fits/row-selection.ts";
import { findLaw } from "../../analysis/laws/index.ts";
import { numbers, readTable, type TableRow } from "./isoflop/table.ts";
import { chinchillaRows, sizeTokenRows } from "./size-token-rows.ts";

/** A public set whose largest runs are held out. */
export interface HeldOutSet {
  readonly name: string;
  readonly law: string;
  readonly rows: FitRows;
  readonly budgets: Float64Array;
  /** Rows at or above this budget are held out; left out: the two largest budget levels. */
  readonly from?: number;
}

const computeOf = ({ columns: { N, D } }: FitRows): Float64Array => Float64Array.from(N ?? [], (size, row) => 6 * size * (D?.[row] ?? 0));

function sizeTokenSet(name: string, rows: FitRows, law = "chinchilla"): HeldOutSet {
  return { name, law, rows, budgets: computeOf(rows) };
}

function isoflopSet(name: string, dataset: string, condition?: string): HeldOutSet {
  const table = readTable("isoflop/extracted.csv").filter(
    (row) => row("dataset") === dataset && (condition === undefined || row("condition") === condition),
  );
  return {
    name,
    law: "chinchilla",
    rows: sizeTokenRows(table, { size: "params", tokens: "tokens" }),
    budgets: numbers(table, "budget"),
  };
}

function chinchillaSet(name: string, from: number): HeldOutSet {
  const table = chinchillaRows();
  return { name, law: "chinchilla", rows: sizeTokenRows(table), budgets: numbers(table, "C"), from };
}

/** The run of the best learning rate of each size and horizon. */
function bestOfCells(table: readonly TableRow[]): TableRow[] {
  const best = new Map<string, TableRow>();
  for (const row of table) {
    const cell = `${row("N")} ${row("D")}`;
    const known = best.get(cell);
    if (known === undefined || Number(row("loss")) < Number(known("loss"))) best.set(cell, row);
  }
  return [...best.values()];
}

function overtrainingSet(dataset: string): HeldOutSet {
  const table = readTable("overtraining/runs.csv").filter((row) => row("dataset") === dataset && Number(row("loss_c4_val")) > 0);
  return sizeTokenSet(`overtraining ${dataset.replace("_original", "")}`, sizeTokenRows(table, { loss: "loss_c4_val" }), "over-training");
}

function gemstones(): HeldOutSet {
  const table = readTable("gemstones/hot_100b.csv");
  const names = [...new Set(table.map((row) => row("run_name")))];
  return sizeTokenSet("gemstones", { ...sizeTokenRows(table), clusters: Int32Array.from(table, (row) => names.indexOf(row("run_name"))) });
}

function datablations(): HeldOutSet {
  const table = readTable("datablations/runs.csv").filter((row) => row("in_published_fit") === "True");
  const { columns, output } = sizeTokenRows(table);
  return sizeTokenSet("datablations", { columns: { ...columns, U: numbers(table, "U") }, output }, "data-constrained");
}

/**
 * Public sets, each with the law that its authors fitted (where they fitted several, that of size and tokens): of Chinchilla's rows those
 * of 1e21 FLOP and more are held out, of others the two largest budget levels.
 */
export const heldOutSets = {
  chinchilla: () => chinchillaSet("chinchilla-svg, C < 1e21", 1e21),
  chinchillaFromSmaller: () => chinchillaSet("chinchilla-svg, C < 3e20", 3e20),
  llamaExp: () => isoflopSet("llama 3, exp loss", "llama_3", "exp_loss"),
  llamaRaw: () => isoflopSet("llama 3, raw loss", "llama_3", "raw_loss"),
  comma: () => isoflopSet("marin comma", "comma"),
  dclm: () => isoflopSet("marin dclm", "dclm"),
  misfitting: () => sizeTokenSet("misfitting, best of each cell", sizeTokenRows(bestOfCells(readTable("misfitting/final.csv")))),
  gemstones,
  overtrainingRpj: () => overtrainingSet("rpj"),
  overtrainingC4: () => overtrainingSet("c4_original"),
  overtrainingRw: () => overtrainingSet("rw_original"),
  ladderOlmo: () => sizeTokenSet("ladder-olmo", sizeTokenRows(readTable("ladder-olmo/runs.csv"), { loss: "c4_loss_mean5" })),
  datablations,
} as const;

/** What the intervals of one new run said of the held-out rows. */
export interface HeldOutScore {
  readonly name: string;
  readonly fitted: number;
  readonly rows: number;
  readonly inside: number;
  /** Means over the held-out rows, relative. */
  readonly halfWidth: number;
  readonly error: number;
  /** Mean half-width in units of the output. */
  readonly outputHalfWidth: number;
  readonly words: string;
}

/** Fits the smaller rows, and counts how many of the larger lie inside the intervals of one new run. */
export function scoreHeldOut({ name, law: id, rows, budgets, from }: HeldOutSet): HeldOutScore {
  const law = findLaw(id);
  const logBudgets = budgets.map(Math.log);
  const largest = new Set(
    from === undefined
      ? budgetLevels(logBudgets, rows.clusters)
          .slice(-2)
          .flatMap((level) => level.rows)
      : [...budgets.keys()].filter((row) => (budgets[row] ?? 0) >= from),
  );
  const all = [...budgets.keys()];
  const fitted = all.filter((row) => !largest.has(row));
  const held = all.filter((row) => largest.has(row));
  const at = (part: readonly number[]): Float64Array => Float64Array.from(part, (row) => logBudgets[row] ?? Number.NaN);
  const reach = Math.max(...at(held)) - Math.max(...at(fitted));
  const asked = selectRows(rows, held);
  const places = calibratedForecast(law, selectRows(rows, fitted), at(fitted), { reach }).intervalsAt(asked.columns, at(held));
  const measured = onResidualScale(law, "law", asked.output);
  const share = (value: (place: (typeof places)[number], index: number) => number): number =>
    places.reduce((sum, place, index) => sum + value(place, index), 0) / places.length;
  return {
    name,
    fitted: fitted.length,
    rows: held.length,
    inside: places.filter(({ center, newRunHalfWidth }, index) => Math.abs((measured[index] ?? Number.NaN) - center) <= newRunHalfWidth)
      .length,
    halfWidth: share(({ newRunHalfWidth }) => Math.expm1(newRunHalfWidth)),
    error: share(({ center }, index) => Math.abs(Math.expm1(center - (measured[index] ?? Number.NaN)))),
    outputHalfWidth: share(({ center, newRunHalfWidth }) => Math.exp(center) * Math.expm1(newRunHalfWidth)),
    words: places.at(-1)?.calibration.words ?? "",
  };
}
