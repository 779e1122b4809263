import type { Law } from "../laws/contract.ts";
import { sqrt } from "../numerics/elementary.ts";
import type { Interval } from "../numerics/interval.ts";
import { quantileOfSorted } from "../numerics/quantile.ts";
import { randomStream } from "../numerics/random-stream.ts";
import { LadderError } from "../study/ladder-error.ts";
import { indexClusters } from "./clusters.ts";
import { vanishedCoordinate } from "./coordinates.ts";
import type { FitRows } from "./contract.ts";
import type { FitProblemOptions, PreparedFit } from "./prepared-fit.ts";
import { refit, warmStarts } from "./refit.ts";

export interface BootstrapOptions {
  /**
   * `pairs`: clusters of rows are drawn with replacement (Efron 1979). `wild`: the rows stay, and the residuals of each cluster keep or
   * change their sign together (Liu 1988; for a penalty that is nearly |r|, Feng, He and Hu 2011 with tau = 1/2): for designs that are
   * fixed or small.
   */
  readonly kind: "pairs" | "wild";
  /** Any finite number; a draw depends on it and on the draw's index alone. */
  readonly seed: number;
  readonly count: number;
}

/** What is resampled, as plain data and a law: enough for another thread to prepare the same fit. */
export interface BootstrapProblem {
  readonly law: Law;
  readonly rows: FitRows;
  readonly problem: FitProblemOptions;
  /** Search coordinates of the fit to all rows. */
  readonly best: Float64Array;
}

/** Refits of one fit to resampled rows. */
export interface BootstrapDraws {
  readonly count: number;
  readonly size: number;
  /** Search coordinates, count x size, draw after draw. */
  readonly coordinates: Float64Array;
}

/**
 * Refits to resampled rows, each from the minimum of all rows. Rows of one cluster (`FitRows.clusters`) are never split.
 *
 * @param best search coordinates of the fit to all rows
 * @throws LadderError as `bootstrapRefits`
 */
export function bootstrapFits(prepared: PreparedFit, best: Float64Array, options: BootstrapOptions): BootstrapDraws {
  const { count } = options;
  const size = best.length;
  const refitOf = bootstrapRefits(prepared, best, options);
  const coordinates = new Float64Array(count * size);
  for (let draw = 0; draw < count; draw += 1) coordinates.set(refitOf(draw), draw * size);
  return { count, size, coordinates };
}

/**
 * One draw of a bootstrap at a time, in any order and on any thread: it depends on the seed and its index alone.
 *
 * @param best search coordinates of the fit to all rows
 * @returns search coordinates of the refit of a draw, by its index
 * @throws LadderError `rejected` CLUSTERS_TOO_FEW with fewer than two clusters
 */
export function bootstrapRefits(
  prepared: PreparedFit,
  best: Float64Array,
  { kind, seed }: Pick<BootstrapOptions, "kind" | "seed">,
): (draw: number) => Float64Array {
  const clusters = indexClusters(prepared.rows);
  if (clusters.count < 2)
    throw new LadderError("rejected", "CLUSTERS_TOO_FEW", `all rows are of one cluster: there is nothing to resample`, {
      fields: { clusters: clusters.count },
      hint: "rows of one trunk are one cluster; add runs of other trunks",
    });
  const factors = new Float64Array(prepared.rowCount).fill(1);
  const drawn = new Float64Array(clusters.count);
  const starts = warmStarts(prepared, best);
  const residuals = prepared.residualsAt(best);
  const fitted = prepared.measured.map((value, row) => value - (residuals[row] ?? 0));
  // Residuals of a fit are smaller than errors.
  const inflation = sqrt(prepared.rowCount / Math.max(1, prepared.rowCount - best.length));
  const measured = kind === "wild" ? new Float64Array(prepared.rowCount) : undefined;
  return (draw) => {
    const stream = randomStream(seed, "bootstrap", kind, draw);
    if (measured === undefined) {
      drawn.fill(0);
      for (let pick = 0; pick < clusters.count; pick += 1) {
        const cluster = Math.floor(stream.uniform() * clusters.count);
        drawn[cluster] = (drawn[cluster] ?? 0) + 1;
      }
      for (let row = 0; row < prepared.rowCount; row += 1) factors[row] = drawn[clusters.ofRow[row] ?? 0] ?? 0;
    } else {
      for (let cluster = 0; cluster < clusters.count; cluster += 1) drawn[cluster] = stream.uniform() < 0.5 ? inflation : -inflation;
      for (let row = 0; row < prepared.rowCount; row += 1)
        measured[row] = (fitted[row] ?? 0) + (drawn[clusters.ofRow[row] ?? 0] ?? 0) * (residuals[row] ?? 0);
    }
    return refit(prepared, factors, starts, measured).coordinates;
  };
}

/**
 * Percentile interval of any quantity of the parameters over the draws.
 *
 * @param quantity of one draw's search coordinates; draws for which it is NaN are left out
 */
export function bootstrapInterval(draws: BootstrapDraws, quantity: (coordinates: Float64Array) => number, level = 0.95): Interval {
  const values = drawValues(draws, quantity);
  const tail = (1 - level) / 2;
  return {
    low: quantileOfSorted(values, tail),
    high: quantileOfSorted(values, 1 - tail),
    level,
    method: `percentiles of ${values.length} bootstrap refits`,
    covers: "parameter",
    degreesOfFreedom: null,
  };
}

/** A quantity of every draw, ascending; NaN left out. */
export function drawValues(draws: BootstrapDraws, quantity: (coordinates: Float64Array) => number): Float64Array {
  const values = Float64Array.from({ length: draws.count }, (_, draw) =>
    quantity(draws.coordinates.subarray(draw * draws.size, (draw + 1) * draws.size)),
  );
  return values.filter((value) => !Number.isNaN(value)).sort();
}

/** Share of the draws in which the term of a log coordinate is gone, or below e^-20 of what it is in the fit. */
export function vanishedShare(draws: BootstrapDraws, index: number, best: Float64Array): number {
  const limit = Math.max((best[index] ?? 0) - 20, vanishedCoordinate);
  let gone = 0;
  for (let draw = 0; draw < draws.count; draw += 1) if ((draws.coordinates[draw * draws.size + index] ?? 0) <= limit) gone += 1;
  return draws.count === 0 ? 0 : gone / draws.count;
}
