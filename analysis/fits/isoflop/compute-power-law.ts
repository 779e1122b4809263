import { exp, log, sqrt } from "../../numerics/elementary.ts";
import type { Interval } from "../../numerics/interval.ts";
import { sampleQuantile } from "../../numerics/lattice.ts";
import { leastSquares } from "../../numerics/least-squares.ts";
import { mean } from "../../numerics/mean.ts";

/** ln optimum at one compute budget. */
export interface ComputeOptimum {
  readonly compute: number;
  readonly logOptimum: number;
  /** At least 0; left out: 1. */
  readonly weight?: number;
}

/** optimum = coefficient C^exponent. Plain JSON. */
export interface ComputePowerLaw {
  readonly coefficient: number;
  readonly exponent: number;
  readonly coefficientInterval: Interval;
  readonly exponentInterval: Interval;
  /** Of the exponent, from the scatter of the optima about the line; null with two. */
  readonly exponentStandardError: number | null;
  /** Root mean square of ln optimum about the line. */
  readonly scatter: number;
  readonly smallestCompute: number;
  readonly largestCompute: number;
  /** Lines of the redraws, for intervals at other budgets: ln optimum at `centerLogCompute`, exponent. */
  readonly centerLogCompute: number;
  readonly lines: readonly (readonly [number, number])[];
  readonly level: number;
  readonly method: string;
}

/** What is needed to turn redraws into intervals. */
export interface Redraws {
  /** The optima of every redraw; those with fewer than two are not counted. */
  readonly optima: Iterable<readonly ComputeOptimum[]>;
  readonly level: number;
  readonly method: string;
}

/**
 * A power law of compute by least squares of ln optimum on ln C, with percentile intervals over redraws (Efron 1979).
 *
 * @param optima at two budgets or more
 */
export function computePowerLaw(optima: readonly ComputeOptimum[], redraws: Redraws): ComputePowerLaw {
  const center = mean(optima.map(({ compute }) => log(compute)));
  const fit = lineThrough(optima, center);
  const lines: (readonly [number, number])[] = [];
  for (const draw of redraws.optima) if (spansBudgets(draw)) lines.push(lineThrough(draw, center).line);
  const { level, method } = redraws;
  const [height, exponent] = fit.line;
  const percentiles = (values: readonly number[]): Interval => percentileInterval(values, level, method);
  return {
    coefficient: exp(height - exponent * center),
    exponent,
    coefficientInterval: percentiles(lines.map(([at, slope]) => exp(at - slope * center))),
    exponentInterval: percentiles(lines.map(([, slope]) => slope)),
    exponentStandardError: fit.standardError,
    scatter: fit.scatter,
    smallestCompute: Math.min(...optima.map(({ compute }) => compute)),
    largestCompute: Math.max(...optima.map(({ compute }) => compute)),
    centerLogCompute: center,
    lines,
    level,
    method,
  };
}

/** The optimum that a law predicts. */
export interface PredictedOptimum {
  readonly value: number;
  readonly interval: Interval;
  /** Compute over the largest fitted one, or the smallest over it; 1 within the fitted range. */
  readonly extrapolation: number;
}

/** Parameters or tokens at a budget, FLOP > 0, with the interval of the redraws' lines there. */
export function optimumAt(law: ComputePowerLaw, compute: number): PredictedOptimum {
  const distance = log(compute) - law.centerLogCompute;
  return {
    value: exp(log(law.coefficient) + law.exponent * log(compute)),
    interval: percentileInterval(
      law.lines.map(([at, slope]) => exp(at + slope * distance)),
      law.level,
      law.method,
    ),
    extrapolation: Math.max(1, compute / law.largestCompute, law.smallestCompute / compute),
  };
}

function percentileInterval(values: readonly number[], level: number, method: string): Interval {
  const tail = (1 - level) / 2;
  return {
    low: sampleQuantile(values, tail),
    high: sampleQuantile(values, 1 - tail),
    level,
    method,
    covers: "parameter",
    degreesOfFreedom: null,
  };
}

function spansBudgets(optima: readonly ComputeOptimum[]): boolean {
  return optima.some(({ compute }) => compute !== optima[0]?.compute);
}

function lineThrough(
  optima: readonly ComputeOptimum[],
  center: number,
): { readonly line: readonly [number, number]; readonly standardError: number | null; readonly scatter: number } {
  const roots = optima.map(({ weight = 1 }) => sqrt(weight));
  const fit = leastSquares(
    optima.map(({ compute }, index) => [roots[index] ?? 1, (roots[index] ?? 1) * (log(compute) - center)]),
    optima.map(({ logOptimum }, index) => (roots[index] ?? 1) * logOptimum),
  );
  const [height = 0, slope = 0] = fit.coefficients;
  const residuals = optima.map(({ compute, logOptimum }) => logOptimum - height - slope * (log(compute) - center));
  const deviation = fit.residualStandardDeviation;
  return {
    line: [height, slope],
    standardError: deviation === null ? null : deviation * sqrt(fit.inverseGram[1]?.[1] ?? 0),
    scatter: sqrt(mean(residuals.map((value) => value * value))),
  };
}
