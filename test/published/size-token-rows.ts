import type { FitRows } from "../../analysis/fits/contract.ts";
import { numbers, readTable, type TableRow } from "./isoflop/table.ts";

/** Rows of N, D and loss from the columns of a table. */
export function sizeTokenRows(rows: readonly TableRow[], { size = "N", tokens = "D", loss = "loss" } = {}): FitRows {
  return { columns: { N: numbers(rows, size), D: numbers(rows, tokens) }, output: numbers(rows, loss) };
}

/** Besiroglu et al.'s rows: figure 4 of Hoffmann et al. without the five highest losses; all 245 on demand. */
export function chinchillaRows(all = false): TableRow[] {
  const rows = [...readTable("chinchilla/runs.csv")].sort((left, right) => Number(left("loss")) - Number(right("loss")));
  return all ? rows : rows.slice(0, 240);
}
