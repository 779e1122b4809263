import { z } from "zod";
import { countedScaleSchema } from "./scale.ts";

/**
 * Trainer contract, version 1. A trainer is any program that reads one JSON file (its path is in `LADDER_RUN`) and
 * appends JSON lines to another (`LADDER_METRICS`). Everything in the file is resolved: a trainer holds no scaling rule.
 * Unknown keys are refused on both sides, so that nothing is ignored silently.
 */
export const trainerContractVersion = 1;

/** What a tensor is to width: `input` finite x infinite, `hidden` infinite x infinite, `output` infinite x finite; `bias` and `normGain` are vectors. */
export const tensorRoles = ["input", "hidden", "output", "bias", "normGain"] as const;
export type TensorRole = (typeof tensorRoles)[number];

/**
 * One row per tensor. y = forwardMultiplier * (W x) with W ~ N(initMean, initStd^2). Gradients: to x backwardMultiplier * W^T dy, to W
 * forwardMultiplier * dy x^T; so equal multipliers give the true gradient.
 */
export const tensorRowSchema = z.strictObject({
  name: z.string().min(1),
  role: z.enum(tensorRoles),
  /** [fanOut, fanIn] for matrices, [rows, width] for embedding tables, [length] for vectors. */
  shape: z.array(z.int().positive()).min(1),
  fanIn: z.number().positive(),
  fanOut: z.number().positive(),
  initStd: z.number().nonnegative(),
  /** Value of every entry before noise: 0, or 1 for gains. */
  initMean: z.number(),
  forwardMultiplier: z.number(),
  backwardMultiplier: z.number(),
  /** Peak learning rate of this tensor; the schedule multiplies it. */
  learningRate: z.number().nonnegative(),
  /** Decoupled weight decay coefficient: w <- w - learningRate_t * weightDecay * w. */
  weightDecay: z.number().nonnegative(),
  epsilon: z.number().nonnegative(),
  /** Learning-rate group name, for logs: tensors of one group share `learningRate`. */
  group: z.string().min(1),
});
export type TensorRow = z.infer<typeof tensorRowSchema>;

export const residualBlockSchema = z.strictObject({
  /** `attention` or `feedForward`, in the order of execution. */
  branch: z.enum(["attention", "feedForward"]),
  skipMultiplier: z.number(),
  branchMultiplier: z.number(),
});

export const operationsSchema = z.strictObject({
  /** Factor on q.k before the soft-max; null for architectures without attention. */
  attentionLogitScale: z.number().nullable(),
  residualBlocks: z.array(residualBlockSchema),
  embeddingMultiplier: z.number(),
  outputMultiplier: z.number(),
  activationMultiplier: z.number(),
  lossMultiplier: z.number(),
});
export type Operations = z.infer<typeof operationsSchema>;

/** Shapes that the architecture needs beyond the scale. */
export const modelSchema = z.discriminatedUnion("architecture", [
  z.strictObject({
    architecture: z.literal("transformer"),
    vocabularySize: z.int().positive(),
    sequenceLength: z.int().positive(),
    feedForwardRatio: z.number().positive(),
    tiedEmbeddings: z.literal(false),
  }),
  z.strictObject({
    architecture: z.literal("mlp"),
    inputDimension: z.int().positive(),
    classes: z.int().positive(),
  }),
  z.strictObject({ architecture: z.literal("custom") }),
]);
export type Model = z.infer<typeof modelSchema>;

/** What is trained on. Only content is identity: `path` says where it lies here and never enters a run key. */
export const dataSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("text"),
    id: z.string().min(1),
    path: z.string().min(1),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    /** Share of the text, at its end, that is never trained on. */
    heldOutFraction: z.number().gt(0).lt(1),
  }),
  /** A first-order Markov source with a seeded transition matrix: its entropy rate (nats per token) is known exactly. */
  z.strictObject({
    kind: z.literal("markov"),
    id: z.string().min(1),
    seed: z.int().nonnegative(),
    vocabularySize: z.int().min(2).max(4096),
    /** Dirichlet-like sharpness of each row; larger is closer to uniform. */
    concentration: z.number().positive(),
  }),
  /** Gaussian inputs labelled by a fixed random teacher network. */
  z.strictObject({ kind: z.literal("teacher"), id: z.string().min(1), seed: z.int().nonnegative(), examples: z.int().positive() }),
  /** Whatever the user's own trainer reads. */
  z.strictObject({
    kind: z.literal("external"),
    id: z.string().min(1),
    path: z.string().optional(),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional(),
  }),
]);
export type Data = z.infer<typeof dataSchema>;

export const optimizerSchema = z.discriminatedUnion("name", [
  z.strictObject({ name: z.literal("sgd"), momentum: z.number().min(0).lt(1) }),
  z.strictObject({ name: z.literal("adam"), beta1: z.number().min(0).lt(1), beta2: z.number().min(0).lt(1) }),
  z.strictObject({ name: z.literal("adamw"), beta1: z.number().min(0).lt(1), beta2: z.number().min(0).lt(1) }),
]);
export type Optimizer = z.infer<typeof optimizerSchema>;
export const optimizerNames = ["sgd", "adam", "adamw"] as const;
export type OptimizerName = (typeof optimizerNames)[number];

/** Learning-rate factor over steps: linear warm-up to 1, then the shape, ending at `finalFraction` of the peak. */
export const scheduleSchema = z.strictObject({
  shape: z.enum(["constant", "linear", "cosine", "warmupStableDecay"]),
  warmupSteps: z.int().nonnegative(),
  totalSteps: z.int().positive(),
  finalFraction: z.number().min(0).max(1),
  /** Steps of the final decay; only read by `warmupStableDecay`. */
  decaySteps: z.int().nonnegative(),
});
export type Schedule = z.infer<typeof scheduleSchema>;

export const evaluationSchema = z.strictObject({
  /** Held-out batches behind every reported held-out loss. */
  batches: z.int().positive(),
  /** Training loss is logged every so many steps. */
  logEverySteps: z.int().positive(),
});

/** A hyperparameter as the user named it, before any scaling rule: what the space sweeps. */
export const hyperparametersSchema = z.record(z.string(), z.number());

export const parentRunSchema = z.strictObject({
  relation: z.enum(["checkpoint", "data", "population"]),
  runKey: z.string(),
  /** Where the parent's checkpoint or data lies; not identity. */
  path: z.string().optional(),
});

/** The whole content of the file at `LADDER_RUN`. */
export const trainerRunSchema = z.strictObject({
  contract: z.literal(trainerContractVersion),
  /** Who this is; not identity. */
  runKey: z.string().min(1),
  attempt: z.int().positive(),
  seed: z.int().nonnegative(),
  hyperparameters: hyperparametersSchema,
  scale: countedScaleSchema,
  model: modelSchema,
  data: dataSchema,
  optimizer: optimizerSchema,
  schedule: scheduleSchema,
  evaluation: evaluationSchema,
  tokenHorizon: z.int().positive(),
  /** Token counts at which a multi-fidelity strategy looks; empty for a plain sweep. */
  rungs: z.array(z.int().positive()),
  checkpoint: z.strictObject({ folder: z.string().min(1), everySteps: z.int().nonnegative() }),
  /** Checkpoint file to go on from, or null to start at step 0. */
  resumeFrom: z.string().nullable(),
  parents: z.array(parentRunSchema),
  tensors: z.array(tensorRowSchema),
  operations: operationsSchema,
});
export type TrainerRun = z.infer<typeof trainerRunSchema>;

/** Exit code of a trainer that was asked to stop (SIGTERM) and has written its checkpoint. */
export const preemptedExitCode = 75;

/** Numbers as trainers write them: JSON numbers, numeric strings, and "NaN" / "Infinity", which JSON has no number for. */
export const looseNumberSchema = z.union([
  z.number(),
  z
    .string()
    .regex(/^\s*(NaN|[+-]?Infinity|[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)\s*$/)
    .transform(Number),
]);

/** Event lines. Metric lines are any object with a `step` and flat numeric members (see infra/trainer-contract). */
export const trainerEventSchema = z.discriminatedUnion("event", [
  /** A resumed attempt says its first step; points of older attempts from there on are hidden. */
  z.object({ event: z.literal("resumed"), firstStep: z.int().nonnegative() }),
  z.object({ event: z.literal("checkpoint"), step: z.int().nonnegative(), path: z.string() }),
  z.object({ event: z.literal("coordinates"), step: z.int().nonnegative(), values: z.record(z.string(), looseNumberSchema) }),
  z.object({ event: z.literal("diverged"), step: z.int().nonnegative() }),
  z.object({
    event: z.literal("done"),
    step: z.int().nonnegative(),
    tokens: looseNumberSchema.optional(),
    /** The run's result, nats per token, on held-out data. */
    loss: looseNumberSchema,
    cpuSeconds: looseNumberSchema.optional(),
    /** The schedule really followed, when the trainer knows it. */
    schedule: scheduleSchema.optional(),
  }),
]);
export type TrainerEvent = z.infer<typeof trainerEventSchema>;
