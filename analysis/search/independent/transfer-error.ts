import { mean } from "../../numerics/mean.ts";
import { quantileOfSorted } from "../../numerics/quantile.ts";
import { randomStream } from "../../numerics/random-stream.ts";
import { sqrt } from "../../numerics/elementary.ts";
import { placeKey, type PlaceOutcome } from "../places.ts";
import type { PairGrid } from "./lane-search.ts";

/** What is lost by choosing one hyperparameter at other values of its partner. */
export interface TransferError {
  /** The hyperparameter at whose other values the choice is made. */
  readonly fixed: string;
  /** The one that is chosen there, and carried to the best value of `fixed`. */
  readonly transferred: string;
  /** Nats per token; 0 where the two do not interact; null where too little was measured, or a carried choice diverges. */
  readonly error: number | null;
  readonly diverges: boolean;
  readonly low: number | null;
  readonly high: number | null;
}

/** Errors of all ordered pairs of a lane, with their mean. `draws` are what resampling gave of the mean. */
export interface TransferErrors {
  readonly pairs: readonly TransferError[];
  readonly mean: { readonly error: number; readonly low: number | null; readonly high: number | null } | null;
  readonly draws: readonly number[];
}

const draws = 1000;

/**
 * Transfer error of a grid of losses L(f, t): with (f*, t*) its minimum and t(f) the best t at f, the mean over f other than f* of
 * L(f*, t(f)) - L(f*, t*). Blake et al. 2024 (arXiv:2407.17465), appendix on hyperparameter interdependence; the definition is from memory.
 *
 * @param losses a row a value of f, a column a value of t; Infinity where runs diverged, NaN where nothing is known
 * @returns Infinity where a carried choice diverges; NaN where nothing can be said
 */
export function transferError(losses: readonly (readonly number[])[]): number {
  const bests = losses.map(bestIndex);
  let star = -1;
  for (const [row, column] of bests.entries()) {
    const known = losses[star]?.[bests[star] ?? -1] ?? Infinity;
    if (column >= 0 && (losses[row]?.[column] ?? Infinity) < known) star = row;
  }
  const at = losses[star];
  const least = at?.[bests[star] ?? -1];
  if (at === undefined || least === undefined) return Number.NaN;
  const excess = bests.flatMap((column, row) => (row === star || column < 0 ? [] : [(at[column] ?? Number.NaN) - least]));
  return mean(excess.filter((value) => !Number.isNaN(value)));
}

/** Column of the lowest finite loss; -1 where there is none. */
function bestIndex(row: readonly number[]): number {
  return row.reduce((best, loss, index) => (loss < (row[best] ?? Infinity) ? index : best), -1);
}

/**
 * Errors of the pairs of a lane. Intervals resample the mean of every place with the scatter of the seeds and choose anew each time, so that
 * they hold the noise of the choices too; noise alone makes an error positive, never negative.
 *
 * @param scatter standard deviation of one seed's loss at a place; null with one seed: no intervals
 * @param level of the intervals, in (0, 1)
 * @param name of the lane; names the random stream
 */
export function transferErrors(pairs: readonly PairGrid[], scatter: number | null, level: number, name: string): TransferErrors {
  const cells = new Map(pairs.flatMap(({ cells: grid }) => grid.flat().map(({ place, outcome }) => [placeKey(place), outcome])));
  const measured = errorsOf(pairs, (_, outcome) => valueOf(outcome));
  const resampled =
    scatter === null
      ? []
      : Array.from({ length: draws }, (_, draw) => {
          const stream = randomStream(0, "transfer-error", name, draw);
          const shifted = new Map(
            [...cells].map(([key, outcome]) => [key, valueOf(outcome) + noiseOf(outcome, scatter) * stream.normal()]),
          );
          return errorsOf(pairs, (key, outcome) => shifted.get(key) ?? valueOf(outcome));
        });
  const ends = (error: number, values: readonly number[]): { readonly low: number | null; readonly high: number | null } => {
    const sorted = values.filter(Number.isFinite).sort((left, right) => left - right);
    if (sorted.length === 0) return { low: null, high: null };
    // The error itself is always inside: where nothing changes with the choice, every draw is above it.
    return {
      low: Math.min(error, quantileOfSorted(sorted, (1 - level) / 2)),
      high: Math.max(error, quantileOfSorted(sorted, (1 + level) / 2)),
    };
  };
  const meanOf = (errors: readonly number[]): number => mean(errors.filter(Number.isFinite));
  const whole = meanOf(measured.map(({ error }) => error));
  const wholeDraws = resampled.map((errors) => meanOf(errors.map(({ error }) => error))).filter(Number.isFinite);
  return {
    pairs: measured.map(({ fixed, transferred, error }, index) => ({
      fixed,
      transferred,
      error: Number.isFinite(error) ? error : null,
      diverges: error === Infinity,
      ...(Number.isFinite(error)
        ? ends(
            error,
            resampled.map((errors) => errors[index]?.error ?? Number.NaN),
          )
        : { low: null, high: null }),
    })),
    mean: Number.isFinite(whole) ? { error: whole, ...ends(whole, wholeDraws) } : null,
    draws: wholeDraws,
  };
}

interface OrderedError {
  readonly fixed: string;
  readonly transferred: string;
  readonly error: number;
}

function errorsOf(pairs: readonly PairGrid[], loss: (key: string, outcome: PlaceOutcome) => number): readonly OrderedError[] {
  return pairs.flatMap(({ names: [first, second], cells }) => {
    const losses = cells.map((row) => row.map(({ place, outcome }) => loss(placeKey(place), outcome)));
    const columns = (losses[0] ?? []).map((_, column) => losses.map((row) => row[column] ?? Number.NaN));
    return [
      { fixed: first, transferred: second, error: transferError(losses) },
      { fixed: second, transferred: first, error: transferError(columns) },
    ];
  });
}

function valueOf(outcome: PlaceOutcome): number {
  return outcome.state === "measured" ? outcome.mean : outcome.state === "diverged" ? Infinity : Number.NaN;
}

function noiseOf(outcome: PlaceOutcome, scatter: number): number {
  return outcome.state === "measured" ? scatter / sqrt(outcome.losses.filter((loss) => loss !== null).length) : 0;
}
