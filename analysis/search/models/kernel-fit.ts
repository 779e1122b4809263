import { minimiseWithin, type SlopedFunction } from "../../numerics/bounded-quasi-newton.ts";
import { log } from "../../numerics/elementary.ts";
import type { KernelCoordinates } from "./kernel-matrix.ts";
import { addNegativeLogPrior, type KernelPrior } from "./kernel-prior.ts";

/** Ranges of inverse squares, scale, linear part and noise (the least noise is the caller's). */
const inverseSquareRange = [1e-4, 1e4] as const;
const scaleRange = [1e-3, 1e3] as const;
const linearRange = [1e-6, 1e3] as const;
const greatestNoise = 10;

/** Where a fit begins: inverse squares, scale, linear part, noise. The first is the middle of the prior. */
const starts = [
  [1, 1, 2, 0.02],
  [0.1, 1, 2, 0.001],
  [10, 1, 0.5, 0.02],
  [1, 0.2, 5, 0.1],
] as const;

export interface KernelFit {
  readonly coordinates: KernelCoordinates;
  /** Minus the log posterior density, up to a constant; Infinity when no start has a value. */
  readonly objective: number;
  readonly evaluations: number;
}

export interface KernelFitSettings {
  readonly prior: KernelPrior;
  readonly leastNoise: number;
  /** Evaluations of the likelihood for each start, at most. */
  readonly evaluations: number;
  /** How many of the fixed starts are tried, at most 4, beside `from`. */
  readonly starts: number;
}

/** The middle of the prior, for data too few to say more. */
export function priorCoordinates(dimensions: number): KernelCoordinates {
  return coordinatesOf(dimensions, starts[0]);
}

/**
 * The most probable kernel under a likelihood and a prior (MAP), by L-BFGS within bounds from several starts.
 *
 * @param likelihood minus the log likelihood in kernel coordinates
 * @param from coordinates that an earlier fit found; null for none
 */
export function fitKernel(
  likelihood: SlopedFunction,
  dimensions: number,
  from: KernelCoordinates | null,
  { prior, leastNoise, evaluations, starts: startCount }: KernelFitSettings,
): KernelFit {
  const lower = coordinatesOf(dimensions, [inverseSquareRange[0], scaleRange[0], linearRange[0], leastNoise]);
  const upper = coordinatesOf(dimensions, [inverseSquareRange[1], scaleRange[1], linearRange[1], greatestNoise]);
  const objective: SlopedFunction = (coordinates, slopes) => {
    const value = likelihood(coordinates, slopes);
    return value + addNegativeLogPrior(prior, coordinates, slopes);
  };
  let best: KernelFit = { coordinates: from ?? priorCoordinates(dimensions), objective: Infinity, evaluations: 0 };
  let spent = 0;
  const places = [
    ...(from === null ? [] : [Float64Array.from(from)]),
    ...starts.slice(0, startCount).map((start) => coordinatesOf(dimensions, start)),
  ];
  for (const coordinates of places) {
    const minimum = minimiseWithin(objective, coordinates, { lower, upper, evaluations, tolerance: 1e-5 });
    spent += minimum.evaluations;
    if (minimum.value < best.objective) best = { coordinates, objective: minimum.value, evaluations: 0 };
  }
  return { ...best, evaluations: spent };
}

type Four = readonly [number, number, number, number];

function coordinatesOf(dimensions: number, [inverseSquare, scale, linear, noise]: Four): Float64Array {
  const coordinates = new Float64Array(dimensions + 3).fill(log(inverseSquare));
  coordinates.set([log(scale), log(linear), log(noise)], dimensions);
  return coordinates;
}
