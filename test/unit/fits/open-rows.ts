import type { FitRows } from "../../../analysis/fits/contract.ts";
import { type OpenFit, openFit } from "../../../analysis/fits/document/open-fit.ts";
import { type FitReportOptions, reportFit } from "../../../analysis/fits/fit-report.ts";
import type { Law } from "../../../analysis/laws/contract.ts";

/** A fit of rows as `ladder fit` would keep it. `columns` beside the law's own are kept too, such as C. */
export function openRows(
  law: Law,
  rows: FitRows,
  { draws = 200, seed = 0, holdoutBudgets = 0, ...options }: Partial<FitReportOptions> = {},
): OpenFit {
  const report = reportFit(law, rows, { draws, seed, holdoutBudgets, ...options });
  const columns = Object.entries({ ...rows.columns, [law.output.name]: rows.output }).map(([name, column]) => [name, Array.from(column)]);
  return openFit({
    ...report,
    kind: "law-fit",
    id: null,
    study: null,
    source: "runs.csv",
    counting: "total",
    contentHash: "0123456789abcdef",
    codeVersion: "0",
    rows: { ...report.rows, excluded: [...report.rows.excluded] },
    request: {
      objective: report.fit.objective,
      holdoutBudgets,
      dropWorst: 0,
      draws,
      seed,
      bestPer: null,
      map: null,
      where: null,
      cluster: null,
    },
    data: {
      columns: Object.fromEntries(columns) as Record<string, number[]>,
      places: Array.from(rows.output.keys(), (row) => row + 2),
      labels: null,
      clusters: rows.clusters === undefined ? null : Array.from(rows.clusters, String),
      heldOut: report.rows.excluded.map(({ row }) => row),
    },
  });
}
