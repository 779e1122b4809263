import type { RandomStream } from "../../../numerics/random-stream.ts";
import { mostSobolDimensions, sobolSequence } from "../../../numerics/sobol.ts";

/**
 * Evenly spread points of the unit cube, one after another: scrambled Sobol points, and plain random coordinates past the dimensions
 * that Sobol's sequence has.
 */
export function quasiRandomPoints(stream: RandomStream, dimensions: number, count: number): Float64Array {
  const points = new Float64Array(dimensions * count);
  if (dimensions === 0) return points;
  const even = Math.min(dimensions, mostSobolDimensions);
  const sequence = sobolSequence(even, stream);
  for (let index = 0; index < count; index += 1) {
    points.set(sequence.point(index), index * dimensions);
    for (let axis = even; axis < dimensions; axis += 1) points[index * dimensions + axis] = stream.uniform();
  }
  return points;
}
