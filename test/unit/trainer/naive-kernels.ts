import type { RandomStream } from "../../../analysis/numerics/random-stream.ts";
import type { Engine } from "../../../trainers/reference/engine/engine.ts";
import type { Address } from "../../../trainers/reference/engine/kernels.ts";

/** Room filled with standard normals. */
export function normals(engine: Engine, stream: RandomStream, length: number): Address {
  const address = engine.allocate(length);
  const view = engine.floats(address, length);
  for (let i = 0; i < length; i += 1) view[i] = stream.normal();
  return address;
}

export interface ProductCase {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA: 0 | 1;
  readonly transposeB: 0 | 1;
  readonly accumulate: 0 | 1;
  readonly alpha: number;
  /** Columns that belong to somebody else at the end of every row. */
  readonly padding?: number;
}

/**
 * Largest error of one product against a plain f64 one, in units of the rounding error that f32 sums of this length may have;
 * Infinity when something outside the result was written.
 */
export function checkedProduct(
  engine: Engine,
  stream: RandomStream,
  { m, n, k, transposeA, transposeB, accumulate, alpha, padding = 0 }: ProductCase,
): number {
  const strideA = (transposeA ? m : k) + padding;
  const strideB = (transposeB ? k : n) + padding;
  const strideC = n + padding;
  const aLength = (transposeA ? k : m) * strideA;
  const bLength = (transposeB ? n : k) * strideB;
  const cLength = m * strideC;
  const [a, b, c] = [normals(engine, stream, aLength), normals(engine, stream, bLength), normals(engine, stream, cLength)];
  const before = engine.floats(c, cLength).slice();
  engine.kernels.matrixMultiply(transposeA, transposeB, m, n, k, alpha, a, strideA, b, strideB, c, strideC, accumulate);
  const left = engine.floats(a, aLength);
  const right = engine.floats(b, bLength);
  const result = engine.floats(c, cLength);
  let worst = 0;
  for (let i = 0; i < m; i += 1) {
    for (let j = 0; j < strideC; j += 1) {
      const at = i * strideC + j;
      const old = before[at] ?? 0;
      const found = result[at] ?? 0;
      if (j >= n) {
        if (found !== old) return Infinity;
        continue;
      }
      let sum = 0;
      for (let p = 0; p < k; p += 1)
        sum += (left[transposeA ? p * strideA + i : i * strideA + p] ?? 0) * (right[transposeB ? j * strideB + p : p * strideB + j] ?? 0);
      const expected = alpha * sum + accumulate * old;
      const tolerance = 2 ** -24 * (4 + 4 * Math.sqrt(k)) * (1 + Math.abs(alpha) * Math.sqrt(k));
      worst = Math.max(worst, Math.abs(found - expected) / tolerance);
    }
  }
  return worst;
}
