import { studentTQuantile } from "./student-t.ts";

/** Points of the lattice; a prime, with the multiplier of L'Ecuyer and Lemieux (2000), table 1. */
export const latticeSize = 2039;
const multiplier = 1487;

/**
 * A rank-1 Korobov lattice: `latticeSize` points spread evenly over the unit cube, for averages over a distribution
 * without any randomness (quasi-Monte Carlo). Every coordinate by itself takes each of the values (k + 1/2) / size once,
 * which makes an average over one coordinate the midpoint rule.
 *
 * @param coordinate 0, 1, 2, …
 * @returns for every point, the index k of that coordinate
 */
export function latticeCoordinate(coordinate: number): readonly number[] {
  let factor = 1;
  for (let power = 0; power < coordinate; power += 1) factor = (factor * multiplier) % latticeSize;
  return Array.from({ length: latticeSize }, (_, point) => (point * factor) % latticeSize);
}

const nodesByDegrees = new Map<number, readonly number[]>();

/**
 * Quantiles of Student's t at (k + 1/2) / size for k = 0 … size - 1, symmetric to the bit. A table is kept for each
 * number of degrees of freedom asked for: a recommendation reads the same one a dozen times and it costs 30 ms.
 */
export function studentTNodes(degreesOfFreedom: number): readonly number[] {
  const known = nodesByDegrees.get(degreesOfFreedom);
  if (known !== undefined) return known;
  const middle = (latticeSize - 1) / 2;
  const upper = Array.from({ length: middle }, (_, index) => studentTQuantile((middle + index + 1.5) / latticeSize, degreesOfFreedom));
  const nodes = [...upper.map((value) => -value).reverse(), 0, ...upper];
  nodesByDegrees.set(degreesOfFreedom, nodes);
  return nodes;
}

/**
 * Quantile of equally likely samples, linear between order statistics (Hyndman and Fan's type 5).
 *
 * @param samples at least one
 * @param probability in [0, 1]
 */
export function sampleQuantile(samples: readonly number[], probability: number): number {
  const sorted = [...samples].sort((left, right) => left - right);
  const position = Math.min(Math.max(probability * sorted.length - 0.5, 0), sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[below + 1] ?? low;
  return low + (position - below) * (high - low);
}
