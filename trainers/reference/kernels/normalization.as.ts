import { sumLanes } from "./cross-entropy.as";

/**
 * RMSNorm without gain (Zhang and Sennrich 2019): y = x / sqrt(mean(x^2) + epsilon), row by row. `inverses` keeps
 * 1 / sqrt(...) of each row for the way back.
 */
export function rmsNormForward(x: usize, y: usize, inverses: usize, rows: i32, width: i32, epsilon: f32): void {
  const whole = width & ~3;
  for (let row = 0; row < rows; row++) {
    const from = x + <usize>(row * width) * 4;
    const to = y + <usize>(row * width) * 4;
    let sums = f32x4.splat(0);
    for (let i = 0; i < whole; i += 4) {
      const value = v128.load(from + <usize>i * 4);
      sums = f32x4.add(sums, f32x4.mul(value, value));
    }
    let sum = sumLanes(sums);
    for (let i = whole; i < width; i++) sum += f32.load(from + <usize>i * 4) * f32.load(from + <usize>i * 4);
    const inverse: f32 = 1 / sqrt<f32>(sum / <f32>width + epsilon);
    f32.store(inverses + <usize>row * 4, inverse);
    const factors = f32x4.splat(inverse);
    for (let i = 0; i < whole; i += 4) v128.store(to + <usize>i * 4, f32x4.mul(v128.load(from + <usize>i * 4), factors));
    for (let i = whole; i < width; i++) f32.store(to + <usize>i * 4, f32.load(from + <usize>i * 4) * inverse);
  }
}

/**
 * dx <- skip * dx + (dy - y * mean(dy * y)) / sqrt(...): the gradient through the norm, added to what flows past it.
 * With `skip` 0 the old dx is not read.
 */
export function rmsNormBackward(dy: usize, y: usize, inverses: usize, dx: usize, rows: i32, width: i32, skip: f32): void {
  const whole = width & ~3;
  const skips = f32x4.splat(skip);
  for (let row = 0; row < rows; row++) {
    const offset = <usize>(row * width) * 4;
    const gradient = dy + offset;
    const normal = y + offset;
    const to = dx + offset;
    let sums = f32x4.splat(0);
    for (let i = 0; i < whole; i += 4) sums = f32x4.add(sums, f32x4.mul(v128.load(gradient + <usize>i * 4), v128.load(normal + <usize>i * 4)));
    let dot = sumLanes(sums);
    for (let i = whole; i < width; i++) dot += f32.load(gradient + <usize>i * 4) * f32.load(normal + <usize>i * 4);
    const mean = dot / <f32>width;
    const inverse = f32.load(inverses + <usize>row * 4);
    const means = f32x4.splat(mean);
    const factors = f32x4.splat(inverse);
    for (let i = 0; i < whole; i += 4) {
      const step = <usize>i * 4;
      let value = f32x4.mul(f32x4.sub(v128.load(gradient + step), f32x4.mul(v128.load(normal + step), means)), factors);
      if (skip != 0) value = f32x4.add(f32x4.mul(v128.load(to + step), skips), value);
      v128.store(to + step, value);
    }
    for (let i = whole; i < width; i++) {
      const step = <usize>i * 4;
      let value = (f32.load(gradient + step) - f32.load(normal + step) * mean) * inverse;
      if (skip != 0) value = f32.load(to + step) * skip + value;
      f32.store(to + step, value);
    }
  }
}
