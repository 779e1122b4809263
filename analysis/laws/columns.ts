import { LadderError } from "../study/ladder-error.ts";
import { quickLog } from "../numerics/quick-exp-log.ts";
import type { Columns } from "./contract.ts";

/** A column by name. @throws LadderError `defect` LAW_COLUMN when the rows do not hold it */
export function columnOf(columns: Columns, name: string): Float64Array {
  const column = columns[name];
  if (column !== undefined) return column;
  const known = Object.keys(columns);
  throw new LadderError("defect", "LAW_COLUMN", `a law reads the column ${name}; the rows hold ${known.join(", ")}`, {
    fields: { name, known },
  });
}

/** Natural logarithms of a column of positive numbers. */
export function logarithms(column: Float64Array): Float64Array {
  const result = new Float64Array(column.length);
  for (let row = 0; row < column.length; row += 1) result[row] = quickLog(column[row] ?? 0);
  return result;
}

/** Mean of a column, summed in order; 0 for no rows. */
export function columnMean(column: Float64Array): number {
  let sum = 0;
  for (const value of column) sum += value;
  return column.length === 0 ? 0 : sum / column.length;
}

/** Smallest entry; Infinity for no rows. */
export function columnMinimum(column: Float64Array): number {
  let smallest = Infinity;
  for (const value of column) if (value < smallest) smallest = value;
  return smallest;
}
