import { kernelParameters, type KernelCoordinates } from "./kernel-matrix.ts";

/** What is believed of a kernel before any reading: targets have variance 1, coordinates run over [0, 1]. */
export interface KernelPrior {
  /** Weight of -(0.1 / w + 0.1 w) for each inverse square w; 1 as in Optuna. */
  readonly smoothness: number;
  /** Gamma distribution of the scale: shape and rate. */
  readonly scale: readonly [number, number];
  /** Normal distribution of ln(linear): mean and standard deviation. */
  readonly logLinear: readonly [number, number];
  /** Gamma distribution of the noise: shape and rate. */
  readonly noise: readonly [number, number];
}

/**
 * Adds the slopes of minus the log density of the prior (up to a constant) and returns its value. The forms for inverse squares, scale and
 * noise are those of Optuna's GPSampler (optuna 5.0.0, `optuna/_gp/prior.py`), as densities of the parameters themselves; that of the
 * linear part, which Optuna has not, is ours.
 */
export function addNegativeLogPrior(prior: KernelPrior, coordinates: KernelCoordinates, slopes: Float64Array): number {
  const dimensions = coordinates.length - 3;
  const { inverseSquares, scale, noise } = kernelParameters(coordinates);
  let value = 0;
  for (let axis = 0; axis < dimensions; axis += 1) {
    const w = inverseSquares[axis] ?? 1;
    value += prior.smoothness * (0.1 / w + 0.1 * w);
    slopes[axis] = (slopes[axis] ?? 0) + prior.smoothness * (0.1 * w - 0.1 / w);
  }
  const gammas = [
    [prior.scale, scale, dimensions],
    [prior.noise, noise, dimensions + 2],
  ] as const;
  for (const [[shape, rate], parameter, index] of gammas) {
    value += rate * parameter - (shape - 1) * (coordinates[index] ?? 0);
    slopes[index] = (slopes[index] ?? 0) + rate * parameter - (shape - 1);
  }
  const [mean, deviation] = prior.logLinear;
  const z = ((coordinates[dimensions + 1] ?? 0) - mean) / deviation;
  slopes[dimensions + 1] = (slopes[dimensions + 1] ?? 0) + z / deviation;
  return value + 0.5 * z * z;
}
