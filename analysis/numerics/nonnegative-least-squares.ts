import { factorCholesky, solveCholesky } from "./cholesky.ts";
import { sqrt } from "./elementary.ts";

/**
 * Minimises x' G x / 2 - b' x with x >= 0, which is least squares in normal equations (Lawson and Hanson 1974, chapter 23, algorithm
 * NNLS). Columns are scaled to unit length first.
 *
 * @param gram G = A'A, symmetric, size x size
 * @param products b = A'y
 * @returns x; exactly 0 where the bound holds
 */
export function nonnegativeLeastSquares(gram: Float64Array, products: Float64Array, size: number): Float64Array {
  const lengths = Array.from({ length: size }, (_, j) => sqrt(gram[j * size + j] ?? 0));
  const entry = (j: number, k: number): number => {
    const length = (lengths[j] ?? 0) * (lengths[k] ?? 0);
    return length > 0 ? (gram[j * size + k] ?? 0) / length : 0;
  };
  const target = lengths.map((length, j) => (length > 0 ? (products[j] ?? 0) / length : 0));
  const scale = Math.max(...target.map(Math.abs), 0);
  const solution = new Float64Array(size);
  const positive = new Set<number>();
  for (let round = 0; round < 3 * size + 3; round += 1) {
    const slopes = target.map((value, j) => value - solution.reduce((sum, x, k) => sum + entry(j, k) * x, 0));
    let entering = -1;
    for (const [j, slope] of slopes.entries())
      if (!positive.has(j) && (lengths[j] ?? 0) > 0 && slope > 1e-13 * scale && (entering < 0 || slope > (slopes[entering] ?? 0)))
        entering = j;
    if (entering < 0) break;
    positive.add(entering);
    while (positive.size > 0) {
      const members = [...positive].sort((left, right) => left - right);
      const candidate = solveSubset(members, entry, target);
      if (candidate === null) {
        // The newcomer is a combination of the others: it brings nothing.
        positive.delete(entering);
        break;
      }
      let share = 1;
      for (const [index, j] of members.entries()) {
        const [from, to] = [solution[j] ?? 0, candidate[index] ?? 0];
        if (to <= 0 && from - to > 0) share = Math.min(share, from / (from - to));
      }
      for (const [index, j] of members.entries()) solution[j] = (solution[j] ?? 0) + share * ((candidate[index] ?? 0) - (solution[j] ?? 0));
      if (share === 1) break;
      for (const j of members)
        if ((solution[j] ?? 0) <= 1e-15 * scale) {
          solution[j] = 0;
          positive.delete(j);
        }
    }
  }
  for (let j = 0; j < size; j += 1) solution[j] = positive.has(j) ? Math.max(0, (solution[j] ?? 0) / (lengths[j] ?? 1)) : 0;
  return solution;
}

function solveSubset(members: readonly number[], entry: (j: number, k: number) => number, target: readonly number[]): Float64Array | null {
  const factor = Float64Array.from(members.flatMap((j) => members.map((k) => entry(j, k))));
  if (!factorCholesky(factor, members.length, 1e-14)) return null;
  const result = Float64Array.from(members, (j) => target[j] ?? 0);
  solveCholesky(factor, members.length, result);
  return result;
}
