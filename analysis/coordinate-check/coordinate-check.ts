import { z } from "zod";
import type { Interval } from "../numerics/interval.ts";

/** Raised when slopes or verdicts change for the same rows, so that stored checks are made again. */
export const coordinateCheckVersion = 1;

/** What a trainer says of a module's output on one fixed batch: mean of |x|, root mean square, and root mean square of x minus x at step 0. */
export const coordinateQuantities = ["l1", "rms", "changeRms"] as const;
export type CoordinateQuantity = (typeof coordinateQuantities)[number];

/** Scale axes along which a healthy model is the same at every step. */
export const coordinateAxes = ["width", "depth"] as const;
export type CoordinateAxis = (typeof coordinateAxes)[number];

/** `input`: product of a tensor that grows on one side only; `output`: readout and logits, which may vanish at the start. */
export const coordinateModuleKinds = ["input", "hidden", "output"] as const;

export const coordinateModuleSchema = z.strictObject({
  /** As the trainer writes it. */
  name: z.string().min(1),
  kind: z.enum(coordinateModuleKinds),
  /** Inside a residual block: shown over depth but not judged, since its own change follows the depth rule. */
  insideBlock: z.boolean(),
});
export type CoordinateModule = z.infer<typeof coordinateModuleSchema>;

/** One value as a trainer wrote it. */
export const coordinateRowSchema = z.strictObject({
  axisValue: z.number().positive(),
  seed: z.int().nonnegative(),
  /** Updates done: 0 is before the first. */
  step: z.int().nonnegative(),
  module: z.string().min(1),
  quantity: z.enum(coordinateQuantities),
  /** Null: not a finite number. */
  value: z.number().nullable(),
});
export type CoordinateRow = z.infer<typeof coordinateRowSchema>;

/** A run whose loss or values were no longer finite. */
export const divergedRunSchema = z.strictObject({
  axisValue: z.number().positive(),
  seed: z.int().nonnegative(),
  step: z.int().nonnegative(),
});
export type DivergedRun = z.infer<typeof divergedRunSchema>;

const intervalSchema = z.strictObject({
  low: z.number(),
  high: z.number(),
  level: z.number(),
  method: z.string(),
  covers: z.enum(["parameter", "prediction"]),
  degreesOfFreedom: z.number().nullable(),
}) satisfies z.ZodType<Interval>;

export const coordinateSlopeSchema = z.strictObject({
  module: z.string(),
  quantity: z.enum(coordinateQuantities),
  step: z.int().nonnegative(),
  /** Of ln value on ln axis; null where there is none, and `missing` says why. */
  slope: z.number().nullable(),
  interval: intervalSchema.nullable(),
  /** Of each seed fitted alone. */
  perSeed: z.array(z.strictObject({ seed: z.int(), slope: z.number() })),
  /** `zero`: all values are 0; `some-zero`: only some are; `not-finite`: fewer than two finite ones are left; `few`: fewer than two values. */
  missing: z.enum(["zero", "some-zero", "not-finite", "few"]).nullable(),
});
export type CoordinateSlope = z.infer<typeof coordinateSlopeSchema>;

/** How far a module's output moved by the last step: its change over its size at step 0, mean over axis values and seeds. */
export const movementSchema = z.strictObject({
  module: z.string(),
  step: z.int().nonnegative(),
  /** Null: it was 0 at the start, or not measured. */
  relativeChange: z.number().nullable(),
  /** `rms`: root mean square of the change of every entry; `l1`: change of the mean |x| only, which is smaller. */
  measure: z.enum(["rms", "l1"]),
});
export type Movement = z.infer<typeof movementSchema>;

export const verdictReasonKinds = [
  "diverged",
  "not-finite",
  "reservation",
  "size-slope",
  "change-slope",
  "uncertain-slope",
  "readout-start",
  "small-movement",
  "growing-slope",
  "some-zero",
] as const;

/** Why a verdict is not `pass`. */
export const verdictReasonSchema = z.strictObject({
  verdict: z.enum(["fail", "undecided"]),
  kind: z.enum(verdictReasonKinds),
  module: z.string().nullable(),
  step: z.int().nonnegative().nullable(),
  slope: z.number().nullable(),
  interval: intervalSchema.nullable(),
  /** What the slope or the movement was held against. */
  bound: z.number().nullable(),
  /** One sentence without full stop: module, step, slope, interval, bound. */
  words: z.string(),
});
export type VerdictReason = z.infer<typeof verdictReasonSchema>;

export const coordinateVerdicts = ["pass", "undecided", "fail"] as const;
export type CoordinateVerdict = (typeof coordinateVerdicts)[number];

/** Limits of the verdict. Slopes are of ln value on ln axis. */
export const coordinateBoundsSchema = z.strictObject({
  /** |slope| of a hidden or input module's mean |x|, and slope of a readout's, above which it fails. */
  sizeSlope: z.number().positive(),
  /** |slope| of the RMS change from which on it fails. */
  changeSlopeFails: z.number().positive(),
  /** |slope| of the RMS change from which on it is undecided. */
  changeSlopeUndecided: z.number().positive(),
  /** A hidden module that moved by less than this share of its size tells nothing. */
  smallestMovement: z.number().positive(),
});
export type CoordinateBounds = z.infer<typeof coordinateBoundsSchema>;

/** A coordinate check with its verdict. Plain JSON. */
export const coordinateCheckSchema = z.strictObject({
  version: z.int().positive(),
  axis: z.enum(coordinateAxes),
  axisValues: z.array(z.number()),
  seeds: z.array(z.int()),
  steps: z.array(z.int()),
  /** Of every interval. */
  level: z.number(),
  bounds: coordinateBoundsSchema,
  modules: z.array(coordinateModuleSchema),
  verdict: z.enum(coordinateVerdicts),
  /** Those that decide the verdict first, worst step of each module and quantity. */
  reasons: z.array(verdictReasonSchema),
  /** What is no fault and worth knowing. */
  notes: z.array(z.string()),
  /** What a failed check asks for, where the rule set knows it. */
  hints: z.array(z.string()),
  slopes: z.array(coordinateSlopeSchema),
  movements: z.array(movementSchema),
  diverged: z.array(divergedRunSchema),
  rows: z.array(coordinateRowSchema),
  /** The verdict in one sentence. */
  words: z.string(),
});
export type CoordinateCheck = z.infer<typeof coordinateCheckSchema>;
