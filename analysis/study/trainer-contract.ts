import { z } from "zod";
import { countedScaleSchema } from "./scale.ts";
import { activations, tensorRoles } from "./word-lists.ts";

export { type Activation, activations, type TensorRole, tensorRoles } from "./word-lists.ts";

/**
 * Trainer contract, version 1. A trainer is any program that reads one JSON file (its path is in `LADDER_RUN`) and
 * appends JSON lines to another (`LADDER_METRICS`). Everything in the file is resolved: a trainer holds no scaling rule.
 * Unknown keys are refused on both sides, so that nothing is ignored silently.
 */
export const trainerContractVersion = 1;

/**
 * One row per tensor. y = forwardMultiplier * (W x) with W ~ N(initMean, initStd^2). Gradients: to x backwardMultiplier * W^T dy, to W
 * weightGradientMultiplier * dy x^T; equal multipliers give the true gradient, others those of unit scaling.
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
  /** Left out: forwardMultiplier. */
  weightGradientMultiplier: z.number().optional(),
  /** Peak learning rate of this tensor; the schedule multiplies it. */
  learningRate: z.number().nonnegative(),
  /** Decoupled weight decay coefficient: w <- w - learningRate_t * weightDecay * w. */
  weightDecay: z.number().nonnegative(),
  epsilon: z.number().nonnegative(),
  /**
   * Second-order optimizers only: added to the diagonal of the factor over fan-in (K-FAC's A, Shampoo's right side) and of
   * the one over fan-out (K-FAC's B, Shampoo's left side).
   */
  damping: z.strictObject({ fanIn: z.number().nonnegative(), fanOut: z.number().nonnegative() }).optional(),
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

/**
 * What an operation of a unit-scaled model multiplies by on the way forward and, apart from it, on the way back (Blake et
 * al. 2024, arXiv:2407.17465; factors of unit-scaling 0.3.5).
 */
export const unitScalingSchema = z.strictObject({
  /** Factor on the sum of token and position table, and on the gradient to each. */
  embeddingSum: z.strictObject({ forward: z.number(), backward: z.number() }),
  /** Activation: forward * act(input * x), gradient times backward. */
  activation: z.strictObject({ input: z.number().positive(), forward: z.number(), backward: z.number() }),
  /** Attention: forward on the mixed values, backward on the gradients to query, key and value. */
  attention: z.strictObject({ forward: z.number(), backward: z.number() }),
  /** Logits are multiplied by `input` before the soft-max; the gradient of the mean loss to the logits by `backward`. */
  loss: z.strictObject({ input: z.number().positive(), backward: z.number() }),
  /** The gradient enters a residual branch as it is and gets branchMultiplier where it leaves, at the split. */
  branchGradientAtSplit: z.boolean(),
});

export const operationsSchema = z.strictObject({
  /** Factor on q.k before the soft-max; null for architectures without attention. */
  attentionLogitScale: z.number().nullable(),
  residualBlocks: z.array(residualBlockSchema),
  embeddingMultiplier: z.number(),
  outputMultiplier: z.number(),
  activationMultiplier: z.number(),
  lossMultiplier: z.number(),
  /** Left out: gradients are the true ones. */
  unitScaling: unitScalingSchema.optional(),
});
export type Operations = z.infer<typeof operationsSchema>;

/**
 * Shapes that the architecture needs beyond the scale. What may be left out says what its absence means, and is left out
 * where that is meant, so that the key of a run does not change when a new choice is added.
 */
export const modelSchema = z.discriminatedUnion("architecture", [
  z.strictObject({
    architecture: z.literal("transformer"),
    vocabularySize: z.int().positive(),
    sequenceLength: z.int().positive(),
    feedForwardRatio: z.number().positive(),
    tiedEmbeddings: z.literal(false),
    /** Left out: relu. */
    activation: z.enum(activations).optional(),
    /** down(act(gate x) * up x); left out: down(act(up x)). */
    gatedFeedForward: z.literal(true).optional(),
    /** A bias on every matrix of the blocks; left out: none. */
    biases: z.literal(true).optional(),
    /** Trained gains of all norms, one an entry or one a norm; left out: none. */
    normGains: z.enum(["vector", "scalar"]).optional(),
    /** The norm is the last step of a branch, x + branch(norm last); left out: its first. */
    normPosition: z.literal("branchOutput").optional(),
  }),
  z.strictObject({
    architecture: z.literal("mlp"),
    inputDimension: z.int().positive(),
    classes: z.int().positive(),
    /** Left out: relu. */
    activation: z.enum(activations).optional(),
    /** Left out: none. */
    biases: z.literal(true).optional(),
  }),
  /** h = W x; then depth times h += branchMultiplier * f(rmsNorm(h)) with f = act(W h) or V act(W h); logits = R rmsNorm(h). */
  z.strictObject({
    architecture: z.literal("residualMlp"),
    inputDimension: z.int().positive(),
    classes: z.int().positive(),
    productsPerBlock: z.union([z.literal(1), z.literal(2)]),
    activation: z.enum(activations),
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

const fraction = z.number().min(0).lt(1);

/**
 * `coupled`: the decay is added to the gradient (L2). Left out: decoupled, w <- w - learningRate_t * weightDecay * w. Decay
 * independent of the learning rate is the latter with weightDecay / peak learning rate, which is resolved.
 */
const weightDecayCoupling = z.literal("coupled").optional();

/** Tensors of these roles are updated by an element-wise optimizer instead; vectors and scalars must be among them where there are any. */
const fallbackSchema = z.strictObject({
  name: z.enum(["adam", "adamw", "lion"]),
  beta1: fraction,
  beta2: fraction,
  roles: z.array(z.enum(tensorRoles)).min(1),
});

export const optimizerSchema = z.discriminatedUnion("name", [
  z.strictObject({ name: z.literal("sgd"), momentum: fraction, weightDecayCoupling }),
  z.strictObject({ name: z.literal("adam"), beta1: fraction, beta2: fraction, weightDecayCoupling }),
  z.strictObject({ name: z.literal("adamw"), beta1: fraction, beta2: fraction }),
  /** Sign of beta1 m + (1 - beta1) g; m <- beta2 m + (1 - beta2) g (Chen et al. 2023, arXiv:2302.06675). */
  z.strictObject({ name: z.literal("lion"), beta1: fraction, beta2: fraction }),
  /** Shazeer and Stern 2018 (arXiv:1804.04235), as in optax. */
  z.strictObject({
    name: z.literal("adafactor"),
    /** beta2 at update t is 1 - t^-decayExponent. */
    decayExponent: z.number().positive().default(0.8),
    /** Updates are divided by max(1, RMS / clippingThreshold). */
    clippingThreshold: z.number().positive().default(1),
    /** Steps are multiplied by max(parameterScaleFloor, RMS of the tensor). */
    parameterScale: z.boolean().default(true),
    parameterScaleFloor: z.number().nonnegative().default(1e-3),
    /** Second moments are factored when both dimensions are at least this; 1 always factors matrices. */
    minimumDimensionFactored: z.int().positive().default(128),
  }),
  /** Momentum, then U V^T of the singular value decomposition; element-wise optimizers take what `fallback` names. */
  z.strictObject({
    name: z.literal("muon"),
    momentum: fraction.default(0.95),
    nesterov: z.boolean().default(true),
    /** `exact`: U V^T itself; `newtonSchulz`: five steps of the quintic of Jordan et al. 2024. */
    orthogonalization: z.enum(["exact", "newtonSchulz"]).default("newtonSchulz"),
    /**
     * Factor on the update by the tensor's own shape: none; sqrt(fanOut / fanIn); 0.2 sqrt(max(fanOut, fanIn)), which matches
     * Adam's RMS; sqrt(max(1, fanOut / fanIn)).
     */
    shapeFactor: z.enum(["none", "spectral", "matchRms", "jordan"]).default("spectral"),
    fallback: fallbackSchema.optional(),
  }),
  /** L^-exponentLeft G R^-exponentRight, L = sum G G^T, R = sum G^T G (Gupta et al. 2018, arXiv:1802.09568). */
  z.strictObject({
    name: z.literal("shampoo"),
    exponentLeft: z.number().nonnegative().default(0.25),
    exponentRight: z.number().nonnegative().default(0.25),
    /** 1: statistics are sums; below: running means with this decay. */
    statisticsDecay: z.number().gt(0).max(1).default(1),
    momentum: fraction.default(0),
    fallback: fallbackSchema.optional(),
  }),
  /** (B + damping)^-1 G (A + damping)^-1 with A = mean of x x^T, B = mean of d d^T over the batch, d the gradient of each example's own loss to W x, so that G is the mean of d x^T (Martens and Grosse 2015). */
  z.strictObject({
    name: z.literal("kfac"),
    statisticsDecay: fraction.default(0),
    momentum: fraction.default(0),
    fallback: fallbackSchema.optional(),
  }),
  /** G (A + damping)^-1: the side of the inputs only (Benzing 2022, arXiv:2201.12250). */
  z.strictObject({
    name: z.literal("foof"),
    statisticsDecay: fraction.default(0),
    momentum: fraction.default(0),
    fallback: fallbackSchema.optional(),
  }),
]);
export type Optimizer = z.infer<typeof optimizerSchema>;
export const optimizerNames = [
  "sgd",
  "adam",
  "adamw",
  "lion",
  "adafactor",
  "muon",
  "shampoo",
  "kfac",
  "foof",
] as const satisfies readonly Optimizer["name"][];
export type OptimizerName = (typeof optimizerNames)[number];

/**
 * `inverseSquareRoot` is min(1, 100 / sqrt(update)) from the first update on, without warm-up or end: with a peak of 0.01 Adafactor's
 * own step min(0.01, 1 / sqrt(update)) (Shazeer and Stern 2018, arXiv:1804.04235, algorithm 6).
 * The two that grow run from `initialFraction` of the peak up to it, without warm-up: for range tests of the learning rate.
 */
export const scheduleShapes = [
  "constant",
  "linear",
  "cosine",
  "warmupStableDecay",
  "inverseSquareRoot",
  "linearGrowth",
  "exponentialGrowth",
] as const;

/** Learning-rate factor over steps: linear warm-up to 1, then the shape, ending at `finalFraction` of the peak. */
export const scheduleSchema = z.strictObject({
  shape: z.enum(scheduleShapes),
  warmupSteps: z.int().nonnegative(),
  totalSteps: z.int().positive(),
  finalFraction: z.number().min(0).max(1),
  /** Steps of the final decay; only read by `warmupStableDecay`. */
  decaySteps: z.int().nonnegative(),
  /** Share of the peak at which growth begins; only there for `linearGrowth` and `exponentialGrowth`. */
  initialFraction: z.number().positive().max(1).optional(),
});
export type Schedule = z.infer<typeof scheduleSchema>;

export const evaluationSchema = z.strictObject({
  /** Held-out batches behind every reported held-out loss. */
  batches: z.int().positive(),
  /** Training loss is logged every so many steps. */
  logEverySteps: z.int().positive(),
});

/**
 * A check of coordinates: every update trains on the batch of step 0, and after each of these numbers of updates (0: before
 * the first) the trainer writes a `coordinates` event about that batch.
 */
export const coordinatesSchema = z.strictObject({ steps: z.array(z.int().nonnegative()).min(1) });

/** Emulated casts of the operands of matrix products: activations and weights on the way forward, gradients on the way back. */
export const precisionSchema = z.strictObject({
  forward: z.enum(["float32", "e4m3", "e5m2"]),
  backward: z.enum(["float32", "e4m3", "e5m2"]),
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
  /** Left out: an ordinary run. */
  coordinates: coordinatesSchema.optional(),
  /** Left out: float32 everywhere. */
  precision: precisionSchema.optional(),
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
  /**
   * For every module M (a tensor's name for its product, `logits`, or a name of the trainer's own): `l1/M` mean absolute value and
   * `rms/M` root mean square of its output before the activation, and `changeRms/M` that of the output minus the output at step 0.
   */
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
