import { log } from "../../numerics/elementary.ts";
import { commonScale, type Constraint } from "./constraints.ts";
import { interpolateLogarithmically, multiplierWeight } from "./interpolation.ts";

/**
 * soft-max(multiplier x logits) over `size` entries: output between size (flat) and size^1/2 (one-hot), gradient between size /
 * multiplier and its root, at weight 1 / (1 + 4 / multiplier^2) (unit-scaling 0.3.5, functional.softmax).
 */
export function softmaxFactors(
  size: number,
  multiplier: number,
  constraint: Constraint,
): { readonly output: number; readonly inputGradient: number } {
  const weight = multiplierWeight(multiplier, 4);
  const output = interpolateLogarithmically(weight, size, Math.sqrt(size));
  const inputGradient = interpolateLogarithmically(weight, size / multiplier, Math.sqrt(size / multiplier));
  const common = commonScale(constraint, [output, inputGradient]);
  return { output: common ?? output, inputGradient: common ?? inputGradient };
}

export interface AttentionSettings {
  /** Keys that a query may see at most. */
  readonly sequenceLength: number;
  readonly headDimension: number;
  /** Whether a query sees only what stands before it. */
  readonly causal: boolean;
  /** u-muP's alpha_attn-softmax. */
  readonly multiplier: number;
  /** Probability of dropout after the soft-max; left out: 0. */
  readonly dropout?: number;
}

/** What q.k is multiplied by before the soft-max: multiplier / headDimension (unit-scaling 0.3.5, functional.scaled_dot_product_attention). */
export function attentionLogitScale({ headDimension, multiplier }: Pick<AttentionSettings, "headDimension" | "multiplier">): number {
  return multiplier / headDimension;
}

/**
 * Factor on the mixed values and on the gradients to query, key and value: (1 - dropout)^1/2 over the deviation of a mean of values,
 * between that of a flat mean, (1 / sequenceLength)^1/2 or causal (ln sequenceLength / sequenceLength)^1/2, and 1, at weight 1 / (1 + 4
 * headDimension / multiplier^2) (unit-scaling 0.3.5, functional.scaled_dot_product_attention).
 *
 * Over a single position the library's causal model divides by ln 1 = 0; the mean of one value is that value, so there it is 1 here.
 */
export function attentionFactor({ sequenceLength, headDimension, causal, multiplier, dropout = 0 }: AttentionSettings): number {
  const flat = sequenceLength === 1 ? 1 : Math.sqrt((causal ? log(sequenceLength) : 1) / sequenceLength);
  return Math.sqrt(1 - dropout) / interpolateLogarithmically(multiplierWeight(multiplier, 4 * headDimension), flat, 1);
}
