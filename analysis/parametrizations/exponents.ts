/** `growth`: exponents are of value / value at the base (relative rules); `size`: of the value itself (absolute ones). */
export type Measure = "growth" | "size";

/** Of this very tensor: never one number for a whole model. */
export const tensorScales = ["fanIn", "fanOut"] as const;
/** Of the model; `depth` = residual layers, `width` only for rule sets that are defined by one global width multiplier. */
export const modelScales = ["width", "depth", "headDimension", "batchSizeTokens", "tokenHorizon"] as const;
/** Of the optimizer on this tensor, when it works on blocks: how many there are, and a block's own fans (whole matrix: 1 block of fanIn x fanOut). */
export const blockScales = ["blockCount", "blockFanIn", "blockFanOut"] as const;
export const scaleNames = [...tensorScales, ...modelScales, ...blockScales] as const;
export type ScaleName = (typeof scaleNames)[number];

/** A number, or one that depends on the powers of a matrix preconditioner L^-exponentLeft G R^-exponentRight. */
export type Exponent = number | { readonly constant: number; readonly exponentLeft?: number; readonly exponentRight?: number };
export type Exponents = Readonly<Partial<Record<ScaleName, Exponent>>>;
