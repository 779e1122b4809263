import type { FitRows } from "./contract.ts";

/** Every k-th row, so that at most `most` are left; the rows themselves when they are no more than that. */
export function thinRows(rows: FitRows, most: number): FitRows {
  const count = rows.output.length;
  const stride = Math.ceil(count / most);
  if (stride <= 1) return rows;
  const thin = (column: Float64Array): Float64Array => column.filter((_, row) => row % stride === 0);
  return {
    columns: Object.fromEntries(Object.entries(rows.columns).map(([name, column]) => [name, thin(column)])),
    output: thin(rows.output),
    ...(rows.weights === undefined ? {} : { weights: thin(rows.weights) }),
    ...(rows.clusters === undefined ? {} : { clusters: rows.clusters.filter((_, row) => row % stride === 0) }),
  };
}
