import type { FitRows, Objective } from "../../../analysis/fits/contract.ts";
import { parseFitDocument } from "../../../analysis/fits/document/fit-document.ts";
import { type OpenFit, openFit } from "../../../analysis/fits/document/open-fit.ts";
import { reportFit } from "../../../analysis/fits/fit-report.ts";
import type { Law } from "../../../analysis/laws/contract.ts";
import { logBudgets } from "../../../analysis/fits/log-budgets.ts";

export interface KeptFitOptions {
  readonly objective?: Objective;
  readonly holdoutBudgets?: number;
  readonly draws?: number;
  readonly seed?: number;
  readonly counting?: "total" | "non-embedding" | "unknown";
  /** N, D or C beside the law's own inputs. */
  readonly others?: Readonly<Record<string, Float64Array>>;
}

/** A fit of rows as a user opens it again: through its document and JSON. */
export function keptFit(law: Law, rows: FitRows, options: KeptFitOptions = {}): OpenFit {
  const {
    objective = { kind: "huber", delta: 1e-3 },
    holdoutBudgets = 0,
    draws = 100,
    seed = 0,
    counting = "total",
    others = {},
  } = options;
  const columns = { ...rows.columns, ...others };
  const budgets = logBudgets(columns, rows.output.length);
  const report = reportFit(law, rows, {
    objective,
    holdoutBudgets,
    draws,
    seed,
    ...(budgets === undefined ? {} : { logBudgets: budgets }),
  });
  const document: unknown = {
    ...report,
    kind: "law-fit",
    id: null,
    study: null,
    source: "runs.csv",
    counting,
    contentHash: "0".repeat(64),
    codeVersion: "test",
    request: { objective, holdoutBudgets, dropWorst: 0, draws, seed, bestPer: null, map: null, where: null, cluster: null },
    data: {
      columns: Object.fromEntries(
        [...Object.entries(columns), [law.output.name, rows.output] as const].map(([name, column]) => [name, [...column]]),
      ),
      places: [...rows.output.keys()],
      labels: null,
      clusters: rows.clusters === undefined ? null : [...rows.clusters].map(String),
      heldOut: report.rows.excluded.map(({ row }) => row),
    },
  };
  return openFit(parseFitDocument(JSON.parse(JSON.stringify(document)), "the fit"));
}
