import { exp, log } from "../../../analysis/numerics/elementary.ts";
import { calibratedForecast } from "../../../analysis/fits/calibration/forecast.ts";
import type { FitResult, FitRows } from "../../../analysis/fits/contract.ts";
import { fitLaw } from "../../../analysis/fits/fit-law.ts";
import { allocateCompute } from "../../../analysis/fits/allocation.ts";
import { bootstrapFits, bootstrapInterval } from "../../../analysis/fits/bootstrap.ts";
import type { FrontierPlace, FrontierValue, PlannedAllocation } from "../../../analysis/fits/readings/allocation-frontier.ts";
import type { FittedRows, RowPart } from "../../../analysis/fits/readings/fitted-rows.ts";
import { predictOutput } from "../../../analysis/fits/output-scale.ts";
import { type PreparedFit, prepareFit } from "../../../analysis/fits/prepared-fit.ts";
import { selectRows } from "../../../analysis/fits/row-selection.ts";
import type { Law } from "../../../analysis/laws/contract.ts";
import { chinchilla } from "../../../analysis/laws/chinchilla.ts";
import { findLaw } from "../../../analysis/laws/index.ts";
import { chinchillaRows, sizeTokenRows } from "../../published/size-token-rows.ts";
import { numbers, readTable } from "../../published/isoflop/table.ts";

/** A law where its search ended. */
export interface Minimum {
  readonly law: Law;
  readonly fit: FitResult;
  readonly prepared: PreparedFit;
}

/** As a figure takes it, and what was fitted. */
export type Fitted = FittedRows & Minimum;

/** Fits the rows whose part is `fitted`. Intervals are wider the farther away, by a rule that is stated here: pictures keep their bits while calibration is improved. */
function fitParts(law: Law, rows: FitRows, logBudgets: Float64Array, parts: readonly RowPart[]): Fitted {
  const fitted = selectRows(rows, chosen(parts));
  const fit = fitLaw(law, fitted);
  const coordinates = Float64Array.from(fit.parameters, ({ coordinate }) => coordinate);
  const largest = Math.max(...chosen(parts).map((row) => logBudgets[row] ?? 0));
  const forecast: FittedRows["forecast"] = {
    intervalsAt: (columns, places) =>
      Array.from(predictOutput(law, coordinates, columns), (output, place) => {
        const logDistance = (places[place] ?? 0) - largest;
        const meanHalfWidth = 0.004 + 0.004 * Math.max(0, logDistance);
        return {
          center: log(output),
          meanHalfWidth,
          newRunHalfWidth: 0.01 + meanHalfWidth,
          calibration: { level: 0.95, words: "stated widths" },
        };
      }),
  };
  return { law, rows, parts, logBudgets, forecast, fit, prepared: prepareFit(law, fitted) };
}

function chosen(parts: readonly RowPart[]): readonly number[] {
  return parts.flatMap((part, row) => (part === "fitted" ? [row] : []));
}

/** The same with intervals that are calibrated on the fit's own smaller budgets. */
export function calibrated(fitted: Fitted): Fitted {
  const { law, rows, parts, logBudgets, fit } = fitted;
  const budgets = Float64Array.from(chosen(parts), (row) => logBudgets[row] ?? 0);
  const reach = Math.max(...logBudgets) - Math.max(...budgets);
  return { ...fitted, forecast: calibratedForecast(law, selectRows(rows, chosen(parts)), budgets, { fit, reach }) };
}

/** All 245 points of Hoffmann's figure: above 1e21 FLOPs held out, the five highest losses excluded. */
export function chinchillaFit(): Fitted {
  const rows = sizeTokenRows(chinchillaRows(true));
  const logBudgets = (rows.columns["N"] ?? new Float64Array(0)).map((size, row) => log(6 * size * (rows.columns["D"]?.[row] ?? 0)));
  const parts = Array.from(logBudgets, (budget, row): RowPart => (row >= 240 ? "excluded" : budget > log(1e21) ? "held out" : "fitted"));
  return fitParts(chinchilla, rows, logBudgets, parts);
}

/** (Mis)Fitting's finished runs, the best learning rate of each size and number of tokens. */
function misfittingRows(): { readonly rows: FitRows; readonly logBudgets: Float64Array } {
  const table = readTable("misfitting/final.csv");
  const best = new Map<string, (typeof table)[number]>();
  for (const row of table) {
    const key = `${row("N")} ${row("D")}`;
    const known = best.get(key);
    if (known === undefined || Number(row("loss")) < Number(known("loss"))) best.set(key, row);
  }
  const kept = [...best.values()];
  return { rows: sizeTokenRows(kept), logBudgets: numbers(kept, "C_6ND").map((budget) => log(budget)) };
}

/** (Mis)Fitting's best runs, all within a factor of 4 of the largest budget held out. */
export function misfittingFit(): Fitted {
  const { rows, logBudgets } = misfittingRows();
  const largest = Math.max(...logBudgets);
  const parts = Array.from(logBudgets, (budget): RowPart => (budget > largest - log(4) ? "held out" : "fitted"));
  return fitParts(chinchilla, rows, logBudgets, parts);
}

/** A fit to all of (Mis)Fitting's best runs, without a forecast. */
export function misfittingMinimum(): Minimum {
  return minimumOf(misfittingRows().rows);
}

function minimumOf(rows: FitRows): Minimum {
  return { law: chinchilla, fit: fitLaw(chinchilla, rows), prepared: prepareFit(chinchilla, rows) };
}

/** The lowest loss of each of Llama 3's budgets, the largest held out. */
export function llamaFit(): Fitted {
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
  );
}

/** Runs of one data set of Open-Athena's extraction, without those that it calls outliers unless asked. */
export function extractedRows(dataset: string, condition: string, outliers: boolean): FitRows {
  const rows = readTable("isoflop/extracted.csv").filter(
    (row) => row("dataset") === dataset && row("condition") === condition && (outliers || row("outlier") === "False"),
  );
  return { columns: { C: numbers(rows, "budget"), N: numbers(rows, "params"), D: numbers(rows, "tokens") }, output: numbers(rows, "loss") };
}

/** Runs of one configuration of Porian et al. */
export function porianRows(configuration: string): FitRows {
  const rows = readTable("isoflop/porian-owt2.csv").filter((row) => row("config") === configuration);
  return { columns: { C: numbers(rows, "flops"), N: numbers(rows, "n"), D: numbers(rows, "t") }, output: numbers(rows, "loss") };
}

/** Search coordinates of a fit. */
export function coordinatesOf({ fit }: Minimum): Float64Array {
  return Float64Array.from(fit.parameters, ({ coordinate }) => coordinate);
}

/** The best split at a budget and at powers of ten on the way, over a hundred refits. */
export function plannedAllocation(fitted: Fitted, target: number): PlannedAllocation {
  const { law, prepared, logBudgets, parts } = fitted;
  const best = coordinatesOf(fitted);
  const draws = bootstrapFits(prepared, best, { kind: "pairs", seed: 1, count: 100 });
  const placeAt = (compute: number): FrontierPlace => {
    const value = (quantity: (coordinates: Float64Array) => number): FrontierValue => {
      const { low, high } = bootstrapInterval(draws, quantity);
      return { value: quantity(best), low, high };
    };
    const of = (name: "size" | "tokens" | "tokensPerParameter" | "loss") =>
      value((coordinates) => allocateCompute(law, coordinates, compute)[name]);
    return { compute, size: of("size"), tokens: of("tokens"), tokensPerParameter: of("tokensPerParameter"), loss: of("loss") };
  };
  const budgets = Array.from(logBudgets, (budget) => exp(budget)).filter((_, row) => parts[row] === "fitted");
  const [from, to] = [Math.min(...budgets), Math.max(...budgets)];
  return {
    level: 0.95,
    method: "percentiles of 100 refits over 217 clusters, seed 1",
    fittedCompute: { from, to },
    places: [placeAt(target)],
    frontier: [from, ...[1e18, 1e19, 1e20, 1e21, 1e22, 1e23, 1e24].filter((compute) => compute > from && compute <= target)].map(placeAt),
  };
}

/** Chinchilla's points with about twenty tokens a parameter: size and tokens do not vary apart from each other. */
export function oneRatioMinimum(): Minimum {
  const rows = chinchillaRows().filter((row) => Math.abs(log(Number(row("D")) / Number(row("N")) / 20)) < 0.15);
  return minimumOf(sizeTokenRows(rows));
}
