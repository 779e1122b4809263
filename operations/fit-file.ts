import { log } from "../analysis/numerics/elementary.ts";
import type { FitRows, Objective } from "../analysis/fits/contract.ts";
import { type FitReport, reportFit } from "../analysis/fits/fit-report.ts";
import { findLaw, laws } from "../analysis/laws/index.ts";
import type { Law } from "../analysis/laws/contract.ts";
import type { RunRow } from "../analysis/rows/row.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import { readRows, type RowRequest } from "../infra/run-tables/read-rows.ts";

export interface FitFileOptions extends Pick<RowRequest, "map" | "where" | "cluster" | "counting" | "keepUnfinished" | "keepRepeated"> {
  readonly law: string;
  readonly objective: Objective;
  /** Rows with the highest outcomes that take no part: outliers and the least trained. */
  readonly dropWorst: number;
  readonly holdoutBudgets: number;
  readonly draws: number;
  readonly seed: number;
}

/** A fit of a file's rows. Plain JSON: what `ladder fit --json` prints. */
export interface FileFit extends FitReport {
  readonly source: string;
  readonly counting: string;
  readonly contentHash: string;
}

/**
 * Fits a law to the rows of a file. `row` of an excluded row is its line in the file.
 *
 * @throws LadderError what `readRows` and `reportFit` throw; `input` LAW_UNKNOWN; HOLDOUT_NEEDS_BUDGETS when the rows have neither C nor
 *   both N and D
 */
export async function fitFile(path: string, options: FitFileOptions): Promise<FileFit> {
  const law = findLaw(options.law);
  const { law: _law, objective, dropWorst, holdoutBudgets, draws, seed, ...request } = options;
  const read = await readRows(path, {
    ...request,
    needed: [...law.inputs.map(({ name }) => name), law.output.name],
    outcome: law.output.name,
  });
  const worst = new Set(
    [...read.rows].sort((left, right) => (outcomeOf(law, right) ?? 0) - (outcomeOf(law, left) ?? 0)).slice(0, dropWorst),
  );
  const rows = read.rows.filter((row) => !worst.has(row));
  const logBudgets = budgetsOf(rows);
  if (holdoutBudgets > 0 && logBudgets === undefined)
    throw new LadderError("input", "HOLDOUT_NEEDS_BUDGETS", "to hold out the largest budgets every row needs C, or N and D", {
      fields: { columns: read.columns },
      hint: "name the column of training FLOPs: --map C=…",
    });
  const report = reportFit(law, fitRows(law, rows), {
    objective,
    holdoutBudgets,
    draws,
    seed,
    ...(logBudgets === undefined ? {} : { logBudgets }),
  });
  const lineOf = (row: number): number => rows[row]?.line ?? -1;
  return {
    ...report,
    rows: {
      used: report.rows.used,
      excluded: [
        ...read.excluded.map(({ line, words }) => ({ row: line, reason: words })),
        ...[...worst].map(({ line }) => ({ row: line, reason: `among the ${dropWorst} highest of ${law.output.name} (--drop-worst)` })),
        ...report.rows.excluded.map(({ row, reason }) => ({ row: lineOf(row), reason })),
      ],
    },
    warnings: [...read.report.warnings, ...report.warnings],
    source: path,
    counting: read.report.counting,
    contentHash: read.contentHash,
  };
}

/** Laws for help: id and formula. */
export function lawList(): readonly { readonly id: string; readonly formula: string }[] {
  return laws.map(({ id, formula }) => ({ id, formula }));
}

function fitRows(law: Law, rows: readonly RunRow[]): FitRows {
  const column = (name: string): Float64Array => Float64Array.from(rows, ({ columns }) => columns[name] ?? Number.NaN);
  const names = [...new Set(rows.flatMap(({ cluster }) => (cluster === null ? [] : [cluster])))];
  const place = new Map(names.map((name, index) => [name, index]));
  return {
    columns: Object.fromEntries(law.inputs.map(({ name }) => [name, column(name)])),
    output: column(law.output.name),
    ...(names.length === 0
      ? {}
      : { clusters: Int32Array.from(rows, ({ cluster }, row) => (cluster === null ? names.length + row : (place.get(cluster) ?? 0))) }),
  };
}

function outcomeOf(law: Law, { columns }: RunRow): number | null {
  return columns[law.output.name] ?? null;
}

/** ln C where every row has it, else ln(6 N D). */
function budgetsOf(rows: readonly RunRow[]): Float64Array | undefined {
  const budgets = rows.map(({ columns: { C, N, D } }) => (C != null ? log(C) : N != null && D != null ? log(6 * N * D) : undefined));
  return budgets.every((budget) => budget !== undefined) ? Float64Array.from(budgets) : undefined;
}
