import { log, log1p, sqrt } from "../../numerics/elementary.ts";
import { LadderError } from "../../study/ladder-error.ts";
import { logErfc } from "./log-erfc.ts";
import { logAdd, logSubtract } from "./log-space.ts";

/** Noise steps of one kind: every example joins a batch by an independent coin (Poisson subsampling), gradients are clipped to 1. */
export interface GaussianSteps {
  /** Probability that an example joins a batch, q = batch size / examples, in [0, 1]. */
  readonly samplingRate: number;
  /** Standard deviation of the noise over the clipping norm, sigma > 0. */
  readonly noiseMultiplier: number;
  /** Whole number, at least 0. */
  readonly steps: number;
}

/**
 * Rényi divergence of one step of the sampled Gaussian mechanism at an order, nats: ln A(order) / (order - 1) of Mironov, Talwar and
 * Zhang 2019 (arXiv:1908.10530), section 3.3, where opacus 1.5 and TensorFlow Privacy take it from too: the binomial sum at whole
 * orders, two series of erfc at fractional ones.
 *
 * @param samplingRate in [0, 1]
 * @param noiseMultiplier > 0
 * @param order > 1
 * @throws LadderError `input` PRIVACY_DOMAIN outside these ranges
 */
export function sampledGaussianDivergence(samplingRate: number, noiseMultiplier: number, order: number): number {
  refuseOutside("samplingRate", samplingRate, samplingRate >= 0 && samplingRate <= 1, "in [0, 1]: batch size / examples");
  refuseOutside(
    "noiseMultiplier",
    noiseMultiplier,
    noiseMultiplier > 0 && noiseMultiplier < Infinity,
    "above 0: without noise there is no privacy",
  );
  refuseOutside("order", order, order > 1 && order < Infinity, "above 1");
  if (samplingRate === 0) return 0;
  if (samplingRate === 1) return order / (2 * noiseMultiplier * noiseMultiplier);
  return logMoment(samplingRate, noiseMultiplier, order) / (order - 1);
}

/** Throws `input` PRIVACY_DOMAIN naming the field when a number is out of its range. */
export function refuseOutside(field: string, value: number, legal: boolean, range: string): void {
  if (!legal) throw new LadderError("input", "PRIVACY_DOMAIN", `${field} must be ${range}, got ${value}`, { fields: { field, value } });
}

function logMoment(q: number, sigma: number, order: number): number {
  if (Number.isInteger(order)) return logMomentWhole(q, sigma, order);
  const fractional = logMomentFractional(q, sigma, order);
  if (Number.isFinite(fractional)) return fractional;
  // Where the alternating series cancels to nothing: ln A is convex in the order (it is a cumulant function), so that the chord
  // between its whole neighbours is an upper bound; ln A(1) = 0.
  const below = Math.floor(order);
  const low = below === 1 ? 0 : logMomentWhole(q, sigma, below);
  return low + (order - below) * (logMomentWhole(q, sigma, below + 1) - low);
}

/** Sum over k of binomial(order, k) (1 - q)^(order - k) q^k e^((k^2 - k) / (2 sigma^2)). */
function logMomentWhole(q: number, sigma: number, order: number): number {
  const [logIn, logOut] = [log(q), log1p(-q)];
  let sum = -Infinity;
  let logBinomial = 0;
  for (let k = 0; k <= order; k += 1) {
    sum = logAdd(sum, logBinomial + k * logIn + (order - k) * logOut + (k * k - k) / (2 * sigma * sigma));
    logBinomial += log((order - k) / (k + 1));
  }
  return sum;
}

const mostTerms = 20_000;
/** e^-30: where opacus ends its series. */
const logSmallestTerm = -30;

/** The integral split where both densities are equal; a binomial series with a real upper index on each side. NaN where it cancels. */
function logMomentFractional(q: number, sigma: number, order: number): number {
  const [logIn, logOut] = [log(q), log1p(-q)];
  const split = sigma * sigma * (logOut - logIn) + 0.5;
  const width = sqrt(2) * sigma;
  const logHalf = -0.6931471805599453;
  let below = -Infinity;
  let above = -Infinity;
  let binomial = 1;
  for (let k = 0; k < mostTerms; k += 1) {
    const rest = order - k;
    const logSize = log(Math.abs(binomial)) + logHalf;
    const lower = logSize + k * logIn + rest * logOut + (k * k - k) / (2 * sigma * sigma) + logErfc((k - split) / width);
    const upper = logSize + rest * logIn + k * logOut + (rest * rest - rest) / (2 * sigma * sigma) + logErfc((split - rest) / width);
    const join = binomial > 0 ? logAdd : logSubtract;
    below = join(below, lower);
    above = join(above, upper);
    if (Number.isNaN(below) || Number.isNaN(above)) return Number.NaN;
    if (lower < logSmallestTerm && upper < logSmallestTerm) return logAdd(below, above);
    binomial *= rest / (k + 1);
  }
  return Number.NaN;
}
