import { exp, log } from "../numerics/elementary.ts";
import { quantileOfSorted } from "../numerics/quantile.ts";
import type { Allocation, ComputeSplitter } from "./allocation.ts";
import type { BootstrapDraws } from "./bootstrap.ts";

/** A value with the ends of its interval; ends are null where no draw gave one. Plain JSON. */
export interface Estimate {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** The split at one budget, with intervals. Plain JSON. */
export interface AllocationPlace {
  /** FLOPs. */
  readonly compute: number;
  readonly size: Estimate;
  readonly tokens: Estimate;
  readonly tokensPerParameter: Estimate;
  /** Of the law itself, not of one new run; natural units. */
  readonly loss: Estimate;
  /** Compute over the largest budget that was fitted; null where budgets are not known. */
  readonly beyond: number | null;
  /** Draws that have no optimum here; the intervals are of the others. */
  readonly drawsWithoutOptimum: number;
}

/** d ln optimum / d ln C at a budget. Plain JSON. */
export interface AllocationExponents {
  readonly size: Estimate;
  readonly tokens: Estimate;
}

/** Exponents are slopes over this much of ln C on either side of a budget: a decade in all. */
const halfDecade = 1.151292546497023;

/** A splitter with the parameters of a fit and of its resamples. */
export interface DrawnSplits {
  readonly splitter: ComputeSplitter;
  readonly coordinates: Float64Array;
  readonly draws: BootstrapDraws;
  readonly level: number;
}

/**
 * The split at a budget with percentile intervals over draws, taken of logarithms (Efron 1979); null where the fit has no optimum there.
 *
 * @param largestCompute FLOPs of the largest fitted row
 */
export function placeAllocation(drawn: DrawnSplits, compute: number, largestCompute: number | null): AllocationPlace | null {
  const best = drawn.splitter.split(drawn.coordinates, compute);
  if (best === null) return null;
  const all = splitDraws(drawn, compute).flatMap((found) => found ?? []);
  const estimate = (quantity: (allocation: Allocation) => number): Estimate => ({
    value: quantity(best),
    ...logPercentiles(all.map(quantity), drawn.level),
  });
  return {
    compute,
    size: estimate(({ size }) => size),
    tokens: estimate(({ tokens }) => tokens),
    tokensPerParameter: estimate(({ tokensPerParameter }) => tokensPerParameter),
    loss: estimate(({ loss }) => loss),
    beyond: largestCompute === null ? null : compute / largestCompute,
    drawsWithoutOptimum: drawn.draws.count - all.length,
  };
}

/** Slopes of both optima over a decade around a budget; null where the fit has no optimum at its ends. */
export function allocationExponents(drawn: DrawnSplits, compute: number): AllocationExponents | null {
  const { splitter, coordinates, level } = drawn;
  const [below, above] = [compute * exp(-halfDecade), compute * exp(halfDecade)];
  const slope = (from: Allocation | null, to: Allocation | null): readonly [number, number] | null =>
    from === null || to === null ? null : [log(to.size / from.size) / (2 * halfDecade), log(to.tokens / from.tokens) / (2 * halfDecade)];
  const best = slope(splitter.split(coordinates, below), splitter.split(coordinates, above));
  if (best === null) return null;
  const ends = splitDraws(drawn, above);
  const slopes = splitDraws(drawn, below).flatMap((from, draw) => {
    const found = slope(from, ends[draw] ?? null);
    return found === null ? [] : [found];
  });
  const [size, tokens] = best;
  return {
    size: {
      value: size,
      ...percentiles(
        slopes.map(([ofSize]) => ofSize),
        level,
      ),
    },
    tokens: {
      value: tokens,
      ...percentiles(
        slopes.map(([, ofTokens]) => ofTokens),
        level,
      ),
    },
  };
}

function splitDraws({ splitter, draws }: DrawnSplits, compute: number): readonly (Allocation | null)[] {
  return Array.from({ length: draws.count }, (_, draw) =>
    splitter.split(draws.coordinates.subarray(draw * draws.size, (draw + 1) * draws.size), compute),
  );
}

function logPercentiles(values: readonly number[], level: number): Pick<Estimate, "low" | "high"> {
  const { low, high } = percentiles(
    values.map((value) => log(value)),
    level,
  );
  return { low: low === null ? null : exp(low), high: high === null ? null : exp(high) };
}

function percentiles(values: readonly number[], level: number): Pick<Estimate, "low" | "high"> {
  if (values.length === 0) return { low: null, high: null };
  const sorted = Float64Array.from(values).sort();
  const tail = (1 - level) / 2;
  return { low: quantileOfSorted(sorted, tail), high: quantileOfSorted(sorted, 1 - tail) };
}
