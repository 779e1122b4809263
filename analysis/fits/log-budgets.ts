import { log } from "../numerics/elementary.ts";

/**
 * ln of each row's budget: ln C where every row has C, else ln(6 N D).
 *
 * @param columns by variable, natural units; a value that is missing is NaN
 * @returns undefined where rows have neither
 */
export function logBudgets(columns: Readonly<Record<string, ArrayLike<number>>>, rowCount: number): Float64Array | undefined {
  const { C, N, D } = columns;
  const rows = Array.from({ length: rowCount }, (_, row) => row);
  const complete = (column: ArrayLike<number> | undefined): column is ArrayLike<number> =>
    column !== undefined && rows.every((row) => (column[row] ?? 0) > 0);
  if (complete(C)) return Float64Array.from(rows, (row) => log(C[row] ?? 0));
  if (complete(N) && complete(D)) return Float64Array.from(rows, (row) => log(6 * (N[row] ?? 0) * (D[row] ?? 0)));
  return undefined;
}
