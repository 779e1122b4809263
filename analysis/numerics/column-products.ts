/** Products of matrix columns that lie one after another in a typed array; four partial sums, so that additions do not wait for each other. */

/** Sum of left[leftStart + i] x right[rightStart + i] for i below `length`. */
export function rangeDot(left: Float64Array, leftStart: number, right: Float64Array, rightStart: number, length: number): number {
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  let index = 0;
  for (; index + 3 < length; index += 4) {
    const a = leftStart + index;
    const b = rightStart + index;
    sum0 += (left[a] ?? 0) * (right[b] ?? 0);
    sum1 += (left[a + 1] ?? 0) * (right[b + 1] ?? 0);
    sum2 += (left[a + 2] ?? 0) * (right[b + 2] ?? 0);
    sum3 += (left[a + 3] ?? 0) * (right[b + 3] ?? 0);
  }
  for (; index < length; index += 1) sum0 += (left[leftStart + index] ?? 0) * (right[rightStart + index] ?? 0);
  return sum0 + sum1 + (sum2 + sum3);
}

/**
 * Adds columns' x diag(factors) x columns to the lower triangle of `into` (size x size).
 *
 * @param columns column j starts at j x stride
 * @param scaled room for `length` numbers
 */
export function addWeightedGram(
  columns: Float64Array,
  stride: number,
  size: number,
  factors: Float64Array,
  length: number,
  scaled: Float64Array,
  into: Float64Array,
): void {
  for (let j = 0; j < size; j += 1) {
    const start = j * stride;
    for (let row = 0; row < length; row += 1) scaled[row] = (factors[row] ?? 0) * (columns[start + row] ?? 0);
    for (let k = 0; k <= j; k += 1) into[j * size + k] = (into[j * size + k] ?? 0) + rangeDot(scaled, 0, columns, k * stride, length);
  }
}
