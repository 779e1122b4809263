import type { FitRows } from "./contract.ts";

/** The rows of a list of indices, in its order; their clusters keep their numbers. */
export function selectRows(rows: FitRows, indices: readonly number[]): FitRows {
  const pick = (column: Float64Array): Float64Array => Float64Array.from(indices, (row) => column[row] ?? Number.NaN);
  return {
    columns: Object.fromEntries(Object.entries(rows.columns).map(([name, column]) => [name, pick(column)])),
    output: pick(rows.output),
    ...(rows.weights === undefined ? {} : { weights: pick(rows.weights) }),
    ...(rows.clusters === undefined ? {} : { clusters: Int32Array.from(indices, (row) => rows.clusters?.[row] ?? row) }),
  };
}
