/**
 * C = alpha * op(A) * op(B) (+ C), f32, row-major, any size.
 *
 * B is packed into panels of eight columns and A into panels of four rows, both padded with zeros. The inner tile holds 4 x 8 sums in eight 128-bit registers. Products are added in the order of k,
 * in blocks of `depthBlock`, whatever the size of the other dimensions: the bits depend on the operands alone.
 */
const depthBlock: i32 = 256;
const columnBlock: i32 = 512;
const rowBlock: i32 = 128;

/** Nothing is left out. */
const full: i32 = 0;
/** Tiles of C wholly above its diagonal are left out, and not written. */
export const lowerOutput: i32 = 1;
/** A is lower triangular: products with its zeros are left out. */
export const lowerRows: i32 = 2;
/** A is stored transposed and the stored matrix is lower triangular: products with its zeros are left out. */
export const lowerColumns: i32 = 3;

/** Bytes of workspace: one packed block of B, one packed block of A, one spare tile. */
export const workspaceBytes: i32 = (depthBlock * columnBlock + depthBlock * rowBlock + 32) * 4;

let packedB: usize = 0;
let packedA: usize = 0;
let spareTile: usize = 0;

/** Tells the kernels where their workspace lies: `workspaceBytes` bytes, 16-byte aligned. */
export function setWorkspace(address: usize): void {
  packedB = address;
  packedA = packedB + <usize>(depthBlock * columnBlock * 4);
  spareTile = packedA + <usize>(depthBlock * rowBlock * 4);
}

// @ts-ignore: decorator
@inline
function multiplyAdd(sum: v128, left: v128, right: v128): v128 {
  return f32x4.add(sum, f32x4.mul(left, right));
}

// @ts-ignore: decorator
@inline
function storeRow(c: usize, low: v128, high: v128, alpha: v128, accumulate: bool): void {
  low = f32x4.mul(low, alpha);
  high = f32x4.mul(high, alpha);
  if (accumulate) {
    low = f32x4.add(v128.load(c), low);
    high = f32x4.add(v128.load(c, 16), high);
  }
  v128.store(c, low);
  v128.store(c, high, 16);
}

/** One 4 x 8 tile of sums over k. The plain loop is the fastest: unrolled, V8's code is a fifth slower. */
function sumTile(k: i32, a: usize, b: usize, c: usize, rowBytes: usize, alpha: v128, accumulate: bool): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  for (let i = 0; i < k; i++) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const left0 = v128.load32_splat(a);
    c00 = multiplyAdd(c00, left0, b0);
    c01 = multiplyAdd(c01, left0, b1);
    const left1 = v128.load32_splat(a, 4);
    c10 = multiplyAdd(c10, left1, b0);
    c11 = multiplyAdd(c11, left1, b1);
    const left2 = v128.load32_splat(a, 8);
    c20 = multiplyAdd(c20, left2, b0);
    c21 = multiplyAdd(c21, left2, b1);
    const left3 = v128.load32_splat(a, 12);
    c30 = multiplyAdd(c30, left3, b0);
    c31 = multiplyAdd(c31, left3, b1);
    a += 16;
    b += 32;
  }
  storeRow(c, c00, c01, alpha, accumulate);
  storeRow(c + rowBytes, c10, c11, alpha, accumulate);
  storeRow(c + 2 * rowBytes, c20, c21, alpha, accumulate);
  storeRow(c + 3 * rowBytes, c30, c31, alpha, accumulate);
}

/** Packs `depth` x `columns` of op(B) into panels of eight columns; missing columns are zero. */
function packB(b: usize, stride: i32, transposed: bool, depth: i32, columns: i32): void {
  let to = packedB;
  const bytes = <usize>stride * 4;
  for (let j = 0; j < columns; j += 8) {
    const width = min(8, columns - j);
    if (width < 8) for (let i = 0; i < depth * 2; i++) v128.store(to + <usize>i * 16, f32x4.splat(0));
    if (transposed) {
      // Columns of op(B) are rows of B: four of them at a time are turned in registers.
      let column = 0;
      for (; column + 4 <= width; column += 4) {
        let from = b + <usize>(j + column) * bytes;
        let target = to + <usize>column * 4;
        let k = 0;
        for (; k + 4 <= depth; k += 4) {
          const r0 = v128.load(from), r1 = v128.load(from + bytes), r2 = v128.load(from + 2 * bytes), r3 = v128.load(from + 3 * bytes);
          const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
          const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5), high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
          v128.store(target, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
          v128.store(target, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7), 32);
          v128.store(target, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5), 64);
          v128.store(target, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7), 96);
          from += 16;
          target += 128;
        }
        for (; k < depth; k++) {
          f32.store(target, f32.load(from));
          f32.store(target, f32.load(from + bytes), 4);
          f32.store(target, f32.load(from + 2 * bytes), 8);
          f32.store(target, f32.load(from + 3 * bytes), 12);
          from += 4;
          target += 32;
        }
      }
      for (; column < width; column++) {
        const from = b + <usize>(j + column) * bytes;
        for (let k = 0; k < depth; k++) f32.store(to + <usize>(k * 32 + column * 4), f32.load(from + <usize>k * 4));
      }
    } else if (width == 8) {
      let from = b + <usize>j * 4;
      for (let k = 0; k < depth; k++) {
        const target = to + <usize>k * 32;
        v128.store(target, v128.load(from));
        v128.store(target, v128.load(from, 16), 16);
        from += bytes;
      }
    } else {
      for (let k = 0; k < depth; k++) {
        const from = b + <usize>k * bytes + <usize>j * 4;
        for (let column = 0; column < width; column++) f32.store(to + <usize>(k * 32 + column * 4), f32.load(from + <usize>column * 4));
      }
    }
    to += <usize>depth * 32;
  }
}

/** Packs `rows` x `depth` of A stored transposed ([depth, rows]) into panels of four rows; missing rows are zero. */
function packTransposedA(a: usize, stride: i32, rows: i32, depth: i32): void {
  let to = packedA;
  const bytes = <usize>stride * 4;
  for (let i = 0; i < rows; i += 4) {
    const height = min(4, rows - i);
    let from = a + <usize>i * 4;
    for (let k = 0; k < depth; k++) {
      if (height == 4) v128.store(to, v128.load(from));
      else {
        v128.store(to, f32x4.splat(0));
        for (let row = 0; row < height; row++) f32.store(to + <usize>row * 4, f32.load(from + <usize>row * 4));
      }
      from += bytes;
      to += 16;
    }
  }
}

/** Packs `rows` x `depth` of A stored as it is into panels of four rows, turning 4 x 4 blocks in registers; missing rows are zero. */
function packPlainA(a: usize, stride: i32, rows: i32, depth: i32): void {
  let to = packedA;
  const bytes = <usize>stride * 4;
  const tail = rows & 3;
  if (tail) {
    const start = rows - tail;
    const target = packedA + <usize>(start * depth * 4);
    for (let k = 0; k < depth; k++) v128.store(target + <usize>k * 16, f32x4.splat(0));
    for (let row = 0; row < tail; row++) {
      const from = a + <usize>(start + row) * bytes;
      for (let k = 0; k < depth; k++) f32.store(target + <usize>(k * 16 + row * 4), f32.load(from + <usize>k * 4));
    }
  }
  for (let i = 0; i + 4 <= rows; i += 4) {
    let from = a + <usize>i * bytes;
    let k = 0;
    for (; k + 4 <= depth; k += 4) {
      const r0 = v128.load(from), r1 = v128.load(from + bytes), r2 = v128.load(from + 2 * bytes), r3 = v128.load(from + 3 * bytes);
      const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
      const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5), high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
      v128.store(to, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
      v128.store(to, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7), 16);
      v128.store(to, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5), 32);
      v128.store(to, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7), 48);
      from += 16;
      to += 64;
    }
    for (; k < depth; k++) {
      f32.store(to, f32.load(from));
      f32.store(to, f32.load(from + bytes), 4);
      f32.store(to, f32.load(from + 2 * bytes), 8);
      f32.store(to, f32.load(from + 3 * bytes), 12);
      from += 4;
      to += 16;
    }
  }
}

/** Adds (or sets) the `height` x `width` corner of the spare tile to C. */
function copyCorner(c: usize, rowBytes: usize, height: i32, width: i32, accumulate: bool): void {
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const to = c + <usize>row * rowBytes + <usize>column * 4;
      const value = f32.load(spareTile + <usize>(row * 32 + column * 4));
      f32.store(to, accumulate ? f32.load(to) + value : value);
    }
  }
}

/**
 * C[m, n] = alpha * op(A)[m, k] * op(B)[k, n], plus C when `accumulate` is not 0. Strides are those of the stored rows, in floats:
 * A is [m, k] or, when `transposeA`, [k, m]; B is [k, n] or, when `transposeB`, [n, k].
 */
export function matrixMultiply(
  transposeA: i32, transposeB: i32, m: i32, n: i32, k: i32, alpha: f32,
  a: usize, strideA: i32, b: usize, strideB: i32, c: usize, strideC: i32, accumulate: i32,
): void {
  multiply(transposeA, transposeB, m, n, k, alpha, a, strideA, b, strideB, c, strideC, accumulate, full);
}

/** `matrixMultiply` that leaves out what `triangle` says is zero or unwanted. */
export function multiply(
  transposeA: i32, transposeB: i32, m: i32, n: i32, k: i32, alpha: f32,
  a: usize, strideA: i32, b: usize, strideB: i32, c: usize, strideC: i32, accumulate: i32, triangle: i32,
): void {
  const factor = f32x4.splat(alpha);
  const rowBytes = <usize>strideC * 4;
  for (let k0 = 0; k0 < k; k0 += depthBlock) {
    const depth = min(depthBlock, k - k0);
    const adds = accumulate != 0 || k0 > 0;
    for (let n0 = 0; n0 < n; n0 += columnBlock) {
      const columns = min(columnBlock, n - n0);
      packB(transposeB ? b + <usize>(n0 * strideB + k0) * 4 : b + <usize>(k0 * strideB + n0) * 4, strideB, transposeB != 0, depth, columns);
      for (let m0 = 0; m0 < m; m0 += rowBlock) {
        const rows = min(rowBlock, m - m0);
        if (transposeA) packTransposedA(a + <usize>(k0 * strideA + m0) * 4, strideA, rows, depth);
        else packPlainA(a + <usize>(m0 * strideA + k0) * 4, strideA, rows, depth);
        for (let j = 0; j < columns; j += 8) {
          const panel = packedB + <usize>(j * depth) * 4;
          const width = min(8, columns - j);
          // Tiles whose last row lies above this panel's first column hold nothing wanted.
          const firstRow = triangle == lowerOutput ? max(0, (n0 + j - m0) & ~3) : 0;
          for (let i = firstRow; i < rows; i += 4) {
            const height = min(4, rows - i);
            const corner = height < 4 || width < 8;
            const to = c + <usize>((m0 + i) * strideC + n0 + j) * 4;
            const from = triangle == lowerColumns ? min(depth, max(0, m0 + i - k0)) : 0;
            const until = triangle == lowerRows ? min(depth, max(0, m0 + i + 4 - k0)) : depth;
            const left = packedA + <usize>(i * depth + from * 4) * 4;
            sumTile(until - from, left, panel + <usize>from * 32, corner ? spareTile : to, corner ? 32 : rowBytes, factor, adds && !corner);
            if (corner) copyCorner(to, rowBytes, height, width, adds);
          }
        }
      }
    }
  }
}
