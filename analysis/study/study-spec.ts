import { z } from "zod";
import { privacySpecSchema } from "./privacy-spec.ts";
import { scaleSchema } from "./scale.ts";
import {
  activations,
  dataSchema,
  evaluationSchema,
  optimizerSchema,
  precisionSchema,
  scheduleShapes,
  tensorRoles,
} from "./trainer-contract.ts";
import { weightDecayKinds } from "./word-lists.ts";

export { type WeightDecayKind, weightDecayKinds } from "./word-lists.ts";

/**
 * The file a user writes: one question with one target. `submit` resolves it into trials; nothing in it is code.
 * Every object is strict: a misspelt key is an error with its path, never a default.
 */

const positiveInteger = z.int().positive();
const oneOrMany = z.union([positiveInteger, z.array(positiveInteger).min(1)]);
const slug = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "lower-case letters, digits and hyphens, at most 63, starting with a letter or digit");

/** Grid of powers of two from `from` to `to` (exponents, inclusive) in steps of `step` octaves. */
const log2AxisSchema = z
  .strictObject({ log2: z.strictObject({ from: z.number(), to: z.number(), step: z.number().positive() }) })
  .refine((axis) => axis.log2.from <= axis.log2.to, { message: "`from` must not be above `to`", path: ["log2", "from"] });
const valuesAxisSchema = z.strictObject({ values: z.array(z.number()).min(1) });
/** What a search moves in; both ends are allowed. `center`: where it begins; `special`: values beside the axis, such as 0 on a log one. */
const rangeSchema = z
  .strictObject({
    from: z.number(),
    to: z.number(),
    center: z.number().optional(),
    preferred: z.strictObject({ from: z.number(), to: z.number() }).optional(),
    integer: z.boolean().optional(),
    multipleOf: z.number().positive().optional(),
    powersOf: z.number().gt(1).optional(),
    special: z.array(z.number()).min(1).optional(),
  })
  .refine(({ from, to }) => from < to, { message: "`from` must be below `to`", path: ["from"] });
export type SearchRange = z.infer<typeof rangeSchema>;
/** Axes without a grid, by the scale on which equal steps are alike: for strategies that search. */
const rangeAxisSchemas = [
  z.strictObject({ log: rangeSchema }),
  z.strictObject({ linear: rangeSchema }),
  z.strictObject({ logit: rangeSchema }),
] as const;
export const hyperparameterAxisSchema = z.union([log2AxisSchema, valuesAxisSchema, ...rangeAxisSchemas]);
export type HyperparameterAxis = z.infer<typeof hyperparameterAxisSchema>;

/** Hyperparameters that the rules of this version know how to resolve. Others reach a `custom` trainer untouched. */
export const knownHyperparameters = [
  "learningRate",
  "weightDecay",
  "epsilon",
  "initStd",
  "outputMultiplier",
  "embeddingMultiplier",
  "residualMultiplier",
  "attentionResidualRatio",
  "attentionMultiplier",
  "activationMultiplier",
  "lossMultiplier",
  "residualTau",
  "dampingFanIn",
  "dampingFanOut",
] as const;

const dimensionSchema = z.union([
  positiveInteger,
  z.string().regex(/^(\d+(\.\d+)?\s*\*\s*)?width$/, 'a number, "width" or for example "4*width"'),
]);

export const modelSpecSchema = z.discriminatedUnion("architecture", [
  z.strictObject({
    architecture: z.literal("transformer"),
    sequenceLength: positiveInteger,
    feedForwardRatio: z.number().positive().default(4),
    /** Left out: the number of symbols of the data; 96 for text read by the reference trainer. */
    vocabularySize: positiveInteger.optional(),
    /**
     * Standard deviation of the position table at the start, against 1 of the token table. A tenth, so that a token says
     * more than its place: at 1 the reference trainer ends higher, most where the model is narrow (docs/bench-transfer.md).
     */
    positionInitStd: z.number().nonnegative().default(0.1),
    activation: z.enum(activations).default("relu"),
    gatedFeedForward: z.boolean().default(false),
    biases: z.boolean().default(false),
    normGains: z.enum(["none", "vector", "scalar"]).default("none"),
    normPosition: z.enum(["branchInput", "branchOutput"]).default("branchInput"),
    /** Matrices that start at zero: the queries, the readout. */
    zeroQueryInit: z.boolean().default(false),
    zeroReadoutInit: z.boolean().default(false),
  }),
  z.strictObject({
    architecture: z.literal("mlp"),
    inputDimension: positiveInteger,
    classes: positiveInteger,
    activation: z.enum(activations).default("relu"),
    biases: z.boolean().default(false),
    zeroReadoutInit: z.boolean().default(false),
  }),
  z.strictObject({
    architecture: z.literal("residualMlp"),
    inputDimension: positiveInteger,
    classes: positiveInteger,
    /** One product a block, act(W h), or two, V act(W h). */
    productsPerBlock: z.union([z.literal(1), z.literal(2)]).default(2),
    activation: z.enum(activations).default("tanh"),
    zeroReadoutInit: z.boolean().default(false),
  }),
  /** A model that Ladder does not know: its tensors, with dimensions in terms of width. */
  z.strictObject({
    architecture: z.literal("custom"),
    tensors: z
      .array(z.strictObject({ name: z.string().min(1), role: z.enum(tensorRoles), shape: z.array(dimensionSchema).min(1) }))
      .default([]),
  }),
]);
export type ModelSpec = z.infer<typeof modelSpecSchema>;

/** Data as the user names it; the digest is computed on submit. `package` is the text that comes with Ladder's dependencies. */
export const dataSpecSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("package"), id: z.literal("moby-dick"), heldOutFraction: z.number().gt(0).lt(1).default(0.05) }),
  z.strictObject({ kind: z.literal("text"), path: z.string().min(1), heldOutFraction: z.number().gt(0).lt(1).default(0.05) }),
  ...dataSchema.options.filter((option) => option.shape.kind.value === "markov"),
  ...dataSchema.options.filter((option) => option.shape.kind.value === "teacher"),
  z.strictObject({ kind: z.literal("external"), id: z.string().min(1), path: z.string().optional() }),
]);
export type DataSpec = z.infer<typeof dataSpecSchema>;

export const scheduleSpecSchema = z.strictObject({
  shape: z.enum(scheduleShapes).default("linear"),
  /** Share of the steps spent warming up. */
  warmupFraction: z.number().min(0).max(1).default(0.1),
  finalFraction: z.number().min(0).max(1).default(0),
  /** Share of the steps of the final decay; `warmupStableDecay` only. */
  decayFraction: z.number().min(0).max(1).default(0.2),
  /** Share of the peak at which `linearGrowth` and `exponentialGrowth` begin; left out: a thousandth. */
  initialFraction: z.number().positive().max(1).optional(),
});

export const trainerSpecSchema = z.union([
  z.literal("reference"),
  z.strictObject({
    /** Program and arguments; never a shell line. The contract's file comes by `LADDER_RUN`. */
    command: z.array(z.string().min(1)).min(1),
    /** Raise it when the trainer changes in a way that its files do not show. */
    version: z.string().min(1).default("1"),
    /** Files whose content is the trainer's identity; left out: those arguments of the command that are files. */
    program: z.array(z.string().min(1)).optional(),
  }),
]);

/** A variant changes parts of the study and is swept and judged beside its parametrizations, under its own name. */
export const variantSchema = z.strictObject({
  /** The rule set that it follows. */
  parametrization: z.string().min(1),
  /** Members of `model` that differ, for example normGains: vector. */
  model: z.record(z.string(), z.unknown()).default({}),
  schedule: z.record(z.string(), z.unknown()).default({}),
  /** Replaces the study's optimizer as a whole. */
  optimizer: optimizerSchema.optional(),
  weightDecayKind: z.enum(weightDecayKinds).optional(),
  /** Fixed under the variant; none of them may be swept there. */
  hyperparameters: z.record(z.string(), z.number()).default({}),
  /** Factor on batchSizeTokens; tokenHorizon stays. */
  batchSizeFactor: z.number().positive().optional(),
  /** What a paper says of it, shown beside what was measured. */
  published: z.strictObject({ outcome: z.enum(["transfers", "does-not-transfer"]), source: z.string().min(1) }).optional(),
});
export type Variant = z.infer<typeof variantSchema>;

/** A coordinate check before the first run: the sweep is not submitted unless it passes. */
export const coordinateCheckSpecSchema = z.strictObject({
  axis: z.enum(["width", "depth"]).default("width"),
  /** Left out: those of the study on that axis. */
  values: z.array(positiveInteger).min(2).optional(),
  steps: positiveInteger.default(5),
  seeds: z.array(z.int().nonnegative()).min(1).default([1, 2, 3]),
  /** Left out: the largest of the study's space. */
  learningRate: z.number().positive().optional(),
  /** `pass`: fail and undecided both refuse; `not-fail`: undecided is let through, with a warning. */
  require: z.enum(["pass", "not-fail"]).default("not-fail"),
});

export const executorSpecSchema = z.strictObject({
  name: z.string().min(1).default("local"),
  /** Runs at a time; left out: one a processor. */
  slots: positiveInteger.optional(),
  /** A trainer that says nothing for so long is stopped and tried again (class `stall`); left out: it may be silent for ever. */
  stallAfterSeconds: z.number().positive().optional(),
});

/** One trial written out: strategy `list`. Axes of the scale that are left out are the only or largest value of `scales`. */
export const listedTrialSchema = z.strictObject({
  parametrization: z.string().min(1),
  hyperparameters: z.record(z.string(), z.number()),
  scale: scaleSchema.partial().default({}),
});

/** A strategy's name and its own settings; the strategy's `settingsSchema` (analysis/search) checks them strictly. */
export const strategySpecSchema = z.strictObject({
  name: z.string().min(1).default("grid"),
  /** Strategy `list` only: every trial to run, each with all `seeds`. */
  trials: z.array(listedTrialSchema).min(1).optional(),
  /** Strategies that search: how many runs, the seed of their own random numbers, what one run may cost, and their own settings. */
  runs: positiveInteger.optional(),
  seed: z.int().nonnegative().optional(),
  maximumTrainingFlops: z.number().positive().optional(),
  settings: z.record(z.string(), z.json()).optional(),
});
export type StrategySpec = z.infer<typeof strategySpecSchema>;

export const hyperparameterSpaceSchema = z.record(z.string(), hyperparameterAxisSchema);
export type HyperparameterSpace = z.infer<typeof hyperparameterSpaceSchema>;

export const studySpecSchema = z.strictObject({
  study: slug,
  question: z.string().min(1).optional(),
  trainer: trainerSpecSchema.default("reference"),
  model: modelSpecSchema,
  data: dataSpecSchema,
  optimizer: optimizerSchema,
  /** Left out: the rule set's own, which is `decoupled` where it names none. */
  weightDecayKind: z.enum(weightDecayKinds).optional(),
  /** Emulated number formats of the reference trainer's products. */
  precision: precisionSchema.optional(),
  schedule: scheduleSpecSchema.default({ shape: "linear", warmupFraction: 0.1, finalFraction: 0, decayFraction: 0.2 }),
  evaluation: evaluationSchema.default({ batches: 16, logEverySteps: 10 }),
  /** Where multipliers are 1. */
  base: z.strictObject({
    width: positiveInteger,
    depth: positiveInteger.optional(),
    headDimension: positiveInteger.optional(),
    /** Left out: those of the study, where there is one; batch and horizon rules then change nothing. */
    batchSizeTokens: positiveInteger.optional(),
    tokenHorizon: positiveInteger.optional(),
  }),
  scales: z.strictObject({
    width: oneOrMany,
    depth: oneOrMany.default(1),
    /** Left out for architectures without attention. */
    headDimension: oneOrMany.default(1),
    batchSizeTokens: oneOrMany,
    tokenHorizon: oneOrMany,
  }),
  /** Rule sets, `mup` or with options `completep:alpha=0.5`, and names of `variants`. */
  parametrizations: z.array(z.string().min(1)).min(1),
  variants: z.record(slug, variantSchema).default({}),
  coordinateCheck: coordinateCheckSpecSchema.optional(),
  privacy: privacySpecSchema.optional(),
  /** Values that are not swept. */
  hyperparameters: z.record(z.string(), z.number()).default({}),
  /** What is swept. May be empty only where the strategy lists its trials itself. */
  space: hyperparameterSpaceSchema.default({}),
  /** Axes that replace those of `space` for one parametrization, for example a wider grid for `sp`. */
  spaceFor: z.record(z.string(), hyperparameterSpaceSchema).default({}),
  seeds: z.array(z.int().nonnegative()).min(1),
  strategy: strategySpecSchema.default({ name: "grid" }),
  executor: executorSpecSchema.default({ name: "local" }),
  /** Checkpoint every so many steps; 0 = only when asked to stop. */
  checkpointEverySteps: z.int().nonnegative().default(0),
  budget: z.strictObject({ runs: positiveInteger.optional(), trainingFlops: z.number().positive().optional() }).default({}),
  /** The scale to recommend for; axes left out are those of the sweep's largest scale. */
  target: z
    .strictObject({
      width: positiveInteger.optional(),
      depth: positiveInteger.optional(),
      headDimension: positiveInteger.optional(),
      batchSizeTokens: positiveInteger.optional(),
      tokenHorizon: positiveInteger.optional(),
    })
    .default({}),
});
export type StudySpec = z.infer<typeof studySpecSchema>;
/** The spec as written, before defaults. */
export type StudySpecInput = z.input<typeof studySpecSchema>;
