import { clear, exponentiate, largest, scale, sumLanes } from "./cross-entropy.as";
import { lowerOutput, lowerRows, lowerColumns, multiply } from "./matrix-multiply.as";

/** Row i <- soft-max of its first i + 1 entries, 0 beyond: attention never looks ahead. */
function causalSoftmax(scores: usize, length: i32): void {
  for (let i = 0; i < length; i++) {
    const row = scores + <usize>(i * length) * 4;
    const sum = exponentiate(row, i + 1, largest(row, i + 1));
    scale(row, i + 1, 1 / sum);
    clear(row + <usize>(i + 1) * 4, length - i - 1);
  }
}

/** Gradient through the soft-max, in place: ds = p * (dp - sum(dp * p)), 0 above the diagonal. */
function causalSoftmaxBackward(gradient: usize, probabilities: usize, length: i32): void {
  for (let i = 0; i < length; i++) {
    const g = gradient + <usize>(i * length) * 4;
    const p = probabilities + <usize>(i * length) * 4;
    const n = i + 1;
    const whole = n & ~3;
    let sums = f32x4.splat(0);
    for (let j = 0; j < whole; j += 4) sums = f32x4.add(sums, f32x4.mul(v128.load(g + <usize>j * 4), v128.load(p + <usize>j * 4)));
    let dot = sumLanes(sums);
    for (let j = whole; j < n; j++) dot += f32.load(g + <usize>j * 4) * f32.load(p + <usize>j * 4);
    const dots = f32x4.splat(dot);
    for (let j = 0; j < whole; j += 4) {
      const at = g + <usize>j * 4;
      v128.store(at, f32x4.mul(v128.load(p + <usize>j * 4), f32x4.sub(v128.load(at), dots)));
    }
    for (let j = whole; j < n; j++) f32.store(g + <usize>j * 4, f32.load(p + <usize>j * 4) * (f32.load(g + <usize>j * 4) - dot));
    clear(g + <usize>n * 4, length - n);
  }
}

/**
 * Causal multi-head attention. `query`, `key`, `value` and `output` are [batch * length, heads * headDimension];
 * `probabilities` [batch, heads, length, length] is kept for the way back.
 */
export function attentionForward(
  query: usize, key: usize, value: usize, output: usize, probabilities: usize,
  batch: i32, length: i32, heads: i32, headDimension: i32, logitScale: f32,
): void {
  const width = heads * headDimension;
  for (let sequence = 0; sequence < batch; sequence++) {
    for (let head = 0; head < heads; head++) {
      const offset = <usize>(sequence * length * width + head * headDimension) * 4;
      const p = probabilities + <usize>((sequence * heads + head) * length * length) * 4;
      multiply(0, 1, length, length, headDimension, logitScale, query + offset, width, key + offset, width, p, length, 0, lowerOutput);
      causalSoftmax(p, length);
      multiply(0, 0, length, headDimension, length, 1, p, length, value + offset, width, output + offset, width, 0, lowerRows);
    }
  }
}

/** Gradients of `attentionForward` to query, key and value; `scratch` holds length * length floats. */
export function attentionBackward(
  query: usize, key: usize, value: usize, probabilities: usize, outputGradient: usize,
  queryGradient: usize, keyGradient: usize, valueGradient: usize, scratch: usize,
  batch: i32, length: i32, heads: i32, headDimension: i32, logitScale: f32,
): void {
  const width = heads * headDimension;
  for (let sequence = 0; sequence < batch; sequence++) {
    for (let head = 0; head < heads; head++) {
      const offset = <usize>(sequence * length * width + head * headDimension) * 4;
      const p = probabilities + <usize>((sequence * heads + head) * length * length) * 4;
      multiply(1, 0, length, headDimension, length, 1, p, length, outputGradient + offset, width, valueGradient + offset, width, 0, lowerColumns);
      multiply(0, 1, length, length, headDimension, 1, outputGradient + offset, width, value + offset, width, scratch, length, 0, lowerOutput);
      causalSoftmaxBackward(scratch, p, length);
      multiply(0, 0, length, headDimension, length, logitScale, scratch, length, key + offset, width, queryGradient + offset, width, 0, lowerRows);
      multiply(1, 0, length, headDimension, length, logitScale, scratch, length, query + offset, width, keyGradient + offset, width, 0, lowerColumns);
    }
  }
}
