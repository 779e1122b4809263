import type { Exclusion, RowRules, RunRow } from "./row.ts";
import { cellText } from "../expressions/cell.ts";
import type { RunTable } from "./run-table.ts";

/** Rows that agree in every variable but the measured one, and that a column which is no variable tells apart. */
export interface RowsApart {
  readonly rowCount: number;
  /** Columns that differ among them, the most telling first. */
  readonly columns: readonly string[];
}

export interface RepeatedRows {
  readonly rows: readonly RunRow[];
  readonly excluded: readonly Exclusion[];
  /** Rows that another row repeats or contradicts and that were kept because the rules say so. */
  readonly repeatedCount: number;
  readonly apart?: RowsApart;
}

/**
 * Takes out rows that are there twice. Two rows are the same run when they agree in every variable but the measured one, in seed
 * and cluster, and in every other column that does not tell an outcome. With the same measured value the later one is a
 * duplicate of the first. With another one all of them are contradictory and none is kept: nothing in the file says which is right.
 * `keepRepeated` keeps both kinds. Where an unmapped column is all that tells rows of one design apart, they stay, and `apart` says so.
 */
export function excludeRepeated(
  rows: readonly RunRow[],
  table: Pick<RunTable, "columns" | "outcomeColumns" | "place">,
  rules: Pick<RowRules, "variables" | "outcome" | "seedColumn" | "clusterColumn" | "keepRepeated">,
): RepeatedRows {
  const designNames = rules.variables.map(({ name }) => name).filter((name) => name !== rules.outcome);
  const notDesign = columnsBesideDesign(table, rules);
  const others = table.columns.flatMap((column, index) => (notDesign.has(column) ? [] : [{ column, index }]));
  const designOf = (row: RunRow): string => JSON.stringify([designNames.map((name) => row.columns[name]), row.seed]);
  const identityOf = (row: RunRow): string =>
    JSON.stringify([designOf(row), row.cluster, others.map(({ index }) => cellText(row.cells[index]))]);
  const measured = (row: RunRow): number | null => row.columns[rules.outcome] ?? null;

  const excluded: Exclusion[] = [];
  const kept: RunRow[] = [];
  let repeatedCount = 0;
  for (const group of groupBy(rows, identityOf)) {
    const [first, ...later] = group;
    if (first === undefined) continue;
    if (rules.keepRepeated) {
      kept.push(...group);
      if (later.length > 0) repeatedCount += group.length;
      continue;
    }
    const differing = later.find((row) => measured(row) !== measured(first));
    if (differing === undefined) {
      kept.push(first);
      for (const { line } of later) excluded.push({ line, reason: "duplicate", words: `the same as ${table.place} ${first.line}` });
      continue;
    }
    for (const row of group) {
      const other = group.find((candidate) => measured(candidate) !== measured(row));
      excluded.push({
        line: row.line,
        reason: "contradictory",
        variable: rules.outcome,
        words: `the same ${designNames.join(", ")} as ${table.place} ${other?.line ?? 0} with another ${rules.outcome}, ${numbersApart(measured(row), other === undefined ? null : measured(other))}, and ${rules.seedColumn === undefined ? "no seed" : "the same seed"}`,
      });
    }
  }
  const apart = findRowsApart(kept, designOf, measured, others);
  return {
    rows: kept.sort((left, right) => left.line - right.line),
    excluded,
    repeatedCount,
    ...(apart === undefined ? {} : { apart }),
  };
}

/** Columns that are mapped already, or that tell what came out, when and by whom. */
export function columnsBesideDesign(
  table: Pick<RunTable, "outcomeColumns">,
  rules: Pick<RowRules, "variables" | "seedColumn" | "clusterColumn">,
): ReadonlySet<string> {
  const named = [rules.seedColumn, rules.clusterColumn].flatMap((column) => (column === undefined ? [] : [column]));
  return new Set([...rules.variables.flatMap(({ columns }) => columns), ...table.outcomeColumns, ...named]);
}

function findRowsApart(
  rows: readonly RunRow[],
  designOf: (row: RunRow) => string,
  measured: (row: RunRow) => number | null,
  others: readonly { readonly column: string; readonly index: number }[],
): RowsApart | undefined {
  let rowCount = 0;
  const differing = new Map<string, number>();
  for (const group of groupBy(rows, designOf)) {
    if (new Set(group.map(measured)).size < 2) continue;
    rowCount += group.length;
    for (const { column, index } of others)
      if (new Set(group.map(({ cells }) => cellText(cells[index]))).size > 1) differing.set(column, (differing.get(column) ?? 0) + 1);
  }
  if (rowCount === 0) return undefined;
  return { rowCount, columns: [...differing].sort((left, right) => right[1] - left[1]).map(([column]) => column) };
}

/** Two numbers with six digits, with all of them where six are the same. */
function numbersApart(left: number | null, right: number | null): string {
  const texts = [left, right].map((value) => (value === null ? "none" : String(Number(value.toPrecision(6)))));
  return texts[0] === texts[1] ? `${String(left)} against ${String(right)}` : texts.join(" against ");
}

function groupBy(rows: readonly RunRow[], keyOf: (row: RunRow) => string): Iterable<readonly RunRow[]> {
  const groups = new Map<string, RunRow[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups.values();
}
