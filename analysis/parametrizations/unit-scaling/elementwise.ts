import { commonScale, type Constraint } from "./constraints.ts";

export interface SumFactors {
  readonly output: number;
  readonly inputGradient: number;
  readonly otherGradient: number;
}

function entries(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Entries of the result of two shapes that broadcast to each other: aligned at the end, a 1 or a missing dimension repeats. */
function broadcastEntries(left: readonly number[], right: readonly number[]): number {
  const length = Math.max(left.length, right.length);
  const size = (shape: readonly number[], index: number) => shape[index - length + shape.length] ?? 1;
  return entries(Array.from({ length }, (_, index) => Math.max(size(left, index), size(right, index))));
}

/**
 * x + y of two tensors: output 2^-1/2, each gradient (times it is repeated)^-1/2; adding one number changes no scale (unit-scaling
 * 0.3.5, functional.add).
 *
 * @param input shape of x
 * @param other shape of y, which broadcasts with x
 */
export function sumFactors(input: readonly number[], other: readonly number[], constraint: Constraint): SumFactors {
  const total = broadcastEntries(input, other);
  const output = entries(input) === 1 || entries(other) === 1 ? 1 : Math.SQRT1_2;
  const inputGradient = Math.sqrt(entries(input) / total);
  const otherGradient = Math.sqrt(entries(other) / total);
  const common = commonScale(constraint, [output, inputGradient, otherGradient]);
  return { output: common ?? output, inputGradient: common ?? inputGradient, otherGradient: common ?? otherGradient };
}

/**
 * Gradients of the gain and the bias of a layer norm or RMS norm: (entries of the gain / entries of the input)^1/2, the result and its
 * gradient as they are (unit-scaling 0.3.5, functional.layer_norm and rms_norm).
 *
 * @param normalizedShape shape of the gain, of the bias and of what is normalized together
 * @param inputEntries entries of the input
 */
export function normFactors(
  normalizedShape: readonly number[],
  inputEntries: number,
): { readonly gainGradient: number; readonly biasGradient: number } {
  const factor = Math.sqrt(entries(normalizedShape) / inputEntries);
  return { gainGradient: factor, biasGradient: factor };
}

/** Dropout that divides what it keeps by 1 - probability: (1 - probability)^1/2 both ways (unit-scaling 0.3.5, functional.dropout). */
export function dropoutFactors(probability: number): { readonly output: number; readonly inputGradient: number } {
  const factor = Math.sqrt(1 - probability);
  return { output: factor, inputGradient: factor };
}
