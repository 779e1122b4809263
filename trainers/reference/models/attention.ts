import { assertInvariant } from "../../../analysis/study/ladder-error.ts";
import type { Operations } from "../../../analysis/study/trainer-contract.ts";
import type { Engine } from "../engine/engine.ts";
import type { Parameter } from "../training/parameters.ts";
import { applyLinear, inputGradient, linearOf, weightGradient } from "./linear.ts";
import { parameterNamed } from "./network.ts";
import type { Branch, TransformerShape } from "./residual-branch.ts";

/**
 * Causal multi-head attention: heads are neighbouring columns of query, key and value; logits are attentionLogitScale * q.k.
 */
export function createAttentionBranch(
  engine: Engine,
  shape: TransformerShape,
  operations: Operations,
  parameters: readonly Parameter[],
  name: string,
): Branch {
  const { width, headDimension, sequenceLength, batch } = shape;
  const { attentionLogitScale } = operations;
  assertInvariant(attentionLogitScale !== null, "attention without a logit scale");
  const { kernels, allocate } = engine;
  const heads = width / headDimension;
  const rows = batch * sequenceLength;
  const [query, key, value, output] = (["query", "key", "value", "output"] as const).map((part) =>
    linearOf(parameterNamed(parameters, `${name}.${part}`)),
  );
  assertInvariant(query !== undefined && key !== undefined && value !== undefined && output !== undefined, "attention lacks a matrix");
  const [q, k, v, mixed, dq, dk, dv, dMixed] = Array.from({ length: 8 }, () => allocate(rows * width));
  assertInvariant(
    q !== undefined &&
      k !== undefined &&
      v !== undefined &&
      mixed !== undefined &&
      dq !== undefined &&
      dk !== undefined &&
      dv !== undefined &&
      dMixed !== undefined,
    "attention lacks room",
  );
  const probabilities = allocate(batch * heads * sequenceLength * sequenceLength);
  const scratch = allocate(sequenceLength * sequenceLength);

  return {
    forward(normed, to, factor) {
      applyLinear(kernels, query, normed, q, rows, 1, 0);
      applyLinear(kernels, key, normed, k, rows, 1, 0);
      applyLinear(kernels, value, normed, v, rows, 1, 0);
      kernels.attentionForward(q, k, v, mixed, probabilities, batch, sequenceLength, heads, headDimension, attentionLogitScale);
      applyLinear(kernels, output, mixed, to, rows, factor, 1);
    },
    backward(normed, gradient, normedGradient, factor) {
      weightGradient(kernels, output, gradient, mixed, rows, factor);
      inputGradient(kernels, output, gradient, dMixed, rows, factor, 0);
      kernels.attentionBackward(
        q,
        k,
        v,
        probabilities,
        dMixed,
        dq,
        dk,
        dv,
        scratch,
        batch,
        sequenceLength,
        heads,
        headDimension,
        attentionLogitScale,
      );
      weightGradient(kernels, query, dq, normed, rows, 1);
      weightGradient(kernels, key, dk, normed, rows, 1);
      weightGradient(kernels, value, dv, normed, rows, 1);
      inputGradient(kernels, query, dq, normedGradient, rows, 1, 0);
      inputGradient(kernels, key, dk, normedGradient, rows, 1, 1);
      inputGradient(kernels, value, dv, normedGradient, rows, 1, 1);
    },
  };
}
