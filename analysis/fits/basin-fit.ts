import { sqrt } from "../numerics/elementary.ts";
import { leastSquares, leverage } from "../numerics/least-squares.ts";

/** How a basin is fitted. */
export interface BasinFitOptions {
  /**
   * Degree of the polynomial in log2(hyperparameter). 2 by default: on the octave grids of the demo (notes: four widths,
   * seed 1) the optima of quadratics scatter 0.04-0.07 octave around their line, those of cubics 0.08-0.16, because a
   * cubic spends its one extra degree of freedom on noise. Take 3 for grids of half an octave or finer.
   */
  readonly degree: 2 | 3;
  /** The window holds at least this many points around the best grid point, where the grid has them. */
  readonly windowPoints: number;
  /** … and every point within so many octaves of it, so that finer grids average over the same width of the basin. */
  readonly windowOctaves: number;
}

export const defaultBasinFit: BasinFitOptions = { degree: 2, windowPoints: 5, windowOctaves: 2 };

export interface BasinSample {
  readonly log2Value: number;
  /** Nats per token; Infinity for a diverged run. */
  readonly loss: number;
}

/** A basin with a minimum inside the grid. */
export interface FittedBasin {
  readonly status: "fitted";
  readonly degree: 2 | 3;
  /** Loss = sum over k of coefficients[k] (log2 h - centerLog2)^k, within the window only. */
  readonly coefficients: readonly number[];
  readonly centerLog2: number;
  readonly windowLow: number;
  readonly windowHigh: number;
  readonly windowPoints: number;
  /** log2 of the fitted optimum. */
  readonly vertexLog2: number;
  /** Fitted loss there, nats per token. */
  readonly vertexLoss: number;
  /** Second derivative of the loss there, nats per octave squared, > 0. */
  readonly curvature: number;
  /** Of vertexLog2, by the delta method from the residuals, octaves; null without degrees of freedom. */
  readonly standardError: number | null;
  readonly degreesOfFreedom: number;
  /** Nats per token; null without degrees of freedom. */
  readonly residualStandardDeviation: number | null;
  readonly bestGridLog2: number;
}

/** Why a basin has no optimum to speak of. */
export interface UnfittedBasin {
  readonly status: "edge" | "cliff" | "too-few-points" | "no-minimum";
  readonly bestGridLog2: number | null;
  /** Where the minimum seems to lie, for edges and cliffs. */
  readonly side: "low" | "high" | null;
  /** For an edge: log2 of the value the grid should reach. */
  readonly widenToLog2: number | null;
  readonly words: string;
}

export type BasinFit = FittedBasin | UnfittedBasin;

/** Fewer grid points than this are no sweep: three points determine a parabola and leave nothing over. */
export const fewestGridPoints = 4;

/**
 * Fits one loss basin: a polynomial by least squares around the best grid point, its minimum, and whether the grid
 * brackets it. Diverged points count as infinitely bad when the best point is sought and never enter the fit; points
 * beyond a diverged one do not either.
 *
 * @param samples by rising log2Value, finite values only; missing runs left out
 */
export function fitBasin(samples: readonly BasinSample[], options: BasinFitOptions = defaultBasinFit): BasinFit {
  const bestIndex = indexOfBest(samples);
  const best = bestIndex === null ? undefined : samples[bestIndex];
  if (bestIndex === null || best === undefined)
    return unfitted("too-few-points", null, null, null, "no run has finished with a finite loss");
  const [first, last] = finiteStretch(samples, bestIndex);
  const stretch = samples.slice(first, last + 1);
  // An edge comes before a count: it says what to do about it.
  if (samples.length > 1 && bestIndex === 0) return atEdge(stretch, best.log2Value, "low", options);
  if (samples.length > 1 && bestIndex === samples.length - 1) return atEdge(stretch, best.log2Value, "high", options);
  const fewest = Math.max(fewestGridPoints, options.degree + 2);
  if (stretch.length < fewest)
    return unfitted("too-few-points", best.log2Value, null, null, `${stretch.length} neighbouring finite points, ${fewest} needed`);
  const fit = fitWindow(stretch, bestIndex - first, options);
  if (fit === null) return unfitted("no-minimum", best.log2Value, null, null, "the fitted curve has no minimum near the best grid point");
  if (fit.vertexLog2 >= fit.windowLow && fit.vertexLog2 <= fit.windowHigh) return fit;
  const side = fit.vertexLog2 < fit.windowLow ? "low" : "high";
  const stretchEnd = side === "low" ? stretch[0] : stretch.at(-1);
  const gridEnd = side === "low" ? samples[0] : samples.at(-1);
  if (stretchEnd === gridEnd && stretchEnd?.log2Value === (side === "low" ? fit.windowLow : fit.windowHigh))
    return atEdge(stretch, best.log2Value, side, options);
  if (stretchEnd !== gridEnd && stretchEnd === best)
    return unfitted(
      "cliff",
      best.log2Value,
      side,
      null,
      "the loss falls until runs diverge: refine the grid between the best point and the first diverged one",
    );
  return unfitted("no-minimum", best.log2Value, side, null, "the minimum of the fitted curve lies outside the points it was fitted to");
}

/** Index of the lowest finite loss, the first of equals; null when there is none. */
function indexOfBest(samples: readonly BasinSample[]): number | null {
  let bestIndex: number | null = null;
  let bestLoss = Infinity;
  for (const [index, { loss }] of samples.entries()) {
    if (loss < bestLoss) {
      bestLoss = loss;
      bestIndex = index;
    }
  }
  return bestIndex;
}

/** First and last index of the finite points around an index, up to the first diverged one on either side. */
function finiteStretch(samples: readonly BasinSample[], around: number): readonly [number, number] {
  const finite = (index: number): boolean => Number.isFinite(samples[index]?.loss ?? Infinity);
  let first = around;
  while (finite(first - 1)) first -= 1;
  let last = around;
  while (finite(last + 1)) last += 1;
  return [first, last];
}

/** The polynomial and its minimum, wherever that lies; null when it has none. */
function fitWindow(stretch: readonly BasinSample[], bestIndex: number, options: BasinFitOptions): FittedBasin | null {
  const center = stretch[bestIndex]?.log2Value ?? 0;
  const size = Math.min(stretch.length, options.windowPoints);
  const start = Math.min(Math.max(0, bestIndex - Math.floor((size - 1) / 2)), stretch.length - size);
  const window = stretch.filter(
    (sample, index) =>
      (index >= start && index < start + size) || Math.abs(sample.log2Value - center) <= options.windowOctaves * (1 + 1e-12),
  );
  const design = window.map((sample) => powers(sample.log2Value - center, options.degree));
  const fit = leastSquares(
    design,
    window.map((sample) => sample.loss),
  );
  const [constant = 0, slope = 0, square = 0, cube = 0] = fit.coefficients;
  const discriminant = square * square - 3 * slope * cube;
  const denominator = square + sqrt(Math.max(0, discriminant));
  if (discriminant <= 0 || denominator <= 0) return null;
  // The root of the derivative with positive second derivative, in the form that does not cancel as the cube vanishes.
  const t = -slope / denominator;
  const curvature = 2 * square + 6 * cube * t;
  if (!(curvature > 0)) return null;
  const gradient = Array.from({ length: options.degree + 1 }, (_, k) =>
    k === 0 ? 0 : -(k * (powers(t, options.degree)[k - 1] ?? 0)) / curvature,
  );
  const deviation = fit.residualStandardDeviation;
  return {
    status: "fitted",
    degree: options.degree,
    coefficients: fit.coefficients,
    centerLog2: center,
    windowLow: window[0]?.log2Value ?? center,
    windowHigh: window.at(-1)?.log2Value ?? center,
    windowPoints: window.length,
    vertexLog2: center + t,
    vertexLoss: constant + t * (slope + t * (square + t * cube)),
    curvature,
    standardError: deviation === null ? null : deviation * leverage(fit, gradient),
    degreesOfFreedom: fit.degreesOfFreedom,
    residualStandardDeviation: deviation,
    bestGridLog2: center,
  };
}

/** Value of the fitted polynomial; meant for points within its window. */
export function basinLossAt(fit: FittedBasin, log2Value: number): number {
  const t = log2Value - fit.centerLog2;
  return fit.coefficients.reduceRight((sum, coefficient) => sum * t + coefficient, 0);
}

/** An optimum on the edge: two grid steps more, or as many as the extrapolated minimum asks for, six at most. */
function atEdge(stretch: readonly BasinSample[], bestGridLog2: number, side: "low" | "high", options: BasinFitOptions): UnfittedBasin {
  const sign = side === "low" ? -1 : 1;
  const neighbour = (side === "low" ? stretch[1] : stretch.at(-2))?.log2Value ?? bestGridLog2 - sign;
  const edge = (side === "low" ? stretch[0] : stretch.at(-1))?.log2Value ?? bestGridLog2;
  const step = Math.abs(edge - neighbour);
  const fit = stretch.length > options.degree ? fitWindow(stretch, side === "low" ? 0 : stretch.length - 1, options) : null;
  const beyond = fit === null ? 0 : Math.ceil((sign * (fit.vertexLog2 - edge)) / step - 1e-6);
  const steps = Math.min(6, Math.max(2, beyond + 1));
  const widenTo = edge + sign * steps * step;
  const words = `the optimum lies on the ${side} edge of the grid (2^${trimmed(edge)}): widen the grid ${side === "low" ? "down" : "up"} to 2^${trimmed(widenTo)}`;
  return unfitted("edge", bestGridLog2, side, widenTo, words);
}

function unfitted(
  status: UnfittedBasin["status"],
  bestGridLog2: number | null,
  side: UnfittedBasin["side"],
  widenToLog2: number | null,
  words: string,
): UnfittedBasin {
  return { status, bestGridLog2, side, widenToLog2, words };
}

function powers(t: number, degree: number): number[] {
  return Array.from({ length: degree + 1 }, (_, k) => (k === 0 ? 1 : k === 1 ? t : k === 2 ? t * t : t * t * t));
}

function trimmed(value: number): string {
  return String(Number(value.toFixed(2)));
}
