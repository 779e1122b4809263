/** Words that schemas and rules share; without schemas, so that what only needs the words loads quickly. */

/** The axes along which a ladder is climbed. Everything else about a model is derived from these and the architecture. */
export const scaleAxes = ["width", "depth", "headDimension", "batchSizeTokens", "tokenHorizon"] as const;
export type ScaleAxis = (typeof scaleAxes)[number];

/**
 * What a tensor is to width: `input` finite x infinite, `hidden` infinite x infinite, `output` infinite x finite; `bias` and
 * `normGain` are vectors that grow; `scalar` has no dimension that grows (a readout's bias, a scalar gain) and is never scaled.
 */
export const tensorRoles = ["input", "hidden", "output", "bias", "normGain", "scalar"] as const;
export type TensorRole = (typeof tensorRoles)[number];

export const activations = ["relu", "squaredRelu", "gelu", "silu", "tanh"] as const;
export type Activation = (typeof activations)[number];

/**
 * How decay meets the learning rate. `coupled`: added to the gradient (L2); sgd and adam only. `decoupled`: times the learning rate
 * at every step (PyTorch's AdamW). `independent`: times the schedule only, so the decay of a step is weightDecay at the peak.
 * `constantTimescale`: weightDecay is given at the base scale, and 1 / (learningRate * weightDecay) in steps stays the same share
 * of the run as batch size and token horizon change.
 */
export const weightDecayKinds = ["coupled", "decoupled", "independent", "constantTimescale"] as const;
export type WeightDecayKind = (typeof weightDecayKinds)[number];
