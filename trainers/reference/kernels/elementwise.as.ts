/**
 * One pass over flat tensors. Every tensor is allocated in multiples of four floats, so these passes may run up to three
 * floats past `n`, into padding that nobody reads.
 */

/** to <- factor * from. */
export function copyScaled(to: usize, from: usize, n: i32, factor: f32): void {
  const factors = f32x4.splat(factor);
  for (let i = 0; i < n; i += 4) v128.store(to + <usize>i * 4, f32x4.mul(v128.load(from + <usize>i * 4), factors));
}

/** to <- to + factor * from. */
export function addScaled(to: usize, from: usize, n: i32, factor: f32): void {
  const factors = f32x4.splat(factor);
  for (let i = 0; i < n; i += 4) {
    const at = to + <usize>i * 4;
    v128.store(at, f32x4.add(v128.load(at), f32x4.mul(v128.load(from + <usize>i * 4), factors)));
  }
}

/** x <- multiplier * max(x, 0). NaN stays NaN. */
export function reluForward(x: usize, n: i32, multiplier: f32): void {
  const factors = f32x4.splat(multiplier);
  const zero = f32x4.splat(0);
  for (let i = 0; i < n; i += 4) v128.store(x + <usize>i * 4, f32x4.mul(f32x4.max(v128.load(x + <usize>i * 4), zero), factors));
}

/** dx <- multiplier * dx where the activation y is not 0, and 0 elsewhere. */
export function reluBackward(dx: usize, y: usize, n: i32, multiplier: f32): void {
  const factors = f32x4.splat(multiplier);
  const zero = f32x4.splat(0);
  for (let i = 0; i < n; i += 4) {
    const at = dx + <usize>i * 4;
    v128.store(at, v128.and(f32x4.mul(v128.load(at), factors), f32x4.ne(v128.load(y + <usize>i * 4), zero)));
  }
}

/** Root mean square of exactly `n` floats, summed in f64 in a fixed order. */
export function rootMeanSquare(x: usize, n: i32): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  const whole = n & ~3;
  for (let i = 0; i < whole; i += 4) {
    const value = v128.load(x + <usize>i * 4);
    const first = f64x2.promote_low_f32x4(value);
    const second = f64x2.promote_low_f32x4(v128.shuffle<f32>(value, value, 2, 3, 2, 3));
    low = f64x2.add(low, f64x2.mul(first, first));
    high = f64x2.add(high, f64x2.mul(second, second));
  }
  const sums = f64x2.add(low, high);
  let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  for (let i = whole; i < n; i++) {
    const value = <f64>f32.load(x + <usize>i * 4);
    sum += value * value;
  }
  return sqrt<f64>(sum / <f64>n);
}
