/** Passes over rows of `width` floats that share one row of numbers: biases and gains. Sums run in the order of the rows. */

/** to[row] <- to[row] + factor * bias, for every row. */
export function addRow(to: usize, bias: usize, rows: i32, width: i32, factor: f32): void {
  const whole = width & ~3;
  const factors = f32x4.splat(factor);
  for (let row = 0; row < rows; row++) {
    const at = to + <usize>(row * width) * 4;
    for (let i = 0; i < whole; i += 4) {
      const step = <usize>i * 4;
      v128.store(at + step, f32x4.add(v128.load(at + step), f32x4.mul(v128.load(bias + step), factors)));
    }
    for (let i = whole; i < width; i++) {
      const step = <usize>i * 4;
      f32.store(at + step, f32.load(at + step) + f32.load(bias + step) * factor);
    }
  }
}

/** to[row] <- factor * gain * from[row], entry by entry; `to` may be `from`. */
export function multiplyRow(to: usize, from: usize, gain: usize, rows: i32, width: i32, factor: f32): void {
  const whole = width & ~3;
  const factors = f32x4.splat(factor);
  for (let row = 0; row < rows; row++) {
    const offset = <usize>(row * width) * 4;
    for (let i = 0; i < whole; i += 4) {
      const step = <usize>i * 4;
      v128.store(to + offset + step, f32x4.mul(v128.load(from + offset + step), f32x4.mul(v128.load(gain + step), factors)));
    }
    for (let i = whole; i < width; i++) {
      const step = <usize>i * 4;
      f32.store(to + offset + step, f32.load(from + offset + step) * (f32.load(gain + step) * factor));
    }
  }
}

/** sums <- factor * sum over rows of x[row]. */
export function columnSums(x: usize, sums: usize, rows: i32, width: i32, factor: f32): void {
  for (let i = 0; i < width; i++) {
    let sum: f32 = 0;
    for (let row = 0; row < rows; row++) sum += f32.load(x + <usize>(row * width + i) * 4);
    f32.store(sums + <usize>i * 4, sum * factor);
  }
}

/** sums <- factor * sum over rows of x[row] * y[row], entry by entry. */
export function columnDots(x: usize, y: usize, sums: usize, rows: i32, width: i32, factor: f32): void {
  for (let i = 0; i < width; i++) {
    let sum: f32 = 0;
    for (let row = 0; row < rows; row++) {
      const at = <usize>(row * width + i) * 4;
      sum += f32.load(x + at) * f32.load(y + at);
    }
    f32.store(sums + <usize>i * 4, sum * factor);
  }
}

/** Sum of x * y over exactly `n` entries, in f64. */
export function dotProduct(x: usize, y: usize, n: i32): f64 {
  let sum: f64 = 0;
  for (let i = 0; i < n; i++) sum += <f64>f32.load(x + <usize>i * 4) * <f64>f32.load(y + <usize>i * 4);
  return sum;
}
