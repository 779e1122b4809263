import { exp, log } from "../../numerics/elementary.ts";
import { mean } from "../../numerics/mean.ts";
import { LadderError, type Problem } from "../../study/ladder-error.ts";
import type { FitRows } from "../contract.ts";

/** Which optimum is read: parameters or tokens. Also the name of its column. */
export type OptimumOf = "N" | "D";

/** One run at a budget. */
export interface BudgetPoint {
  /** ln of parameters or of tokens. */
  readonly coordinate: number;
  /** Nats per token. */
  readonly loss: number;
  readonly cluster: number;
}

/** Runs of one compute budget, by rising coordinate, each coordinate once. */
export interface ComputeBudget {
  /** FLOP; the geometric mean where the runs' differ. */
  readonly compute: number;
  readonly points: readonly BudgetPoint[];
}

export interface BudgetOptions {
  /** Rows whose C lies within this share above the smallest of a budget belong to it. */
  readonly budgetTolerance: number;
  /** Several rows with one size at one budget: `lowest` when they tune something else (Porian), `mean` when they are seeds. */
  readonly repeats: "lowest" | "mean";
}

/**
 * Groups rows by compute budget (column C, FLOP). Rows of weight 0 are left out; all others count alike.
 *
 * @returns budgets by rising compute
 * @throws LadderError `input` ISOFLOP_COLUMNS when column C or that of the optimum is not there, ISOFLOP_VALUES when a value is not a
 *   finite number above 0: a diverged run belongs among the excluded rows
 */
export function computeBudgets(rows: FitRows, optimumOf: OptimumOf, options: BudgetOptions): ComputeBudget[] {
  const compute = positiveColumn(rows, "C");
  const coordinate = positiveColumn(rows, optimumOf);
  const losses = positiveLosses(rows);
  const order = [...compute.keys()].filter((row) => (rows.weights?.[row] ?? 1) > 0);
  order.sort((left, right) => (compute[left] ?? 0) - (compute[right] ?? 0));
  const groups: number[][] = [];
  for (const row of order) {
    const group = groups.at(-1);
    const smallest = compute[group?.[0] ?? row] ?? 0;
    if (group !== undefined && (compute[row] ?? 0) <= smallest * (1 + options.budgetTolerance)) group.push(row);
    else groups.push([row]);
  }
  return groups.map((group) => ({
    compute: sharedCompute(group.map((row) => compute[row] ?? 0)),
    points: onePerCoordinate(
      group.map((row) => ({ coordinate: log(coordinate[row] ?? 0), loss: losses[row] ?? 0, cluster: rows.clusters?.[row] ?? row })),
      options.repeats,
    ),
  }));
}

/**
 * A column of numbers above 0.
 *
 * @throws LadderError `input` ISOFLOP_COLUMNS or ISOFLOP_VALUES
 */
export function positiveColumn(rows: FitRows, name: string): Float64Array {
  const column = rows.columns[name];
  if (column === undefined)
    throw new LadderError(
      "input",
      "ISOFLOP_COLUMNS",
      `an IsoFLOP reading needs a column ${name}, got ${Object.keys(rows.columns).join(", ") || "none"}`,
      {
        fields: { name, columns: Object.keys(rows.columns) },
        hint: `map it, for example --map ${name}=…`,
      },
    );
  refuseValues(name, column);
  return column;
}

/**
 * The losses, nats per token, above 0.
 *
 * @throws LadderError `input` ISOFLOP_VALUES
 */
export function positiveLosses(rows: FitRows): Float64Array {
  refuseValues("loss", rows.output);
  return rows.output;
}

function refuseValues(name: string, column: Float64Array): void {
  const problems: Problem[] = [];
  for (const [row, value] of column.entries())
    if (!(value > 0 && value < Infinity))
      problems.push({ path: `rows[${row}].${name}`, message: "is not a finite number above 0", value: String(value) });
  const [first] = problems;
  if (first !== undefined)
    throw new LadderError(
      "input",
      "ISOFLOP_VALUES",
      `${first.path} ${first.message}: ${first.value ?? ""} (${problems.length} such values)`,
      {
        problems,
        hint: "exclude diverged and unfinished runs, with their reason",
      },
    );
}

function sharedCompute(values: readonly number[]): number {
  const [first = 0] = values;
  return values.every((value) => value === first) ? first : exp(mean(values.map((value) => log(value))));
}

function onePerCoordinate(points: BudgetPoint[], repeats: BudgetOptions["repeats"]): BudgetPoint[] {
  const groups: [BudgetPoint, ...BudgetPoint[]][] = [];
  for (const point of points.sort((left, right) => left.coordinate - right.coordinate || left.loss - right.loss)) {
    const group = groups.at(-1);
    if (group?.[0].coordinate === point.coordinate) group.push(point);
    else groups.push([point]);
  }
  return groups.map((group) => (repeats === "lowest" ? group[0] : { ...group[0], loss: mean(group.map(({ loss }) => loss)) }));
}
