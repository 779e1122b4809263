import { evaluateCondition, evaluateNumber } from "../expressions/expression.ts";
import type { RowVariable } from "./mapping.ts";
import { excludeRepeated, type RowsApart } from "./repeated-rows.ts";
import type { Exclusion, RowRules, RunRow } from "./row.ts";
import { type Cell, cellText, type NumberProblem, readNumber } from "../expressions/cell.ts";
import type { RunTable, SourceRecord } from "./run-table.ts";

export interface CheckedRows {
  readonly rows: readonly RunRow[];
  /** Every record that is not among the rows, in the order of the file. */
  readonly excluded: readonly Exclusion[];
  /** Rows kept although another row repeats or contradicts them. */
  readonly repeatedCount: number;
  /** Rows that only an unmapped column tells apart; undefined when there are none. */
  readonly apart?: RowsApart;
}

/** Sizes, tokens, compute, batch and loss are above 0; of other variables a law says the range. */
const positive = new Set(["N", "D", "C", "B", "loss"]);

/**
 * Makes rows of the records of a file. Each record is a row or an exclusion with its reason: none is lost. Reasons in this order:
 * unreadable, unfinished, where, the values of the variables; then rows of the same design, see `excludeRepeated`.
 */
export function checkRows(table: RunTable, rules: RowRules): CheckedRows {
  const indexOf = new Map(table.columns.map((column, index) => [column, index]));
  const rows: RunRow[] = [];
  const excluded: Exclusion[] = [];
  for (const record of table.records) {
    const cellOf = (column: string): Cell | undefined => record.cells[indexOf.get(column) ?? -1];
    const checked = checkRecord(record, rules, cellOf);
    if ("reason" in checked) excluded.push(checked);
    else rows.push(checked);
  }
  const repeated = excludeRepeated(rows, table, rules);
  return {
    rows: repeated.rows,
    excluded: [...excluded, ...repeated.excluded].sort((left, right) => left.line - right.line),
    repeatedCount: repeated.repeatedCount,
    ...(repeated.apart === undefined ? {} : { apart: repeated.apart }),
  };
}

function checkRecord(record: SourceRecord, rules: RowRules, cellOf: (column: string) => Cell | undefined): RunRow | Exclusion {
  const place = { line: record.line, ...(record.label === undefined ? {} : { label: record.label }) };
  if (record.unreadable !== undefined) return { ...place, reason: "unreadable", words: record.unreadable };
  if (record.unfinished !== undefined && !rules.keepUnfinished) return { ...place, reason: "unfinished", words: record.unfinished };
  if (rules.where !== undefined && !evaluateCondition(rules.where.expression, cellOf))
    return { ...place, reason: "where", words: `not ${rules.where.text}` };
  const columns: Record<string, number | null> = {};
  for (const variable of rules.variables) {
    const value = readVariable(variable, cellOf);
    if (typeof value === "number") columns[variable.name] = value;
    else if (variable.needed) return { ...place, variable: variable.name, ...value };
    else columns[variable.name] = null;
  }
  const textOf = (column: string | undefined): string | null => (column === undefined ? null : cellText(cellOf(column)));
  return { line: record.line, columns, cluster: textOf(rules.clusterColumn), seed: textOf(rules.seedColumn), cells: record.cells };
}

function readVariable(
  { name, from, expression, columns }: RowVariable,
  cellOf: (column: string) => Cell | undefined,
): number | Pick<Exclusion, "reason" | "words"> {
  for (const column of columns) {
    const problem = readNumber(cellOf(column));
    if (typeof problem !== "number") return { reason: problem, words: problemWords(name, from, column, problem, cellOf(column)) };
  }
  const value = evaluateNumber(expression, (column) => {
    const number = readNumber(cellOf(column));
    return typeof number === "number" ? number : Number.NaN;
  });
  if (Number.isNaN(value)) return { reason: "nan", words: `${name} = ${from} is NaN` };
  if (!Number.isFinite(value)) return { reason: "infinite", words: `${name} = ${from} is infinite` };
  if (value <= 0 && positive.has(name)) return { reason: "nonPositive", words: `${name} is ${value}: it must be above 0` };
  return value;
}

function problemWords(name: string, from: string, column: string, problem: NumberProblem, cell: Cell | undefined): string {
  const place = column === name ? name : from === column ? `${name} (${column})` : `${name} = ${from}: ${column}`;
  switch (problem) {
    case "missing":
      return `${place} is empty`;
    case "notANumber":
      return `${place} is no number: ${JSON.stringify(cell)}`;
    case "nan":
      return `${place} is NaN`;
    case "infinite":
      return `${place} is infinite`;
  }
}
