import { z } from "zod";
import { type ScaleAxis, scaleAxes } from "./word-lists.ts";

export { type ScaleAxis, scaleAxes } from "./word-lists.ts";

const positiveInteger = z.int().positive();

/** A point on the ladder. `width` = model dimension, `depth` = residual layers, `batchSizeTokens` and `tokenHorizon` in tokens. */
export const scaleSchema = z.strictObject({
  width: positiveInteger,
  depth: positiveInteger,
  headDimension: positiveInteger,
  batchSizeTokens: positiveInteger,
  tokenHorizon: positiveInteger,
});
export type Scale = z.infer<typeof scaleSchema>;

/** Some axes of a scale. */
export type PartialScale = { readonly [Axis in ScaleAxis]?: number | undefined };

/** A scale with what is counted from it. FLOPs overflow 64-bit integers: always a double. */
export const countedScaleSchema = scaleSchema.extend({
  parameterCountTotal: z.number().nonnegative(),
  parameterCountNonEmbedding: z.number().nonnegative(),
  trainingFlops: z.number().nonnegative(),
  /** Id of the formula of `trainingFlops`; `6ND` = 6 x parameterCountNonEmbedding x tokenHorizon. */
  trainingFlopsFormula: z.string(),
});
export type CountedScale = z.infer<typeof countedScaleSchema>;

/** `width=128 depth=2 …` with the axes that differ from `reference` first, or all of them when none is given. */
export function describeScale(scale: Scale, reference?: Scale): string {
  const axes = reference === undefined ? scaleAxes : scaleAxes.filter((axis) => scale[axis] !== reference[axis]);
  return axes.map((axis) => `${axis}=${scale[axis]}`).join(" ");
}
