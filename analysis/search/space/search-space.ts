import { z } from "zod";

/** What a parameter may be set to. */
export const searchValueSchema = z.union([z.number(), z.string(), z.boolean()]);
export type SearchValue = z.infer<typeof searchValueSchema>;

/** A parameter is there only where another one has one of these values. */
const conditionSchema = z.strictObject({ parameter: z.string().min(1), values: z.array(searchValueSchema).min(1) });

/**
 * A number. `scale` is the axis on which equal steps are alike: `log` for what is above 0, `logit` for what lies in (0, 1). Both ends
 * are allowed values. `preferred` is where a search begins and what its prior favours; `center` its middle (left out: that of the axis).
 */
const numericParameterSchema = z.strictObject({
  kind: z.literal("numeric"),
  name: z.string().min(1),
  scale: z.enum(["linear", "log", "logit"]),
  from: z.number(),
  to: z.number(),
  center: z.number().optional(),
  preferred: z.strictObject({ from: z.number(), to: z.number() }).optional(),
  integer: z.boolean().default(false),
  /** Only whole multiples, for example of 128. */
  multipleOf: z.number().positive().optional(),
  /** Only whole powers, for example of 2. */
  powersOf: z.number().gt(1).optional(),
  /** Values that are no place of the axis, for example 0 on a log axis: tried as choices of their own. */
  special: z.array(z.number()).default([]),
  when: conditionSchema.optional(),
});

/** One of several values; `ordered` where neighbours are alike. */
const choiceParameterSchema = z.strictObject({
  kind: z.literal("choice"),
  name: z.string().min(1),
  values: z.array(searchValueSchema).min(1),
  ordered: z.boolean().default(false),
  center: searchValueSchema.optional(),
  when: conditionSchema.optional(),
});

/** Not searched; part of every trial, of its cost and of constraints. */
const fixedParameterSchema = z.strictObject({ kind: z.literal("fixed"), name: z.string().min(1), value: searchValueSchema });

/** Given from outside for each suggestion, and modelled: "the best learning rate at this width". */
const contextParameterSchema = z.strictObject({
  kind: z.literal("context"),
  name: z.string().min(1),
  scale: z.enum(["linear", "log", "logit"]),
  from: z.number(),
  to: z.number(),
});

export const searchParameterSchema = z.discriminatedUnion("kind", [
  numericParameterSchema,
  choiceParameterSchema,
  fixedParameterSchema,
  contextParameterSchema,
]);
export type SearchParameter = z.infer<typeof searchParameterSchema>;
export type NumericParameter = z.infer<typeof numericParameterSchema>;
export type ChoiceParameter = z.infer<typeof choiceParameterSchema>;

/** What is searched. `constraints` are conditions of parameters, for example `headDimension * heads == width`. */
export const searchSpaceSchema = z.strictObject({
  parameters: z.array(searchParameterSchema).min(1),
  constraints: z.array(z.string().min(1)).default([]),
});
export type SearchSpace = z.infer<typeof searchSpaceSchema>;

/** One assignment: every parameter that is there under the others' values. */
export type SearchValues = Readonly<Record<string, SearchValue>>;
