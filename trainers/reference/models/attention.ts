import { assertInvariant } from "../../../analysis/study/ladder-error.ts";
import { createLinear } from "./linear.ts";
import type { ModelContext } from "./model-context.ts";
import type { Branch, BranchSettings } from "./residual-block.ts";

export interface AttentionShape {
  readonly width: number;
  readonly headDimension: number;
  readonly sequenceLength: number;
  /** Sequences in a batch. */
  readonly batch: number;
  /** Whether each matrix has a bias. */
  readonly biases?: boolean | undefined;
}

/**
 * Causal multi-head attention: heads are neighbouring columns of query, key and value; logits are attentionLogitScale * q.k. Unit
 * scaling multiplies the mixed values by its factor, and the gradients to query, key and value by another.
 */
export function createAttentionBranch(
  context: ModelContext,
  { width, headDimension, sequenceLength, batch, biases: biased }: AttentionShape,
  name: string,
  { input, factor, accumulate }: BranchSettings,
): Branch {
  const { engine, operations, observer } = context;
  const { attentionLogitScale, unitScaling } = operations;
  assertInvariant(attentionLogitScale !== null, "attention without a logit scale");
  const { kernels, allocate } = engine;
  const heads = width / headDimension;
  const rows = batch * sequenceLength;
  const size = rows * width;
  const query = createLinear(context, `${name}.query`, { rows, biased });
  const key = createLinear(context, `${name}.key`, { rows, biased });
  const value = createLinear(context, `${name}.value`, { rows, biased });
  const output = createLinear(context, `${name}.output`, { rows, biased, factor });
  const room = () => allocate(size);
  const [q, k, v, mixed, dq, dk, dv, dMixed] = [room(), room(), room(), room(), room(), room(), room(), room()];
  const probabilities = allocate(batch * heads * sequenceLength * sequenceLength);
  const scratch = allocate(sequenceLength * sequenceLength);
  const shape = [batch, sequenceLength, heads, headDimension, attentionLogitScale] as const;
  const mixing = unitScaling?.attention;

  return {
    forward(to) {
      query.forward(input, q, 0);
      key.forward(input, k, 0);
      value.forward(input, v, 0);
      kernels.attentionForward(q, k, v, mixed, probabilities, ...shape);
      if (mixing !== undefined) kernels.copyScaled(mixed, mixed, size, mixing.forward);
      if (observer?.active === true) observer.value(`${name}.mixed`, mixed, size);
      output.forward(mixed, to, accumulate);
    },
    backward(gradient, inputGradient) {
      output.backward(gradient, mixed, dMixed, 0);
      if (observer?.active === true) observer.gradient(`${name}.mixed`, dMixed, size, 1);
      // All three gradients are linear in this one.
      if (mixing !== undefined) kernels.copyScaled(dMixed, dMixed, size, mixing.backward);
      kernels.attentionBackward(q, k, v, probabilities, dMixed, dq, dk, dv, scratch, ...shape);
      query.backward(dq, input, inputGradient, 0);
      key.backward(dk, input, inputGradient, 1);
      value.backward(dv, input, inputGradient, 1);
    },
  };
}
