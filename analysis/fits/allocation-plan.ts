import { exp, log } from "../numerics/elementary.ts";
import { significant } from "../study/number-words.ts";
import { type AllocationOptions, computeSplitter, noInteriorOptimum } from "./allocation.ts";
import {
  type AllocationExponents,
  type AllocationPlace,
  allocationExponents,
  type DrawnSplits,
  placeAllocation,
} from "./allocation-intervals.ts";
import { type AllocationReading, lawReading, otherReadings, type RefusedReading } from "./allocation-readings.ts";
import { bootstrapFits } from "./bootstrap.ts";
import { indexClusters } from "./clusters.ts";
import type { OpenFit } from "./document/open-fit.ts";
import { prepareFit } from "./prepared-fit.ts";

/** The best split at budgets and along the frontier, by one fit. Plain JSON. */
export interface AllocationFrontierPlan {
  /** FLOPs of the smallest and largest fitted row; null where budgets are not known. */
  readonly fittedCompute: { readonly from: number; readonly to: number } | null;
  readonly level: number;
  readonly method: string;
  /** One a budget asked for, in the order asked. */
  readonly places: readonly AllocationPlace[];
  /** Powers of ten from the smallest fitted budget to the largest asked for. */
  readonly frontier: readonly AllocationPlace[];
}

/** What a fit says of the best split of compute, and what other methods say of the same rows. Plain JSON. */
export interface AllocationPlan extends AllocationFrontierPlan {
  readonly law: string;
  readonly formula: string;
  /** Names of the inputs that share the compute. */
  readonly size: string;
  readonly tokens: string;
  readonly counting: OpenFit["document"]["counting"];
  readonly flopsPerParameterToken: number;
  /** Values of the other inputs. */
  readonly fixed: Readonly<Record<string, number>>;
  readonly rows: number;
  /** Of N*(C) and D*(C), around the largest budget asked for; `constant`: the same at all budgets of the frontier. */
  readonly exponents: (AllocationExponents & { readonly constant: boolean }) | null;
  /** This fit first, then other methods on the same rows. */
  readonly readings: readonly AllocationReading[];
  readonly refusedReadings: readonly RefusedReading[];
  readonly warnings: readonly string[];
}

/** Level of all intervals. */
const level = 0.95;
/** Exponents at two budgets that differ by less are one. */
const sameExponent = 1e-4;
/** Draws without an optimum that are more than this share of all are warned of. */
const toleratedShare = 0.01;

/**
 * The best split of compute between model size and tokens at budgets and along the frontier, with intervals over the resamples of the fit
 * (its own number of draws and seed).
 *
 * @param computes FLOPs, above 0, at least one
 * @throws LadderError as `computeSplitter`, `bootstrapFits`; `rejected` NO_INTERIOR_OPTIMUM at a budget asked for
 */
export function planFrontier(open: OpenFit, computes: readonly number[], options: AllocationOptions = {}): AllocationFrontierPlan {
  return frontierOf(open, computes, drawSplits(open, computes, options));
}

/**
 * The same, and what other methods say of the same rows.
 *
 * @throws LadderError as `planFrontier`
 */
export function planAllocation(open: OpenFit, computes: readonly number[], options: AllocationOptions = {}): AllocationPlan {
  const { law, document, fitted } = open;
  const drawn = drawSplits(open, computes, options);
  const { splitter } = drawn;
  const along = frontierOf(open, computes, drawn);
  const most = Math.max(...computes);
  const from = Math.min(...computes, along.fittedCompute?.from ?? most);
  const exponents = allocationExponents(drawn, most);
  const atLeast = allocationExponents({ ...drawn, draws: { ...drawn.draws, count: 0 } }, from);
  const others = otherReadings(open, computes, { ...options, level });
  return {
    law: law.id,
    formula: law.formula,
    size: splitter.size,
    tokens: splitter.tokens,
    counting: document.counting,
    flopsPerParameterToken: options.flopsPerParameterToken ?? 6,
    fixed: options.fixed ?? {},
    rows: fitted.output.length,
    ...along,
    exponents:
      exponents === null
        ? null
        : { ...exponents, constant: Math.abs(exponents.size.value - (atLeast?.size.value ?? Number.NaN)) < sameExponent },
    readings: [lawReading({ method: "this fit", words: law.id }, drawn, computes), ...others.read],
    refusedReadings: others.refused,
    warnings: warningsOf(open, along.places, splitter.size, splitter.tokens),
  };
}

function drawSplits(open: OpenFit, computes: readonly number[], options: AllocationOptions): DrawnSplits {
  const { law, document, fitted, coordinates, problem } = open;
  const { draws: count, seed } = document.request;
  const splitter = computeSplitter(law, options);
  for (const compute of computes) if (splitter.split(coordinates, compute) === null) throw noInteriorOptimum(law, compute);
  const draws = bootstrapFits(prepareFit(law, fitted, problem), coordinates, { kind: "pairs", seed, count });
  return { splitter, coordinates, draws, level };
}

function frontierOf(
  { document, fitted, fittedLogBudgets }: OpenFit,
  computes: readonly number[],
  drawn: DrawnSplits,
): AllocationFrontierPlan {
  const { draws: count, seed } = document.request;
  const fittedCompute =
    fittedLogBudgets === undefined ? null : { from: exp(Math.min(...fittedLogBudgets)), to: exp(Math.max(...fittedLogBudgets)) };
  const largestCompute = fittedCompute?.to ?? null;
  const placed = (compute: number): AllocationPlace | readonly [] => placeAllocation(drawn, compute, largestCompute) ?? [];
  const most = Math.max(...computes);
  const from = Math.min(...computes, fittedCompute?.from ?? most);
  return {
    fittedCompute,
    level,
    method: `percentiles of ${count} refits over ${indexClusters(fitted).count} clusters, seed ${seed}`,
    places: computes.flatMap(placed),
    frontier: decades(from, most).flatMap(placed),
  };
}

const ln10 = 2.302585092994046;

/** Powers of ten within a range. */
function decades(from: number, to: number): readonly number[] {
  const [first, last] = [Math.ceil(log(from) / ln10 - 1e-9), Math.floor(log(to) / ln10 + 1e-9)];
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => Number(`1e${first + index}`));
}

function warningsOf({ document, fitted }: OpenFit, places: readonly AllocationPlace[], size: string, tokens: string): readonly string[] {
  const unknown = Object.entries(document.parameters).flatMap(([name, { identified }]) => (identified ? [] : [name]));
  const [sizes, tokenCounts] = [fitted.columns[size], fitted.columns[tokens]];
  const ratios =
    sizes === undefined || tokenCounts === undefined ? [] : Array.from(sizes, (value, row) => log((tokenCounts[row] ?? 0) / value));
  const [low, high] = [exp(Math.min(...ratios)), exp(Math.max(...ratios))];
  return [
    ...(unknown.length === 0
      ? []
      : [`${unknown.join(" and ")} ${unknown.length === 1 ? "is" : "are"} not identified by these rows: read the interval, not the value`]),
    ...places.flatMap(({ compute, tokensPerParameter, drawsWithoutOptimum }) => [
      ...(drawsWithoutOptimum > toleratedShare * document.request.draws
        ? [
            `${drawsWithoutOptimum} of ${document.request.draws} refits have no optimum at ${flops(compute)}: the intervals are of the others`,
          ]
        : []),
      ...(ratios.length > 0 && (tokensPerParameter.value < low || tokensPerParameter.value > high)
        ? [
            `${significant(tokensPerParameter.value)} tokens per parameter at ${flops(compute)} lies outside of what was trained, ${significant(low)} to ${significant(high)}`,
          ]
        : []),
    ]),
  ];
}

function flops(compute: number): string {
  return `${compute.toExponential(2).replace("e+", "e")} FLOPs`;
}
