import { z } from "zod";
import { LadderError } from "../analysis/study/ladder-error.ts";
import { scaleAxes, scaleSchema } from "../analysis/study/scale.ts";
import { scheduleSpecSchema, weightDecayKinds } from "../analysis/study/study-spec.ts";
import { optimizerSchema } from "../analysis/study/trainer-contract.ts";

/** The content of a row of the recommendations table: written by `recommend`, read by apply, prove, export and report. */

const intervalSchema = z.object({
  low: z.number(),
  high: z.number(),
  level: z.number(),
  method: z.string(),
  covers: z.enum(["parameter", "prediction"]),
  degreesOfFreedom: z.number().nullable(),
});

const predictedRegretSchema = z.object({
  parametrization: z.string(),
  value: z.number(),
  log2Value: z.number(),
  offset: z.number(),
  expectedRegret: z.number(),
  interval: intervalSchema,
  shareBeyond: z.number(),
  shareDiverged: z.number(),
  isLowerBound: z.boolean(),
  words: z.string(),
  method: z.string(),
});

const excessLossSchema = z.object({
  choice: predictedRegretSchema,
  reference: predictedRegretSchema,
  regretDifference: z.number(),
  bestLossDifference: z.object({ mean: z.number(), standardDeviation: z.number(), pairs: z.number() }),
  excessLoss: z.number(),
  interval: intervalSchema,
  isBounded: z.boolean(),
  words: z.string(),
});

const checkSchema = z.object({ id: z.string(), passed: z.boolean(), words: z.string() });

export const recommendationContentSchema = z.object({
  version: z.literal(1),
  study: z.string(),
  parametrization: z.string(),
  /** Where `parametrization` is a variant of the study: the rule set that it follows and what it changes in the study. */
  variant: z.object({ ruleSet: z.string(), changes: z.array(z.string()) }).optional(),
  axis: z.enum(scaleAxes),
  hyperparameter: z.string(),
  target: scaleSchema,
  /** Where multipliers are 1: configs of width-scaled parametrizations need the ratio target / base. */
  base: z.object({ width: z.number(), depth: z.number(), headDimension: z.number() }),
  optimizer: optimizerSchema,
  schedule: scheduleSpecSchema,
  /** How the proxies were trained beside that; recommendations of older versions do not say it. */
  proxy: z
    .object({
      weightDecayKind: z.enum(weightDecayKinds),
      /** Empty for architectures without attention. */
      headLayouts: z.array(z.object({ width: z.number(), headDimension: z.number() })),
    })
    .optional(),
  carry: z.enum(["fitted-line", "carry-base"]),
  value: z.number(),
  log2Value: z.number(),
  interval: intervalSchema,
  log2Interval: intervalSchema,
  regret: predictedRegretSchema,
  verdict: z.enum(["transfers", "does-not-transfer", "undecided", "no-verdict"]),
  checks: z.array(checkSchema),
  words: z.string(),
  evidence: z.object({ optimumRunKeys: z.array(z.string()), regretRunKeys: z.array(z.string()) }),
  /** Values of the other swept hyperparameters at which this one was measured. */
  held: z.record(z.string(), z.number()),
  /** What would be used without the recommendation: another parametrization's proxy optimum, carried up unchanged. */
  alternative: z
    .object({
      parametrization: z.string(),
      /** Left out: the recommendation's own; a variant may change the batch. */
      target: scaleSchema.optional(),
      /** Place on the axis of the proxy whose optimum is carried up. */
      fromAxisValue: z.number(),
      value: z.number(),
      regret: predictedRegretSchema,
      /** Predicted loss(alternative) - loss(recommended) at the target, nats per token. */
      excess: excessLossSchema,
    })
    .nullable(),
});
export type RecommendationContent = z.infer<typeof recommendationContentSchema>;

/** A recommendation with its id, `rec-` and ten hexadecimal digits of its content. */
export interface StoredRecommendation {
  readonly id: string;
  readonly content: RecommendationContent;
  readonly codeVersion: string;
  readonly createdAt: string;
}

/** @throws LadderError defect STORED_VALUE_INVALID when the row is not one of this version */
export function readStoredRecommendation(row: {
  readonly id: string;
  readonly content: unknown;
  readonly codeVersion: string;
  readonly createdAt: Date;
}): StoredRecommendation {
  const parsed = recommendationContentSchema.safeParse(row.content);
  if (!parsed.success)
    throw new LadderError(
      "defect",
      "STORED_VALUE_INVALID",
      `recommendation ${row.id} cannot be read by this version of Ladder: ${z.prettifyError(parsed.error)}`,
    );
  return { id: row.id, content: parsed.data, codeVersion: row.codeVersion, createdAt: row.createdAt.toISOString() };
}
