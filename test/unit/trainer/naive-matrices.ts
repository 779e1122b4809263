/** Small matrices in f64, written to be read: what the optimizers' tests compare with. */
export type Matrix = readonly (readonly number[])[];

/** An f32 tensor [rows, columns] as a matrix. */
export function matrixOf(values: ArrayLike<number>, rows: number, columns: number): Matrix {
  return Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (__, j) => values[i * columns + j] ?? Number.NaN));
}

export function transposed(a: Matrix): Matrix {
  return (a[0] ?? []).map((_, j) => a.map((row) => row[j] ?? Number.NaN));
}

export function product(a: Matrix, b: Matrix): Matrix {
  const columns = transposed(b);
  return a.map((row) => columns.map((column) => row.reduce((sum, value, k) => sum + value * (column[k] ?? Number.NaN), 0)));
}

export function combine(x: number, a: Matrix, y: number, b: Matrix): Matrix {
  return a.map((row, i) => row.map((value, j) => x * value + y * (b[i]?.[j] ?? Number.NaN)));
}

export function identity(n: number): Matrix {
  return Array.from({ length: n }, (_, i) => Array.from({ length: n }, (__, j) => (i === j ? 1 : 0)));
}

/** Solves A X = B by Gauss-Jordan elimination with pivoting. */
export function solved(a: Matrix, b: Matrix): Matrix {
  const rows = a.map((row, i) => [...row, ...(b[i] ?? [])]);
  const n = a.length;
  for (let k = 0; k < n; k += 1) {
    const pivot = rows
      .slice(k)
      .reduce((best, row, offset) => (Math.abs(row[k] ?? 0) > Math.abs(rows[best]?.[k] ?? 0) ? k + offset : best), k);
    const chosen = rows[pivot] ?? [];
    rows[pivot] = rows[k] ?? [];
    const scaled = chosen.map((value) => value / (chosen[k] ?? Number.NaN));
    rows[k] = scaled;
    rows.forEach((row, i) => {
      const factor = row[k] ?? Number.NaN;
      if (i !== k) rows[i] = row.map((value, j) => value - factor * (scaled[j] ?? Number.NaN));
    });
  }
  return rows.map((row) => row.slice(n));
}

/** f applied to the eigenvalues of a symmetric matrix, by cyclic Jacobi rotations. */
export function ofEigenvalues(symmetric: Matrix, f: (eigenvalue: number) => number): Matrix {
  const n = symmetric.length;
  let a = symmetric;
  let vectors = identity(n);
  for (let sweep = 0; sweep < 30; sweep += 1)
    for (let p = 0; p < n; p += 1)
      for (let q = p + 1; q < n; q += 1) {
        const apq = a[p]?.[q] ?? Number.NaN;
        if (apq === 0) continue;
        const theta = ((a[q]?.[q] ?? Number.NaN) - (a[p]?.[p] ?? Number.NaN)) / (2 * apq);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        const rotation = identity(n).map((row, i) => row.map((value, j) => rotated(i, j, p, q, c, t * c) ?? value));
        a = product(transposed(rotation), product(a, rotation));
        vectors = product(vectors, rotation);
      }
  const scaled = vectors.map((row) => row.map((value, j) => value * f(a[j]?.[j] ?? Number.NaN)));
  return product(scaled, transposed(vectors));
}

function rotated(i: number, j: number, p: number, q: number, c: number, s: number): number | undefined {
  if (i === j && (i === p || i === q)) return c;
  if (i === p && j === q) return s;
  if (i === q && j === p) return -s;
  return undefined;
}

/** U V^T of G = U S V^T on its range: (G G^T)^(-1/2) G without eigenvalues below 1e-11 of the largest. */
export function orthogonalFactor(g: Matrix): Matrix {
  if (g.length > (g[0]?.length ?? 0)) return transposed(orthogonalFactor(transposed(g)));
  const gram = product(g, transposed(g));
  const trace = gram.reduce((sum, row, i) => sum + (row[i] ?? 0), 0);
  return product(
    ofEigenvalues(gram, (value) => (value > 1e-11 * trace ? 1 / Math.sqrt(value) : 0)),
    g,
  );
}

/** Largest difference of two matrices' entries. */
export function largestDifference(a: Matrix, b: Matrix): number {
  return Math.max(...a.flatMap((row, i) => row.map((value, j) => Math.abs(value - (b[i]?.[j] ?? Number.NaN)))));
}
