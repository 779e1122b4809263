import { log } from "../../numerics/elementary.ts";
import { LadderError, type Problem } from "../../study/ladder-error.ts";
import type { FitRows } from "../contract.ts";

/** One run of a cell. */
export interface CellRun {
  /** ln of each hyperparameter, in the order of `OptimumCell.axes`. */
  readonly logValues: readonly number[];
  /** Nats per token; Infinity for a diverged run. */
  readonly loss: number;
}

/** Runs at one scale over which hyperparameters were swept. */
export interface OptimumCell {
  /** The scale by name of variable, for example N and D. */
  readonly scale: Readonly<Record<string, number>>;
  /** Hyperparameters that were swept, by name: `learningRate`, `B` (tokens). */
  readonly axes: readonly string[];
  readonly runs: readonly CellRun[];
}

export interface CellColumns {
  /** Columns that make a cell. */
  readonly scale: readonly string[];
  /** Columns of hyperparameters, one or two. */
  readonly axes: readonly string[];
}

export const learningRateAndBatch: CellColumns = { scale: ["N", "D"], axes: ["learningRate", "B"] };

/**
 * Rows by scale: rows whose values of all scale columns are equal are one cell. A loss of Infinity is a diverged run and stays in its cell,
 * where it marks where the grid was tried; rows of weight 0 are left out.
 *
 * @returns cells by rising scale, first variable first
 * @throws LadderError `input` OPTIMA_AXES with more than two hyperparameters or none, OPTIMA_COLUMNS when a column is not there,
 *   OPTIMA_VALUES when a value is not above 0 or a loss is NaN
 */
export function optimumCells(rows: FitRows, columns: CellColumns = learningRateAndBatch): OptimumCell[] {
  if (columns.axes.length < 1 || columns.axes.length > 2)
    throw new LadderError(
      "input",
      "OPTIMA_AXES",
      `a cell is swept over one or two hyperparameters, got ${columns.axes.join(", ") || "none"}`,
      {
        fields: { axes: columns.axes },
      },
    );
  const [scale, axes] = [columns.scale, columns.axes].map((names) => names.map((name) => column(rows, name)));
  if (scale === undefined || axes === undefined) return [];
  refuse("loss", rows.output, (loss) => loss > 0);
  const cells = new Map<string, { scale: Record<string, number>; runs: CellRun[] }>();
  for (const [row, loss] of rows.output.entries()) {
    if (!((rows.weights?.[row] ?? 1) > 0)) continue;
    const values = scale.map((of) => of[row] ?? 0);
    const key = values.join(" ");
    const run: CellRun = { logValues: axes.map((of) => log(of[row] ?? 0)), loss };
    const cell = cells.get(key);
    if (cell !== undefined) cell.runs.push(run);
    else cells.set(key, { scale: Object.fromEntries(columns.scale.map((name, index) => [name, values[index] ?? 0])), runs: [run] });
  }
  const sorted = [...cells.values()].sort((left, right) => {
    const differs = columns.scale.find((name) => left.scale[name] !== right.scale[name]);
    return differs === undefined ? 0 : (left.scale[differs] ?? 0) - (right.scale[differs] ?? 0);
  });
  return sorted.map((cell) => ({ ...cell, axes: columns.axes }));
}

/** Lowest loss of a cell; Infinity where all runs diverged. */
export function lowestLoss({ runs }: OptimumCell): number {
  return runs.reduce((least, { loss }) => Math.min(least, loss), Infinity);
}

/** A scale in words: N = 2.147e+8, D = 4e+9. */
export function scaleWords(scale: Readonly<Record<string, number>>): string {
  return Object.entries(scale)
    .map(([name, value]) => `${name} = ${value.toPrecision(4).replace(/\.?0+(e|$)/, "$1")}`)
    .join(", ");
}

function column(rows: FitRows, name: string): Float64Array {
  const found = rows.columns[name];
  if (found === undefined)
    throw new LadderError(
      "input",
      "OPTIMA_COLUMNS",
      `optima need a column ${name}, got ${Object.keys(rows.columns).join(", ") || "none"}`,
      {
        fields: { name, columns: Object.keys(rows.columns) },
        hint: `map it, for example --map ${name}=…`,
      },
    );
  refuse(name, found, (value) => value > 0 && value < Infinity);
  return found;
}

function refuse(name: string, values: Float64Array, legal: (value: number) => boolean): void {
  const problems: Problem[] = [];
  for (const [row, value] of values.entries())
    if (!legal(value)) problems.push({ path: `rows[${row}].${name}`, message: "is not a number above 0", value: String(value) });
  const [first] = problems;
  if (first !== undefined)
    throw new LadderError(
      "input",
      "OPTIMA_VALUES",
      `${first.path} ${first.message}: ${first.value ?? ""} (${problems.length} such values)`,
      { problems },
    );
}
