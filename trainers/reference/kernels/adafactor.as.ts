/**
 * Second moments of Adafactor (Shazeer and Stern 2018, algorithms 4 and 5, as in optax's scale_by_factored_rms): stored in f32,
 * everything else in f64. The gradient is replaced by the direction U = g / sqrt(v); what is returned is RMS(U). An entry
 * whose gradient is 0 does not move, also with epsilon 0.
 */

/** v <- beta2 * v + (1 - beta2) * (g^2 + epsilonSquared), entry by entry. */
export function adafactorPlain(gradient: usize, moments: usize, n: i32, beta2: f64, epsilonSquared: f64): f64 {
  let squares: f64 = 0;
  for (let i = 0; i < n; i++) {
    const at = <usize>i * 4;
    const g = <f64>f32.load(gradient + at);
    const v = <f32>(beta2 * <f64>f32.load(moments + at) + (1 - beta2) * (g * g + epsilonSquared));
    f32.store(moments + at, v);
    const direction = g == 0 ? 0 : g / sqrt<f64>(<f64>v);
    f32.store(gradient + at, <f32>direction);
    squares += direction * direction;
  }
  return sqrt<f64>(squares / <f64>n);
}

/**
 * Row means r and column means c of g^2 + epsilonSquared are kept as running means, v = r c / mean(r). `scratch` is room for
 * `columns` f64.
 */
export function adafactorFactored(
  gradient: usize, rowMoments: usize, columnMoments: usize, scratch: usize, rows: i32, columns: i32, beta2: f64, epsilonSquared: f64,
): f64 {
  for (let j = 0; j < columns; j++) f64.store(scratch + <usize>j * 8, 0);
  let mean: f64 = 0;
  for (let i = 0; i < rows; i++) {
    const row = gradient + <usize>(i * columns) * 4;
    let sum: f64 = 0;
    for (let j = 0; j < columns; j++) {
      const g = <f64>f32.load(row + <usize>j * 4);
      const square = g * g + epsilonSquared;
      sum += square;
      const at = scratch + <usize>j * 8;
      f64.store(at, f64.load(at) + square);
    }
    const at = rowMoments + <usize>i * 4;
    const r = <f32>(beta2 * <f64>f32.load(at) + (1 - beta2) * (sum / <f64>columns));
    f32.store(at, r);
    mean += <f64>r;
  }
  mean /= <f64>rows;
  for (let j = 0; j < columns; j++) {
    const at = columnMoments + <usize>j * 4;
    const c = <f32>(beta2 * <f64>f32.load(at) + (1 - beta2) * (f64.load(scratch + <usize>j * 8) / <f64>rows));
    f32.store(at, c);
    f64.store(scratch + <usize>j * 8, 1 / sqrt<f64>(<f64>c));
  }
  let squares: f64 = 0;
  for (let i = 0; i < rows; i++) {
    const row = gradient + <usize>(i * columns) * 4;
    const factor = 1 / sqrt<f64>(<f64>f32.load(rowMoments + <usize>i * 4) / mean);
    for (let j = 0; j < columns; j++) {
      const g = <f64>f32.load(row + <usize>j * 4);
      const direction = g == 0 ? 0 : g * factor * f64.load(scratch + <usize>j * 8);
      f32.store(row + <usize>j * 4, <f32>direction);
      squares += direction * direction;
    }
  }
  return sqrt<f64>(squares / (<f64>rows * <f64>columns));
}
