import type { Law } from "../laws/contract.ts";
import { laws } from "../laws/index.ts";
import type { FitResult, FitRows, Objective } from "./contract.ts";
import type { FitOptions } from "./fit-law.ts";
import { penaltyOf } from "./objective.ts";
import { prepareFit } from "./prepared-fit.ts";
import { selectRows } from "./row-selection.ts";

/** What published fits of the same rows differ in (Li et al. 2025, arXiv:2502.18969). */
export const sensitivityFactors = ["form", "counting", "objective", "starts", "rows"] as const;
export type SensitivityFactor = (typeof sensitivityFactors)[number];

/** One other way to make a fit. */
export interface FitVariant {
  readonly factor: SensitivityFactor;
  /** What differs, in words. */
  readonly variant: string;
  readonly law: Law;
  readonly rows: FitRows;
  readonly options: FitOptions;
}

/** Another counting of an input, for example N without embeddings. */
export interface InputCounting {
  readonly input: string;
  readonly column: Float64Array;
}

/** Huber's deltas, from nearly absolute deviations to nearly least squares. */
const deltas = [1e-4, 1e-3, 1e-2, 1e-1];
/** Share of the rows that is left out where they are the worst, at least one row. */
const outlierShare = 0.02;
/** Shares of the different sizes that are left out at an end; of few sizes one, then two. */
const sizeShares = [0.1, 0.2];
/** What an under-tuned run above the law costs less than one below it (OLMo-core, model ladder). */
const overestimatePenalty = 10;

/** Laws of the registry with the same inputs and output. */
export function siblingLaws(law: Law): readonly Law[] {
  const inputsOf = ({ inputs }: Law): string =>
    inputs
      .map(({ name }) => name)
      .sort()
      .join();
  return laws.filter((other) => other.id !== law.id && other.output.name === law.output.name && inputsOf(other) === inputsOf(law));
}

export function formVariants(law: Law, rows: FitRows, options: FitOptions): readonly FitVariant[] {
  const { starts: _own, ...general } = options;
  return siblingLaws(law).map((other) => ({ factor: "form", variant: other.id, law: other, rows, options: general }));
}

/** Other deltas of Huber's penalty. */
export function deltaVariants(
  law: Law,
  rows: FitRows,
  options: FitOptions,
  { objective, residualScale }: FitResult,
): readonly FitVariant[] {
  if (objective.kind !== "huber" || residualScale !== "law") return [];
  return deltas
    .filter((delta) => delta !== objective.delta)
    .map((delta) => objectiveVariant(law, rows, options, `Huber delta ${delta}`, { kind: "huber", delta }));
}

/** Other penalties, and least squares of the output itself where the law is fitted to its logarithm. */
export function penaltyVariants(law: Law, rows: FitRows, options: FitOptions, fit: FitResult): readonly FitVariant[] {
  const others: readonly (readonly [string, Objective])[] = [
    ["least squares", { kind: "leastSquares" }],
    ["least absolute deviations", { kind: "leastAbsoluteDeviations" }],
    [`asymmetric, ${overestimatePenalty} to 1`, { kind: "asymmetric", overestimatePenalty }],
  ];
  const plain = objectiveVariant(law, rows, { ...options, residualScale: "value" }, `least squares of ${law.output.name}`, {
    kind: "leastSquares",
  });
  return [
    ...others
      .filter(([, { kind }]) => kind !== fit.objective.kind)
      .map(([words, objective]) => objectiveVariant(law, rows, options, words, objective)),
    ...(law.scale === "value" || fit.residualScale === "value" ? [] : [plain]),
  ];
}

function objectiveVariant(law: Law, rows: FitRows, options: FitOptions, variant: string, objective: Objective): FitVariant {
  return { factor: "objective", variant, law, rows, options: { ...options, objective } };
}

/** Every start run to its minimum, only the corners of the grid of starts, and only its middle. */
export function startVariants(law: Law, rows: FitRows, options: FitOptions): readonly FitVariant[] {
  const lists = options.starts ?? law.starts(rows.columns, rows.output);
  const corners = lists.map((list) => [...new Set([list[0] ?? 0, list.at(-1) ?? 0])]);
  const middle = lists.map((list) => [list[list.length >> 1] ?? 0]);
  const all = { starts: "all" } as const;
  return [
    { factor: "starts", variant: "every start run", law, rows, options: { ...options, search: all } },
    { factor: "starts", variant: "the grid's corners", law, rows, options: { ...options, search: all, starts: corners } },
    { factor: "starts", variant: "one start", law, rows, options: { ...options, search: all, starts: middle } },
  ];
}

/** Without the rows that the fit describes worst. */
export function residualVariant(law: Law, rows: FitRows, options: FitOptions, fit: FitResult): FitVariant {
  const best = Float64Array.from(fit.parameters, ({ coordinate }) => coordinate);
  const residuals = prepareFit(law, rows, options).residualsAt(best);
  const { curvatureAbove, curvatureBelow } = penaltyOf(fit.objective);
  const worst = highest(residuals.map((residual) => (residual < 0 ? -residual * curvatureBelow : residual * curvatureAbove)));
  return without(law, rows, options, worst, "of the largest residuals");
}

/** Without the rows of the highest outputs. */
export function outputVariant(law: Law, rows: FitRows, options: FitOptions): FitVariant {
  return without(law, rows, options, highest(rows.output), `of the highest ${law.output.name}`);
}

/** Without the smallest values of an input, or without the largest. */
export function sizeVariants(
  law: Law,
  rows: FitRows,
  options: FitOptions,
  size: string,
  end: "smallest" | "largest",
): readonly FitVariant[] {
  const column = rows.columns[size];
  if (column === undefined) return [];
  const values = [...new Set(column)].sort((left, right) => left - right);
  return sizeShares.flatMap((share, step): readonly FitVariant[] => {
    const dropped = Math.max(step + 1, Math.round(share * values.length));
    if (values.length - dropped < 3) return [];
    const limit = values[end === "smallest" ? dropped : values.length - 1 - dropped] ?? 0;
    const kept = [...column.keys()].filter((row) => (end === "smallest" ? (column[row] ?? 0) >= limit : (column[row] ?? 0) <= limit));
    const words = `${size} at ${end === "smallest" ? "least" : "most"} ${limit.toPrecision(3)}`;
    return [{ factor: "rows", variant: words, law, rows: selectRows(rows, kept), options }];
  });
}

/** Each other counting of an input by its words. */
export function countingVariants(
  law: Law,
  rows: FitRows,
  options: FitOptions,
  countings: Readonly<Record<string, InputCounting>>,
): readonly FitVariant[] {
  return Object.entries(countings).map(([variant, { input, column }]) => ({
    factor: "counting",
    variant,
    law,
    rows: { ...rows, columns: { ...rows.columns, [input]: column } },
    options,
  }));
}

function without(law: Law, rows: FitRows, options: FitOptions, dropped: ReadonlySet<number>, which: string): FitVariant {
  const kept = [...rows.output.keys()].filter((row) => !dropped.has(row));
  const words = `without the ${dropped.size === 1 ? "row" : `${dropped.size} rows`} ${which}`;
  return { factor: "rows", variant: words, law, rows: selectRows(rows, kept), options };
}

/** The outlier share of rows with the highest values; of equals the first. */
function highest(values: Float64Array): ReadonlySet<number> {
  const order = [...values.keys()].sort((left, right) => (values[right] ?? 0) - (values[left] ?? 0) || left - right);
  return new Set(order.slice(0, Math.max(1, Math.round(outlierShare * order.length))));
}
