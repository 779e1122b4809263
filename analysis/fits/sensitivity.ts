import type { Law } from "../laws/contract.ts";
import type { FitResult, FitRows } from "./contract.ts";
import { type FitOptions, fitLaw } from "./fit-law.ts";
import { penaltyOf } from "./objective.ts";
import { prepareFit } from "./prepared-fit.ts";
import { selectRows } from "./row-selection.ts";

/** One way in which the same fit could have been made. Plain JSON. */
export interface SensitivityRow {
  /** What differs from the fit, in words. */
  readonly variant: string;
  readonly rowCount: number;
  /** Natural values; null where a term vanished. */
  readonly parameters: Readonly<Record<string, number | null>>;
}

export interface SensitivityOptions extends FitOptions {
  /** Input whose smallest values are left out in turn, for example N; left out: the law's model size, if it has one. */
  readonly size?: string;
  /** How many of its smallest values are left out at most. */
  readonly smallestDropped?: number;
  /** Other countings of an input by words that name them, for example N without embeddings. */
  readonly countings?: Readonly<Record<string, { readonly input: string; readonly column: Float64Array }>>;
}

/** Huber's deltas, from nearly absolute deviations to nearly least squares. */
const deltas = [1e-4, 1e-3, 1e-2, 1e-1];
/** Share of the rows with the largest residuals that are left out, at least one row. */
const outlierShare = 0.02;

/**
 * The fit and what it would have been with another delta, without the rows it fits worst, without the smallest models and with another
 * counting: what a reader must see before believing a parameter to three digits.
 *
 * @throws LadderError as `fitLaw`
 */
export function fitSensitivity(law: Law, rows: FitRows, options: SensitivityOptions = {}): readonly SensitivityRow[] {
  const { size = law.allocation?.size, smallestDropped = 2, countings = {} } = options;
  const fit = fitLaw(law, rows, options);
  const told = [toRow("as fitted", fit)];
  const { objective } = fit;
  if (objective.kind === "huber" && fit.residualScale === "law")
    for (const delta of deltas.filter((other) => other !== objective.delta))
      told.push(toRow(`Huber delta ${delta}`, fitLaw(law, rows, { ...options, objective: { kind: "huber", delta } })));

  const worst = worstRows(law, rows, fit, options);
  const rest = [...rows.output.keys()].filter((row) => !worst.has(row));
  if (rest.length >= law.parameters.length)
    told.push(
      toRow(
        `without the ${worst.size === 1 ? "row" : `${worst.size} rows`} of the largest residuals`,
        fitLaw(law, selectRows(rows, rest), options),
      ),
    );

  const column = size === undefined ? undefined : rows.columns[size];
  if (size !== undefined && column !== undefined) {
    const values = [...new Set(column)].sort((left, right) => left - right);
    for (let dropped = 1; dropped <= Math.min(smallestDropped, values.length - 3); dropped += 1) {
      const least = values[dropped] ?? 0;
      const kept = [...column.keys()].filter((row) => (column[row] ?? 0) >= least);
      if (kept.length < law.parameters.length) break;
      told.push(toRow(`${size} at least ${least.toPrecision(3)}`, fitLaw(law, selectRows(rows, kept), options)));
    }
  }
  for (const [words, counting] of Object.entries(countings))
    told.push(toRow(words, fitLaw(law, { ...rows, columns: { ...rows.columns, [counting.input]: counting.column } }, options)));
  return told;
}

function toRow(variant: string, fit: FitResult): SensitivityRow {
  return { variant, rowCount: fit.rowCount, parameters: Object.fromEntries(fit.parameters.map(({ name, value }) => [name, value])) };
}

function worstRows(law: Law, rows: FitRows, fit: FitResult, options: FitOptions): ReadonlySet<number> {
  const best = Float64Array.from(fit.parameters, ({ coordinate }) => coordinate);
  const residuals = prepareFit(law, rows, options).residualsAt(best);
  const { curvatureAbove, curvatureBelow } = penaltyOf(fit.objective);
  const sizes = residuals.map((residual) => (residual < 0 ? -residual * curvatureBelow : residual * curvatureAbove));
  const order = [...sizes.keys()].sort((left, right) => (sizes[right] ?? 0) - (sizes[left] ?? 0) || left - right);
  return new Set(order.slice(0, Math.max(1, Math.round(outlierShare * order.length))));
}
