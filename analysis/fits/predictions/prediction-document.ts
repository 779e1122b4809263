import { z } from "zod";
import { LadderError } from "../../study/ladder-error.ts";

const range = z.tuple([z.number(), z.number()]).readonly();

const predictionShape = {
  kind: z.literal("law-prediction"),
  law: z.string(),
  formula: z.string(),
  /** Which fit predicts. */
  fit: z.object({
    /** Null for a fit that was not kept. */
    id: z.string().nullable(),
    study: z.string().nullable(),
    source: z.string(),
    contentHash: z.string(),
    codeVersion: z.string(),
  }),
  /** All parameters, natural values; null for a term that is not there. With the formula they give `value`. */
  parameters: z.record(z.string(), z.number().nullable()),
  /** The place as it was asked for. */
  asked: z.record(z.string(), z.number()),
  /** All inputs of the law. */
  at: z.record(z.string(), z.number()),
  /** What the place costs, by what tells small runs from large ones; null where rows do not say. */
  budget: z.object({ name: z.string(), value: z.number() }).nullable(),
  output: z.object({ name: z.string(), unit: z.string() }),
  /** What the law says there, natural units. */
  value: z.number(),
  interval95: z.object({
    /** Of the mean of runs there. */
    mean: range,
    /** Of one new run there. */
    newRun: range,
  }),
  calibration: z.object({
    method: z.string(),
    words: z.string(),
    /** Budgets and rows of the fit behind it. */
    levels: z.int(),
    rows: z.int(),
    /** Rows that were predicted from smaller budgets alone. */
    heldOutRows: z.int(),
  }),
  /** How many larger runs, not seen by what predicted them, lay inside the interval of a new run; null where there were none. */
  heldOut: z
    .object({
      of: z.enum(["held-out rows of the fit", "rolling origin"]),
      inside: z.int(),
      rows: z.int(),
      /** Of the share inside, exact. */
      interval95: range,
    })
    .nullable(),
  distance: z
    .array(z.object({ name: z.string(), value: z.number(), fitted: range, logRatio: z.number().nullable(), words: z.string() }))
    .readonly(),
  sensitivityToE: z
    .object({
      parameter: z.string(),
      value: z.number().nullable(),
      interval95: z.tuple([z.number().nullable(), z.number().nullable()]).readonly(),
      predictions: z.array(z.object({ held: z.number(), value: z.number(), change: z.number() })).readonly(),
      words: z.string(),
    })
    .nullable(),
  /** Each budget left out in turn. */
  rungs: z
    .array(
      z.object({
        budget: z.number(),
        rows: z.int(),
        value: z.number().nullable(),
        change: z.number().nullable(),
        error: z.number().nullable(),
        reason: z.string().nullable(),
      }),
    )
    .readonly(),
  equivalent: z
    .object({
      input: z.string(),
      reference: z.record(z.string(), z.number()),
      value: z.number().nullable(),
      words: z.string(),
      interval95: range.nullable(),
      method: z.string(),
    })
    .nullable(),
  warnings: z.array(z.string()).readonly(),
};

/** A prediction of one place from a kept fit. Plain JSON: what `predictFit` gives. */
export const lawPredictionSchema = z.strictObject(predictionShape);

/** A prediction as it is printed and kept. */
export const predictionDocumentSchema = z.strictObject({
  ...predictionShape,
  /** Version of Ladder that predicted. */
  codeVersion: z.string(),
  /** Where and since when it is registered; null where it is not. */
  registered: z.object({ id: z.string(), study: z.string(), at: z.iso.datetime() }).nullable(),
});

const registeredContentSchema = predictionDocumentSchema.omit({ registered: true });

export type LawPrediction = z.infer<typeof lawPredictionSchema>;
export type PredictionDocument = z.infer<typeof predictionDocumentSchema>;

/**
 * A prediction document from JSON that somebody kept.
 *
 * @param source what it was read from, for messages
 * @throws LadderError `input` PREDICTION_INVALID with every member that is wrong
 */
export function parsePredictionDocument(json: unknown, source: string): PredictionDocument {
  const parsed = predictionDocumentSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new LadderError("input", "PREDICTION_INVALID", `${source} is no prediction`, {
    fields: { source },
    problems: parsed.error.issues.slice(0, 10).map(({ path, message }) => ({ path: path.map(String).join("."), message })),
    hint: "a prediction is what ladder predict --json prints",
  });
}

/**
 * A registered prediction as the database holds it: the document without its registration.
 *
 * @param id of the registration, for messages
 * @throws LadderError `defect` STORED_VALUE_INVALID when this version cannot read it
 */
export function parseRegisteredPrediction(content: unknown, id: string): Omit<PredictionDocument, "registered"> {
  const parsed = registeredContentSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  throw new LadderError(
    "defect",
    "STORED_VALUE_INVALID",
    `prediction ${id} cannot be read by this version of Ladder: ${z.prettifyError(parsed.error)}`,
  );
}
