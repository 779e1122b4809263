/**
 * Eigenvalues and eigenvectors of a symmetric matrix in f64, and Cholesky factors of one of low rank, by + - * / and square roots alone: Householder reduction to
 * tridiagonal form, then the implicit QL method (Golub and Van Loan, Matrix Computations, sections 8.3.1 and 8.3.3).
 */

// @ts-ignore: decorator
@inline
function at(address: usize, index: i32): usize {
  return address + (<usize>index << 3);
}

/** Sum of x_k y_k over the first `n` numbers. */
function dot(x: usize, y: usize, n: i32): f64 {
  let even = f64x2.splat(0), odd = even;
  let k = 0;
  for (; k + 4 <= n; k += 4) {
    even = f64x2.add(even, f64x2.mul(v128.load(at(x, k)), v128.load(at(y, k))));
    odd = f64x2.add(odd, f64x2.mul(v128.load(at(x, k), 16), v128.load(at(y, k), 16)));
  }
  const sums = f64x2.add(even, odd);
  let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  for (; k < n; k++) sum += f64.load(at(x, k)) * f64.load(at(y, k));
  return sum;
}

/** y <- y + factor * x over the first `n` numbers. */
function addMultiple(y: usize, x: usize, factor: f64, n: i32): void {
  const factors = f64x2.splat(factor);
  let k = 0;
  for (; k + 2 <= n; k += 2) v128.store(at(y, k), f64x2.add(v128.load(at(y, k)), f64x2.mul(v128.load(at(x, k)), factors)));
  if (k < n) f64.store(at(y, k), f64.load(at(y, k)) + f64.load(at(x, k)) * factor);
}

/** p <- p + s * row, returning row . v, over the first `n` numbers: both halves of a symmetric product in one pass. */
function multiplyRow(row: usize, v: usize, p: usize, s: f64, n: i32): f64 {
  const factors = f64x2.splat(s);
  let sums = f64x2.splat(0);
  let k = 0;
  for (; k + 2 <= n; k += 2) {
    const entries = v128.load(at(row, k));
    sums = f64x2.add(sums, f64x2.mul(entries, v128.load(at(v, k))));
    v128.store(at(p, k), f64x2.add(v128.load(at(p, k)), f64x2.mul(entries, factors)));
  }
  let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  if (k < n) {
    const entry = f64.load(at(row, k));
    sum += entry * f64.load(at(v, k));
    f64.store(at(p, k), f64.load(at(p, k)) + entry * s);
  }
  return sum;
}

/** row <- row - x * w - y * v over the first `n` numbers. */
function subtractTwo(row: usize, w: usize, v: usize, x: f64, y: f64, n: i32): void {
  const xs = f64x2.splat(x), ys = f64x2.splat(y);
  let k = 0;
  for (; k + 2 <= n; k += 2) {
    const change = f64x2.add(f64x2.mul(v128.load(at(w, k)), xs), f64x2.mul(v128.load(at(v, k)), ys));
    v128.store(at(row, k), f64x2.sub(v128.load(at(row, k)), change));
  }
  if (k < n) f64.store(at(row, k), f64.load(at(row, k)) - (f64.load(at(w, k)) * x + f64.load(at(v, k)) * y));
}

/**
 * A = Q T Q^T from the lower triangle of A, last row first. Row i of A then holds the vector v of H_i = I - tau_i v v^T in
 * its first i entries, Q = H_{n-1} ... H_1.
 */
function reduce(a: usize, n: i32, diagonal: usize, offDiagonal: usize, taus: usize, w: usize): void {
  const rowBytes = <usize>n * 8;
  for (let i = n - 1; i > 0; i--) {
    const v = a + <usize>i * rowBytes;
    const last = f64.load(at(v, i - 1));
    const rest = dot(v, v, i - 1);
    if (rest == 0) {
      f64.store(at(taus, i), 0);
      f64.store(at(offDiagonal, i), last);
      continue;
    }
    const length = sqrt<f64>(last * last + rest);
    const beta = last > 0 ? -length : length;
    const head = last - beta;
    f64.store(at(v, i - 1), head);
    f64.store(at(offDiagonal, i), beta);
    const tau = 2 / (rest + head * head);
    f64.store(at(taus, i), tau);
    for (let j = 0; j < i; j++) {
      const row = a + <usize>j * rowBytes;
      const entry = f64.load(at(v, j));
      f64.store(at(w, j), multiplyRow(row, v, w, entry, j) + f64.load(at(row, j)) * entry);
    }
    const half = 0.5 * tau * tau * dot(w, v, i);
    for (let j = 0; j < i; j++) f64.store(at(w, j), tau * f64.load(at(w, j)) - half * f64.load(at(v, j)));
    for (let j = 0; j < i; j++) subtractTwo(a + <usize>j * rowBytes, w, v, f64.load(at(v, j)), f64.load(at(w, j)), j + 1);
  }
  for (let i = 0; i < n; i++) f64.store(at(diagonal, i), f64.load(at(a + <usize>i * rowBytes, i)));
}

/** Rows of Q^T: e_r H_1 ... H_{n-1}, of which those up to H_r change nothing. */
function formRows(a: usize, n: i32, taus: usize, vectors: usize): void {
  const rowBytes = <usize>n * 8;
  memory.fill(vectors, 0, <usize>n * rowBytes);
  for (let r = 0; r < n; r++) {
    const row = vectors + <usize>r * rowBytes;
    f64.store(at(row, r), 1);
  }
  for (let first = 0; first < n; first += 32) {
    const end = min(n, first + 32);
    for (let i = first + 1; i < n; i++) {
      const tau = f64.load(at(taus, i));
      if (tau == 0) continue;
      const v = a + <usize>i * rowBytes;
      for (let r = first; r < min(end, i); r++) {
        const row = vectors + <usize>r * rowBytes;
        addMultiple(row, v, -tau * dot(row, v, i), i);
      }
    }
  }
}

/** Rows x and y <- c * x - s * y and s * x + c * y. */
function rotate(x: usize, y: usize, c: f64, s: f64, n: i32): void {
  const cs = f64x2.splat(c), ss = f64x2.splat(s);
  let k = 0;
  for (; k + 2 <= n; k += 2) {
    const left = v128.load(at(x, k)), right = v128.load(at(y, k));
    v128.store(at(x, k), f64x2.sub(f64x2.mul(left, cs), f64x2.mul(right, ss)));
    v128.store(at(y, k), f64x2.add(f64x2.mul(left, ss), f64x2.mul(right, cs)));
  }
  if (k < n) {
    const left = f64.load(at(x, k)), right = f64.load(at(y, k));
    f64.store(at(x, k), left * c - right * s);
    f64.store(at(y, k), left * s + right * c);
  }
}

/**
 * Turns the symmetric matrix `a` [n, n] into its eigenvalues (`values`, n, in no order) and eigenvectors (rows of `vectors`,
 * [n, n]); `a` is overwritten, `scratch` is room for 3 n numbers. Eigenvalues are exact to rounding of the largest.
 *
 * @returns 0, or 1 when an eigenvalue did not settle in 60 sweeps (a matrix with NaN)
 */
export function symmetricEigen(a: usize, n: i32, values: usize, vectors: usize, scratch: usize): i32 {
  const rowBytes = <usize>n * 8;
  const d = values;
  const e = scratch;
  const taus = at(scratch, n);
  reduce(a, n, d, e, taus, at(scratch, 2 * n));
  formRows(a, n, taus, vectors);
  let largest: f64 = 0;
  for (let i = 0; i < n; i++) largest = max(largest, abs(f64.load(at(d, i))) + (i > 0 ? abs(f64.load(at(e, i))) : 0));
  const negligible = largest * 1.1102230246251565e-16;
  for (let i = 1; i < n; i++) f64.store(at(e, i - 1), f64.load(at(e, i)));
  f64.store(at(e, n - 1), 0);
  for (let l = 0; l < n; l++) {
    for (let sweeps = 0; ; sweeps++) {
      let m = l;
      while (m < n - 1 && !(abs(f64.load(at(e, m))) <= negligible)) m++;
      if (m == l) break;
      if (sweeps == 60) return 1;
      const el = f64.load(at(e, l));
      let g = (f64.load(at(d, l + 1)) - f64.load(at(d, l))) / (2 * el);
      let r = sqrt<f64>(g * g + 1);
      g = f64.load(at(d, m)) - f64.load(at(d, l)) + el / (g + (g < 0 ? -r : r));
      let s: f64 = 1, c: f64 = 1, p: f64 = 0;
      let i = m - 1;
      for (; i >= l; i--) {
        const f = s * f64.load(at(e, i));
        const b = c * f64.load(at(e, i));
        r = sqrt<f64>(f * f + g * g);
        f64.store(at(e, i + 1), r);
        if (r == 0) {
          f64.store(at(d, i + 1), f64.load(at(d, i + 1)) - p);
          f64.store(at(e, m), 0);
          break;
        }
        s = f / r;
        c = g / r;
        g = f64.load(at(d, i + 1)) - p;
        r = (f64.load(at(d, i)) - g) * s + 2 * c * b;
        p = s * r;
        f64.store(at(d, i + 1), g + p);
        g = c * r - b;
        rotate(vectors + <usize>i * rowBytes, vectors + <usize>(i + 1) * rowBytes, c, s, n);
      }
      if (r == 0 && i >= l) continue;
      f64.store(at(d, l), f64.load(at(d, l)) - p);
      f64.store(at(e, l), g);
      f64.store(at(e, m), 0);
    }
  }
  return 0;
}

/**
 * Cholesky factors with complete pivoting of the positive semi-definite matrix `a` [n, n], which is left as it is: rows l_1 ...
 * l_r of `factors` with A = sum of l l^T up to what is left when no diagonal entry exceeds `tolerance` times the first
 * pivot (Higham 2002, section 10.3). `scratch` is room for n numbers.
 *
 * @returns r, or -1 when it would exceed `limit` or the diagonal is not finite
 */
export function pivotedCholesky(a: usize, n: i32, factors: usize, limit: i32, tolerance: f64, scratch: usize): i32 {
  const rowBytes = <usize>n * 8;
  for (let i = 0; i < n; i++) {
    const entry = f64.load(at(a + <usize>i * rowBytes, i));
    if (!isFinite<f64>(entry)) return -1;
    f64.store(at(scratch, i), entry);
  }
  let first: f64 = 0;
  for (let rank = 0; rank <= limit; rank++) {
    let pivot = 0;
    for (let i = 1; i < n; i++) if (f64.load(at(scratch, i)) > f64.load(at(scratch, pivot))) pivot = i;
    const largest = f64.load(at(scratch, pivot));
    if (rank == 0) first = largest;
    if (!(largest > tolerance * first)) return rank;
    if (rank == limit) return -1;
    const row = factors + <usize>rank * rowBytes;
    memory.copy(row, a + <usize>pivot * rowBytes, rowBytes);
    for (let q = 0; q < rank; q++) {
      const earlier = factors + <usize>q * rowBytes;
      addMultiple(row, earlier, -f64.load(at(earlier, pivot)), n);
    }
    const inverse = 1 / sqrt<f64>(largest);
    for (let i = 0; i < n; i++) {
      const entry = f64.load(at(row, i)) * inverse;
      f64.store(at(row, i), entry);
      f64.store(at(scratch, i), f64.load(at(scratch, i)) - entry * entry);
    }
    f64.store(at(scratch, pivot), -1);
  }
  return -1;
}
