import type { Address } from "../engine/kernels.ts";
import type { ModelContext } from "./model-context.ts";

/**
 * Mean soft-max cross entropy over `rows` rows of logits. Unit scaling multiplies logits by `input` first, and the gradient by
 * `backward`; lossMultiplier multiplies the gradient only.
 *
 * @returns a function that gives the loss in nats and leaves the gradient to the logits in their place
 */
export function createOutputLoss(
  { engine, operations }: ModelContext,
  logits: Address,
  targets: Address,
  rows: number,
  classes: number,
): () => number {
  const { kernels } = engine;
  const { lossMultiplier, unitScaling } = operations;
  const scaled = unitScaling?.loss;
  const gradientScale = (scaled === undefined ? lossMultiplier : lossMultiplier * scaled.input * scaled.backward) / rows;
  return () => {
    if (scaled !== undefined && scaled.input !== 1) kernels.copyScaled(logits, logits, rows * classes, scaled.input);
    return kernels.softmaxCrossEntropy(logits, targets, rows, classes, gradientScale) / rows;
  };
}
