import { findLaw } from "../../laws/index.ts";
import type { Law } from "../../laws/contract.ts";
import { logBudgets } from "../log-budgets.ts";
import type { FitResult, FitRows } from "../contract.ts";
import type { FitProblemOptions } from "../prepared-fit.ts";
import { selectRows } from "../row-selection.ts";
import type { FitData, FitDocument } from "./fit-document.ts";

/** A kept fit, ready to be asked: its law, its rows and where its search ended. */
export interface OpenFit {
  readonly document: FitDocument;
  readonly law: Law;
  /** All rows, also those that were held out. */
  readonly rows: FitRows;
  /** ln budget of each row; undefined where rows have neither C nor N and D. */
  readonly logBudgets: Float64Array | undefined;
  /** Indices into `rows`, ascending. */
  readonly fittedRows: readonly number[];
  readonly heldOutRows: readonly number[];
  /** The rows that the fit has seen. */
  readonly fitted: FitRows;
  readonly fittedLogBudgets: Float64Array | undefined;
  /** As it was kept, to the last bit. */
  readonly fit: FitResult;
  /** Search coordinates of the fit. */
  readonly coordinates: Float64Array;
  /** For `prepareFit` and whatever takes its options. */
  readonly problem: FitProblemOptions;
}

/** @throws LadderError `input` LAW_UNKNOWN when this version has no such law */
export function openFit(document: FitDocument): OpenFit {
  const law = findLaw(document.law);
  const { fit, data } = document;
  const rows = rowsOf(law, data);
  const budgets = logBudgets(data.columns, rows.output.length);
  const isHeldOut = new Set(data.heldOut);
  const fittedRows = [...rows.output.keys()].filter((row) => !isHeldOut.has(row));
  return {
    document,
    law,
    rows,
    logBudgets: budgets,
    fittedRows,
    heldOutRows: data.heldOut,
    fitted: selectRows(rows, fittedRows),
    fittedLogBudgets: budgets === undefined ? undefined : Float64Array.from(fittedRows, (row) => budgets[row] ?? Number.NaN),
    fit,
    coordinates: Float64Array.from(fit.parameters, ({ coordinate }) => coordinate),
    problem: { objective: fit.objective, residualScale: fit.residualScale },
  };
}

/** Rows of a document as a fit takes them: clusters as indices, a row without one is its own. */
export function rowsOf(law: Law, { columns, clusters }: Pick<FitData, "columns" | "clusters">): FitRows {
  const column = (name: string): Float64Array => Float64Array.from(columns[name] ?? []);
  const names = clusters === null ? [] : [...new Set(clusters.flatMap((name) => name ?? []))];
  const place = new Map(names.map((name, index) => [name, index]));
  return {
    columns: Object.fromEntries(law.inputs.map(({ name }) => [name, column(name)])),
    output: column(law.output.name),
    ...(columns["weight"] === undefined ? {} : { weights: column("weight") }),
    ...(clusters === null || names.length === 0
      ? {}
      : { clusters: Int32Array.from(clusters, (cluster, row) => (cluster === null ? names.length + row : (place.get(cluster) ?? 0))) }),
  };
}
