import { exponential4, logarithm } from "./exponential.as";

/** Sum of four lanes, in a fixed order. */
// @ts-ignore: decorator
@inline
export function sumLanes(x: v128): f32 {
  return f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}

/** Largest of `n` floats; NaN when one of them is NaN in a lane that decides. */
export function largest(x: usize, n: i32): f32 {
  let best = f32.load(x);
  const whole = n & ~3;
  if (whole > 0) {
    let lanes = v128.load(x);
    for (let i = 4; i < whole; i += 4) lanes = f32x4.max(lanes, v128.load(x + <usize>i * 4));
    best = max(max(f32x4.extract_lane(lanes, 0), f32x4.extract_lane(lanes, 1)), max(f32x4.extract_lane(lanes, 2), f32x4.extract_lane(lanes, 3)));
  }
  for (let i = whole; i < n; i++) best = max(best, f32.load(x + <usize>i * 4));
  return best;
}

/** x <- exp(x - shift) for `n` floats; returns the sum. */
export function exponentiate(x: usize, n: i32, shift: f32): f32 {
  const whole = n & ~3;
  const shifts = f32x4.splat(shift);
  let sums = f32x4.splat(0);
  for (let i = 0; i < whole; i += 4) {
    const at = x + <usize>i * 4;
    const value = exponential4(f32x4.sub(v128.load(at), shifts));
    v128.store(at, value);
    sums = f32x4.add(sums, value);
  }
  let sum = sumLanes(sums);
  const rest = n - whole;
  if (rest > 0) {
    // The last one to three at once: a scalar exp costs as much as four.
    const at = x + <usize>whole * 4;
    let tail = v128.load32_lane(at, shifts, 0);
    if (rest > 1) tail = v128.load32_lane(at, tail, 1, 4);
    if (rest > 2) tail = v128.load32_lane(at, tail, 2, 8);
    tail = exponential4(f32x4.sub(tail, shifts));
    v128.store32_lane(at, tail, 0);
    sum += f32x4.extract_lane(tail, 0);
    if (rest > 1) {
      v128.store32_lane(at, tail, 1, 4);
      sum += f32x4.extract_lane(tail, 1);
    }
    if (rest > 2) {
      v128.store32_lane(at, tail, 2, 8);
      sum += f32x4.extract_lane(tail, 2);
    }
  }
  return sum;
}

/** x <- 0 for `n` floats. memory.fill is a call out of WebAssembly: too dear for a few of them. */
export function clear(x: usize, n: i32): void {
  const whole = n & ~3;
  for (let i = 0; i < whole; i += 4) v128.store(x + <usize>i * 4, f32x4.splat(0));
  for (let i = whole; i < n; i++) f32.store(x + <usize>i * 4, 0);
}

/** x <- factor * x for `n` floats. */
export function scale(x: usize, n: i32, factor: f32): void {
  const whole = n & ~3;
  const factors = f32x4.splat(factor);
  for (let i = 0; i < whole; i += 4) v128.store(x + <usize>i * 4, f32x4.mul(v128.load(x + <usize>i * 4), factors));
  for (let i = whole; i < n; i++) f32.store(x + <usize>i * 4, f32.load(x + <usize>i * 4) * factor);
}

/**
 * Soft-max cross entropy of `rows` x `classes` logits against `targets` (i32). Returns the sum over rows, in nats, and
 * puts gradientScale * (soft-max - one-hot) in the place of the logits.
 */
export function softmaxCrossEntropy(logits: usize, targets: usize, rows: i32, classes: i32, gradientScale: f32): f64 {
  let total: f64 = 0;
  for (let row = 0; row < rows; row++) {
    const at = logits + <usize>(row * classes) * 4;
    const target = at + <usize>i32.load(targets + <usize>row * 4) * 4;
    const shift = largest(at, classes);
    const logit = <f64>f32.load(target) - <f64>shift;
    const sum = exponentiate(at, classes, shift);
    // A non-finite logit makes the sum non-finite: kept, so that divergence is seen.
    total += sum - sum == 0 && shift - shift == 0 ? logarithm(<f64>sum) - logit : NaN;
    scale(at, classes, gradientScale / sum);
    f32.store(target, f32.load(target) - gradientScale);
  }
  return total;
}
