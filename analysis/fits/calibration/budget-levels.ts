import { LadderError } from "../../study/ladder-error.ts";

/** Rows of about one budget. */
export interface BudgetLevel {
  /** Mean of ln budget over the rows. */
  readonly logBudget: number;
  /** ln of the largest of them. */
  readonly largest: number;
  /** Indices of its rows, ascending. */
  readonly rows: readonly number[];
}

/** Budgets nearer to each other than this factor are one level: IsoFLOP designs are off by rounding, never by a tenth of a doubling. */
const sameLevelOctaves = 0.1;
const ln2 = 0.6931471805599453;

/**
 * Rows ordered by budget and cut into levels. Where budgets are few (IsoFLOP designs) each is a level; where they are spread out, one a row,
 * runs of neighbours are put together, so that there are at most `mostLevels` levels of about equal size.
 *
 * A cluster (rows of one trunk) belongs to one level, that of its largest row: it is never on both sides of a split.
 *
 * @param logBudgets ln of each row's budget, finite
 * @param clusters index of each row's cluster; left out: each row is its own
 * @returns levels from the smallest budget to the largest
 * @throws LadderError `input` BUDGETS_MISSING without rows
 */
export function budgetLevels(logBudgets: Float64Array, clusters?: Int32Array, mostLevels = 12): readonly BudgetLevel[] {
  if (logBudgets.length === 0)
    throw new LadderError("input", "BUDGETS_MISSING", "there are no rows to hold out", { hint: "give rows with their compute" });
  const placed = clusters === undefined ? logBudgets : largestOfCluster(logBudgets, clusters);
  const order = Array.from(placed.keys()).sort((left, right) => at(placed, left) - at(placed, right) || left - right);
  const levels: number[][] = [];
  let start = Number.NEGATIVE_INFINITY;
  for (const row of order) {
    const value = at(placed, row);
    const level = levels.at(-1);
    if (level !== undefined && value - start <= sameLevelOctaves * ln2) level.push(row);
    else {
      levels.push([row]);
      start = value;
    }
  }
  const merged = levels.length <= mostLevels ? levels : mergeNeighbours(levels, order.length, mostLevels);
  return merged.map((rows) => ({
    logBudget: rows.reduce((sum, row) => sum + at(placed, row), 0) / rows.length,
    largest: rows.reduce((most, row) => Math.max(most, at(placed, row)), Number.NEGATIVE_INFINITY),
    rows: [...rows].sort((left, right) => left - right),
  }));
}

/** Neighbouring levels put together until each has its share of the rows. */
function mergeNeighbours(levels: readonly (readonly number[])[], rowCount: number, most: number): number[][] {
  const merged: number[][] = [];
  let seen = 0;
  for (const level of levels) {
    const last = merged.at(-1);
    // A level opens once the rows before it fill the levels so far.
    if (last === undefined || seen >= (merged.length * rowCount) / most) merged.push([...level]);
    else last.push(...level);
    seen += level.length;
  }
  return merged;
}

function largestOfCluster(logBudgets: Float64Array, clusters: Int32Array): Float64Array {
  const largest = new Map<number, number>();
  for (const [row, value] of logBudgets.entries()) {
    const cluster = clusters[row] ?? row;
    largest.set(cluster, Math.max(largest.get(cluster) ?? Number.NEGATIVE_INFINITY, value));
  }
  return logBudgets.map((value, row) => largest.get(clusters[row] ?? row) ?? value);
}

function at(values: Float64Array, row: number): number {
  return values[row] ?? Number.NaN;
}
