import { z } from "zod";

/**
 * A study of a model that will be trained with DP-SGD. Batches count examples. The sweep may run at a smaller batch with the noise
 * scaled along (Sander et al. 2023, TAN without a burn, arXiv:2210.03403): cheap, and as a rule not private.
 */
export const privacySpecSchema = z.strictObject({
  /** Examples in the data set. */
  examples: z.int().positive(),
  /** Probability with which the promise may fail; at most 1 / examples. */
  delta: z.number().gt(0).lt(1),
  /** Expected examples in a batch of the final run. */
  batchSize: z.int().positive(),
  /** Noise of a step over its clipping norm, of the final run. */
  noiseMultiplier: z.number().positive(),
  steps: z.int().positive(),
  /** Expected examples in a batch of the sweep's runs; left out: they train as the final run does. */
  simulationBatchSize: z.int().positive().optional(),
  /** From Rényi divergence to epsilon. */
  conversion: z.enum(["balle2020", "mironov2017"]).default("balle2020"),
});
export type PrivacySpec = z.infer<typeof privacySpecSchema>;
