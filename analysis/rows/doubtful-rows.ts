import { columnsBesideDesign } from "./repeated-rows.ts";
import type { RowRules, RunRow } from "./row.ts";
import { cellText, readNumber } from "../expressions/cell.ts";
import type { RunTable } from "./run-table.ts";

/** No training makes so many updates: a batch was counted in sequences or examples, and D in tokens. */
const mostUpdates = 1e6;
/** Fewer rows a group than this are no curve. */
const fewestOfCurve = 3;

/**
 * What to say where B cannot be tokens: the Step Law's table, for one, counts batches in sequences of 2,048 tokens, and a law of B would
 * have its right exponent and a wrong constant.
 *
 * @param rows with B and D, in natural units
 * @returns null where nothing speaks against tokens
 */
export function batchUnitDoubt(rows: readonly RunRow[]): string | null {
  const updates = rows
    .flatMap(({ columns: { B, D } }) => (typeof B === "number" && typeof D === "number" ? [D / B] : []))
    .sort((left, right) => left - right);
  const median = updates[Math.floor(updates.length / 2)];
  if (median === undefined || median <= mostUpdates) return null;
  return `B counts tokens, and by it half of the runs made ${median.toExponential(1).replace("+", "")} updates or more: where it counts sequences, write --map B=COLUMN*LENGTH`;
}

/**
 * The column of names whose rows differ in D, and in what only rises or falls with D, alone: checkpoints of one run, or runs of one model.
 * Taken as independent they make intervals several times too narrow.
 *
 * @returns undefined where no column is such, or where rows have a cluster column already
 */
export function sharedRunColumn(
  rows: readonly RunRow[],
  table: Pick<RunTable, "columns" | "outcomeColumns">,
  rules: Pick<RowRules, "variables" | "outcome" | "seedColumn" | "clusterColumn">,
): string | undefined {
  if (rules.clusterColumn !== undefined || !rules.variables.some(({ name }) => name === "D")) return undefined;
  const notDesign = columnsBesideDesign(table, rules);
  const others = table.columns.flatMap((column, index) => (notDesign.has(column) ? [] : [{ column, index }]));
  const names = others.filter(({ index }) => rows.some(({ cells }) => readNumber(cells[index]) === "notANumber"));
  const held = rules.variables.filter(({ name }) => !["C", "D", rules.outcome].includes(name)).map(({ name }) => name);
  return names.find(({ index }) => {
    const groups = new Map<string, RunRow[]>();
    for (const row of rows) {
      const name = cellText(row.cells[index]) ?? "";
      groups.set(name, [...(groups.get(name) ?? []), row]);
    }
    const rest = others.filter((other) => other.index !== index).map((other) => other.index);
    return groups.size > 1 && [...groups.values()].every((group) => isCurve(group, held, rest));
  })?.column;
}

/** Rows of strictly rising D at constant other variables, whose other cells are constant or go one way with D. */
function isCurve(group: readonly RunRow[], held: readonly string[], cells: readonly number[]): boolean {
  if (group.length < fewestOfCurve) return false;
  const [first, ...later] = [...group].sort((left, right) => (left.columns["D"] ?? 0) - (right.columns["D"] ?? 0));
  if (first === undefined) return false;
  const inOrder = [first, ...later];
  const isConstant = (of: (row: RunRow) => unknown): boolean => later.every((row) => of(row) === of(first));
  const rises = (values: readonly number[], sign: 1 | -1): boolean =>
    values.every((value, place) => place === 0 || sign * (value - (values[place - 1] ?? value)) > 0);
  if (!held.every((name) => isConstant(({ columns }) => columns[name]))) return false;
  if (
    !rises(
      inOrder.map(({ columns }) => columns["D"] ?? Number.NaN),
      1,
    )
  )
    return false;
  return cells.every((index) => {
    if (isConstant((row) => cellText(row.cells[index]))) return true;
    const values = inOrder.map((row) => {
      const value = readNumber(row.cells[index]);
      return typeof value === "number" ? value : Number.NaN;
    });
    return rises(values, 1) || rises(values, -1);
  });
}
