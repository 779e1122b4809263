import { readFileSync } from "node:fs";
import { parseCsv } from "../../../infra/run-tables/csv.ts";

/** One row of a data set: its cells by column, as text. */
export type TableRow = (column: string) => string;

/** The rows of a CSV beside the tests, for example `steplaw/runs.csv`. */
export function readTable(path: string): TableRow[] {
  const { columns, records } = parseCsv(readFileSync(new URL(`../${path}`, import.meta.url), "utf8"), path);
  return records.map(
    ({ cells }) =>
      (column) =>
        String(cells[columns.indexOf(column)] ?? ""),
  );
}

/** A column of numbers. */
export function numbers(rows: readonly TableRow[], column: string): Float64Array {
  return Float64Array.from(rows, (row) => Number(row(column)));
}
