import { LadderError } from "../study/ladder-error.ts";
import { findColumn } from "./mapping.ts";
import type { RunRow } from "./row.ts";
import { cellText } from "../expressions/cell.ts";

/** What one law must not mix, by the name of the column that tells it, and why. */
const apart: readonly { readonly column: string; readonly code: string; readonly why: string }[] = [
  {
    column: "generation",
    code: "GENERATIONS_POOLED",
    why: "each generation of models trained on the last one's output follows a loss law of its own (Dohmatob et al. 2024, arXiv:2402.07712)",
  },
  {
    column: "parametrization",
    code: "PARAMETRIZATIONS_POOLED",
    why: "models of different parametrizations lie on different loss curves",
  },
];

/**
 * Refuses rows that no one law describes: of several generations of synthetic data, of several parametrizations. A law that has the
 * column as an input may take them.
 *
 * @param columns of the table, in the order of `RunRow.cells`
 * @param inputs of the law
 * @param source what messages call the table
 * @throws LadderError `input` GENERATIONS_POOLED, PARAMETRIZATIONS_POOLED
 */
export function assertNotPooled(rows: readonly RunRow[], columns: readonly string[], inputs: readonly string[], source: string): void {
  for (const { column, code, why } of apart) {
    if (inputs.includes(column)) continue;
    const name = findColumn(column, columns, source);
    if (name === undefined) continue;
    const index = columns.indexOf(name);
    const values = [...new Set(rows.map(({ cells }) => cellText(cells[index])).filter((text) => text !== null))].sort();
    if (values.length < 2) continue;
    const first = values[0] ?? "";
    const literal = Number.isFinite(Number(first)) ? first : JSON.stringify(first);
    throw new LadderError(
      "input",
      code,
      `${source} holds rows of ${column} ${values.slice(0, 6).join(", ")}, which one law must not pool: ${why}`,
      {
        fields: { source, column: name, values },
        hint: `fit one at a time: --where '${name} == ${literal}'`,
      },
    );
  }
}
