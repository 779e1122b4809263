import { exp, log } from "../../numerics/elementary.ts";
import { leastSquares } from "../../numerics/least-squares.ts";
import type { Columns, LawVariable } from "../../laws/contract.ts";
import { LadderError } from "../../study/ladder-error.ts";
import { columnOf } from "../../laws/columns.ts";
import { trainingCompute } from "../../laws/variables.ts";
import { type FittedRows, type Quantity, quantityOf } from "./fitted-rows.ts";

/** What curves run along, and what tells one from the next. */
export interface CurvePlan {
  readonly along: Quantity;
  /** Null for laws of one input. */
  readonly by: Quantity | null;
  /** Inputs that are neither, with the value that they have on every curve. */
  readonly fixed: Readonly<Record<string, number>>;
  /** The horizontal place of each row. */
  readonly places: Float64Array;
  /** `by` of each row; empty without it. */
  readonly keys: Float64Array;
  /** Rows whose other inputs have the fixed values. */
  readonly shown: readonly number[];
  /** Columns of the law's inputs, and ln budget, at places along one curve. */
  columnsAt(places: readonly number[], key: number | null): { readonly columns: Columns; readonly logBudgets: Float64Array };
}

export interface CurvePlanOptions {
  /** Name of an input, or C for training compute, k N D; left out: compute where the law splits it, else its last input. */
  readonly along?: string;
  /** Value of inputs that are neither along nor by; left out: the one that most fitted rows have. */
  readonly fixed?: Readonly<Record<string, number>>;
  /** C = this x N x D; 6 by convention. */
  readonly flopsPerParameterToken?: number;
}

/** Values of an input that differ by less are one. */
const sameValue = 0.02;

/**
 * How a law of any number of inputs is drawn over one: along compute by model size where it has both model size and tokens, else along its
 * last input that is above 0 in every row and not the same in all, by its first, with all others fixed.
 *
 * @throws LadderError `input` CURVE_INPUT_UNKNOWN when `along` is no input
 */
export function planCurves(fitted: FittedRows, options: CurvePlanOptions = {}): CurvePlan {
  const { law, rows } = fitted;
  const { allocation } = law;
  const { along: asked = allocation === undefined ? lastGrowing(fitted) : trainingCompute.name, flopsPerParameterToken = 6 } = options;
  const own = law.inputs.find(({ name }) => name === asked);
  const isCompute = own === undefined && asked === trainingCompute.name && allocation !== undefined;
  const alongInput: LawVariable | undefined = isCompute ? law.inputs.find(({ name }) => name === allocation.tokens) : own;
  if (alongInput === undefined) throw unknownInput(fitted, asked ?? "");
  const others = law.inputs.filter(({ name }) => name !== alongInput.name);
  const by = others.find(({ name }) => name === allocation?.size) ?? others[0];
  const rest = others.filter((input) => input !== by);
  const fixed = Object.fromEntries(
    rest.map(({ name }) => [name, options.fixed?.[name] ?? commonest(fitted, columnOf(rows.columns, name))]),
  );
  const keys = by === undefined ? new Float64Array(0) : columnOf(rows.columns, by.name);
  const inputs = columnOf(rows.columns, alongInput.name);
  const places = isCompute ? inputs.map((tokens, row) => flopsPerParameterToken * tokens * (keys[row] ?? 0)) : inputs;
  const budgetOf = budgetLine(fitted, places, isCompute);
  return {
    along: isCompute
      ? { ...quantityOf(trainingCompute), meaning: `training compute ${flopsPerParameterToken} N D` }
      : quantityOf(alongInput),
    by: by === undefined ? null : quantityOf(by),
    fixed,
    places,
    keys,
    shown: fitted.parts.flatMap((_, row) =>
      rest.every(({ name }) => isSame(columnOf(rows.columns, name)[row] ?? 0, fixed[name] ?? 0)) ? [row] : [],
    ),
    columnsAt(at, key) {
      const values = isCompute ? at.map((compute) => compute / (flopsPerParameterToken * (key ?? 1))) : at;
      const columns = Object.fromEntries(
        law.inputs.map(({ name }) => [
          name,
          Float64Array.from(values, (value) => (name === alongInput.name ? value : name === by?.name ? (key ?? 0) : (fixed[name] ?? 0))),
        ]),
      );
      return { columns, logBudgets: budgetOf(at, columns) };
    },
  };
}

function lastGrowing({ law, rows }: FittedRows): string | undefined {
  const growing = law.inputs.filter(({ name }) => {
    const column = columnOf(rows.columns, name);
    return column.every((value) => value > 0) && new Set(column).size > 1;
  });
  return (growing.at(-1) ?? law.inputs.at(-1))?.name;
}

/** ln budget of a place: its compute where it has one, else on the line of the rows' budgets over the place. */
function budgetLine(
  fitted: FittedRows,
  places: Float64Array,
  isCompute: boolean,
): (at: readonly number[], columns: Columns) => Float64Array {
  const { logBudgets } = fitted;
  if (isCompute) return (at) => Float64Array.from(at, (compute) => log(compute));
  const { allocation } = fitted.law;
  if (allocation !== undefined)
    return (at, columns) =>
      Float64Array.from(at, (_, index) =>
        log(6 * (columnOf(columns, allocation.size)[index] ?? 0) * (columnOf(columns, allocation.tokens)[index] ?? 0)),
      );
  // A logarithmic axis has no 0.
  const rows = [...places.keys()].filter((row) => (places[row] ?? 0) > 0);
  const logs = rows.map((row) => log(places[row] ?? 1));
  const [center = 0, hasSpread] = [logs[0], new Set(logs).size > 1];
  const line = hasSpread
    ? leastSquares(
        logs.map((value) => [1, value - center]),
        rows.map((row) => logBudgets[row] ?? 0),
      ).coefficients
    : [logBudgets[0] ?? 0, 1];
  return (at) => Float64Array.from(at, (place) => (line[0] ?? 0) + (line[1] ?? 0) * (log(place) - center));
}

/** The value that most fitted rows have; of several, the largest. */
function commonest({ parts }: FittedRows, column: Float64Array): number {
  const counts = new Map<number, number>();
  for (const [row, value] of column.entries()) if (parts[row] === "fitted") counts.set(value, (counts.get(value) ?? 0) + 1);
  const [first] = [...counts].sort(([left, often], [right, oftener]) => oftener - often || right - left);
  return first?.[0] ?? 1;
}

function isSame(left: number, right: number): boolean {
  return Math.abs(left - right) <= sameValue * Math.max(Math.abs(left), Math.abs(right));
}

/** So many places from one to another, evenly in their logarithms, ends included. */
export function evenPlaces(low: number, high: number, count: number): readonly number[] {
  const [from, to] = [log(low), log(high)];
  return Array.from({ length: count }, (_, index) =>
    index === 0 ? low : index === count - 1 ? high : exp(from + ((to - from) * index) / (count - 1)),
  );
}

function unknownInput({ law }: FittedRows, asked: string): LadderError {
  const known = [...law.inputs.map(({ name }) => name), ...(law.allocation === undefined ? [] : [trainingCompute.name])];
  return new LadderError("input", "CURVE_INPUT_UNKNOWN", `${law.id} cannot be drawn along "${asked}"; it can along ${known.join(", ")}`, {
    fields: { law: law.id, asked, known },
  });
}
