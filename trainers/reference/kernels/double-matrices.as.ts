/**
 * Matrices in f64, row-major, without gaps between rows: what optimizers with matrix roots and inverses compute with. The
 * bits depend on the operands alone.
 */
const depthBlock: i32 = 128;
const columnBlock: i32 = 256;

/** Bytes of workspace: a packed block of B, a packed panel of A, one spare tile. */
export function doubleWorkspaceBytes(): i32 {
  return (depthBlock * columnBlock + depthBlock * 4 + 16) * 8;
}

let packedB: usize = 0;
let packedA: usize = 0;
let spareTile: usize = 0;

/** Tells doubleMultiply where its workspace lies: `doubleWorkspaceBytes` bytes, 16-byte aligned. */
export function setDoubleWorkspace(address: usize): void {
  packedB = address;
  packedA = packedB + <usize>(depthBlock * columnBlock * 8);
  spareTile = packedA + <usize>(depthBlock * 4 * 8);
}

/** to (f64) <- from (f32), `n` numbers. */
export function promote(to: usize, from: usize, n: i32): void {
  for (let i = 0; i < n; i++) f64.store(to + <usize>i * 8, <f64>f32.load(from + <usize>i * 4));
}

/** to (f32) <- from (f64), `n` numbers, rounded to nearest. */
export function demote(to: usize, from: usize, n: i32): void {
  for (let i = 0; i < n; i++) f32.store(to + <usize>i * 4, <f32>f64.load(from + <usize>i * 8));
}

/** to <- factor * from, `n` numbers of f64; `to` may be `from`. */
export function doubleScale(to: usize, from: usize, n: i32, factor: f64): void {
  for (let i = 0; i < n; i++) f64.store(to + <usize>i * 8, factor * f64.load(from + <usize>i * 8));
}

/** Four columns or rows side by side: `width` of them from `from`, one every `across` bytes; their entries every `along` bytes. */
function pack(to: usize, from: usize, across: usize, along: usize, width: i32, depth: i32): void {
  for (let k = 0; k < depth; k++) {
    for (let w = 0; w < 4; w++) f64.store(to + <usize>w * 8, w < width ? f64.load(from + <usize>w * across) : 0);
    from += along;
    to += 32;
  }
}

/** One 4 x 4 tile of sums over k, times alpha, added to or put into C. */
function sumTile(depth: i32, a: usize, b: usize, c: usize, rowBytes: usize, alpha: f64, accumulate: bool): void {
  let c00 = f64x2.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  for (let k = 0; k < depth; k++) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = v128.load64_splat(a);
    c00 = f64x2.add(c00, f64x2.mul(a0, b0));
    c01 = f64x2.add(c01, f64x2.mul(a0, b1));
    const a1 = v128.load64_splat(a, 8);
    c10 = f64x2.add(c10, f64x2.mul(a1, b0));
    c11 = f64x2.add(c11, f64x2.mul(a1, b1));
    const a2 = v128.load64_splat(a, 16);
    c20 = f64x2.add(c20, f64x2.mul(a2, b0));
    c21 = f64x2.add(c21, f64x2.mul(a2, b1));
    const a3 = v128.load64_splat(a, 24);
    c30 = f64x2.add(c30, f64x2.mul(a3, b0));
    c31 = f64x2.add(c31, f64x2.mul(a3, b1));
    a += 32;
    b += 32;
  }
  storePair(c, c00, c01, alpha, accumulate);
  storePair(c + rowBytes, c10, c11, alpha, accumulate);
  storePair(c + 2 * rowBytes, c20, c21, alpha, accumulate);
  storePair(c + 3 * rowBytes, c30, c31, alpha, accumulate);
}

// @ts-ignore: decorator
@inline
function storePair(c: usize, low: v128, high: v128, alpha: f64, accumulate: bool): void {
  const factor = f64x2.splat(alpha);
  low = f64x2.mul(low, factor);
  high = f64x2.mul(high, factor);
  if (accumulate) {
    low = f64x2.add(v128.load(c), low);
    high = f64x2.add(v128.load(c, 16), high);
  }
  v128.store(c, low);
  v128.store(c, high, 16);
}

/**
 * C[m, n] = alpha * op(A)[m, k] * op(B)[k, n], plus C when `accumulate` is 1. A is [m, k] or, when `transposeA`, [k, m]; B is
 * [k, n] or, when `transposeB`, [n, k]. With `symmetric` 1 the result is known to be symmetric: only tiles that reach
 * below the diagonal are computed, and the rest is mirrored.
 */
export function doubleMultiply(
  transposeA: i32, transposeB: i32, m: i32, n: i32, k: i32, alpha: f64, a: usize, b: usize, c: usize, accumulate: i32, symmetric: i32,
): void {
  const rowBytes = <usize>n * 8;
  const aAcross = transposeA ? <usize>8 : <usize>k * 8, aAlong = transposeA ? <usize>m * 8 : <usize>8;
  const bAcross = transposeB ? <usize>k * 8 : <usize>8, bAlong = transposeB ? <usize>8 : <usize>n * 8;
  for (let k0 = 0; k0 < k; k0 += depthBlock) {
    const depth = min(depthBlock, k - k0);
    const adds = accumulate != 0 || k0 > 0;
    for (let n0 = 0; n0 < n; n0 += columnBlock) {
      const columns = min(columnBlock, n - n0);
      for (let j = 0; j < columns; j += 4)
        pack(packedB + <usize>(j * depth) * 8, b + <usize>(n0 + j) * bAcross + <usize>k0 * bAlong, bAcross, bAlong, min(4, columns - j), depth);
      for (let i = symmetric ? n0 : 0; i < m; i += 4) {
        const height = min(4, m - i);
        pack(packedA, a + <usize>i * aAcross + <usize>k0 * aAlong, aAcross, aAlong, height, depth);
        const until = symmetric ? min(columns, i + 4 - n0) : columns;
        for (let j = 0; j < until; j += 4) {
          const width = min(4, columns - j);
          const to = c + <usize>i * rowBytes + <usize>(n0 + j) * 8;
          const panel = packedB + <usize>(j * depth) * 8;
          if (height == 4 && width == 4) sumTile(depth, packedA, panel, to, rowBytes, alpha, adds);
          else {
            sumTile(depth, packedA, panel, spareTile, 32, alpha, false);
            for (let row = 0; row < height; row++) {
              for (let column = 0; column < width; column++) {
                const at = to + <usize>row * rowBytes + <usize>column * 8;
                const value = f64.load(spareTile + <usize>(row * 4 + column) * 8);
                f64.store(at, adds ? f64.load(at) + value : value);
              }
            }
          }
        }
      }
    }
  }
  if (symmetric) {
    for (let i = 0; i < m; i++)
      for (let j = 0; j < i; j++) f64.store(c + <usize>j * rowBytes + <usize>i * 8, f64.load(c + <usize>i * rowBytes + <usize>j * 8));
  }
}
