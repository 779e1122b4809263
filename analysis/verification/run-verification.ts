import { z } from "zod";

/** Raised when the comparison changes, so that stored ones are made again. */
export const verificationVersion = 1;

/** A visible point of a run's curves, as stored. `value` may be NaN or infinite. */
export interface LoggedPoint {
  readonly attempt: number;
  /** `learningRate/<group or tensor>`, `parameterRms/<tensor>`; other names are not looked at. */
  readonly name: string;
  /** Updates done. */
  readonly step: number;
  readonly value: number;
}

/** What was compared. `initialRms`: root mean square of a tensor's entries before the first update. `movement`: of its later ones. */
export const verifiedQuantities = ["learningRate", "schedule", "initialRms", "movement"] as const;

/** What a mismatch looks like; `likelyCause` says it in words. */
export const findingKinds = [
  "one-rate-for-all",
  "group-factor",
  "group-schedule",
  "peak",
  "schedule",
  "schedule-restarted",
  "not-finite",
  "initial-deviation",
  "frozen",
  "moved-without-rate",
] as const;
export type FindingKind = (typeof findingKinds)[number];

export const findingSchema = z.strictObject({
  quantity: z.enum(verifiedQuantities),
  kind: z.enum(findingKinds),
  /** Names under which it was logged. */
  logged: z.array(z.string()),
  tensors: z.array(z.string()),
  /** Where it shows first, and at how many logged points. */
  attempt: z.int().positive(),
  step: z.int().nonnegative(),
  points: z.int().positive(),
  /** Of the first of `tensors` at `step`; null where there is no number: a value that is not finite, a schedule. */
  expected: z.number().nullable(),
  used: z.number().nullable(),
  /** used / expected. */
  ratio: z.number().nullable(),
  likelyCause: z.string(),
  /** One sentence with tensor, expected, used and cause. */
  words: z.string(),
});
export type Finding = z.infer<typeof findingSchema>;

/** Whether a trainer used what was resolved, as far as it logged it. Plain JSON. */
export const runVerificationSchema = z.strictObject({
  version: z.int().positive(),
  /** `not-logged`: nothing could be compared; that is no pass. */
  status: z.enum(["passed", "failed", "not-logged"]),
  findings: z.array(findingSchema),
  compared: z.strictObject({
    /** Tensors that the run file holds. */
    tensors: z.int().nonnegative(),
    learningRate: z.strictObject({
      names: z.int().nonnegative(),
      tensors: z.int().nonnegative(),
      points: z.int().nonnegative(),
      /** What a rate logged at step n is: that of update n, or of the next one; null without points. */
      convention: z.enum(["update", "next-update", "either"]).nullable(),
    }),
    initialRms: z.strictObject({
      tensors: z.int().nonnegative(),
      /** Of these, tensors so small that only a deviation of more than 20 % would show. */
      small: z.int().nonnegative(),
    }),
    movement: z.strictObject({ tensors: z.int().nonnegative() }),
    /** Logged under a name that is neither a group nor a tensor of the run; at most 20. */
    unknownNames: z.array(z.string()),
  }),
  words: z.string(),
});
export type RunVerification = z.infer<typeof runVerificationSchema>;
