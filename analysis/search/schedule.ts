import { defaultInitialFraction } from "../numerics/schedule-factor.ts";
import type { Scale } from "../study/scale.ts";
import type { StudySpec } from "../study/study-spec.ts";
import type { Schedule } from "../study/trainer-contract.ts";

/**
 * The schedule in steps: tokenHorizon / batchSizeTokens of them, the last batch counted when it is not full; warm-up and
 * decay rounded to whole steps. Growth has neither.
 */
export function resolveSchedule(spec: StudySpec["schedule"], scale: Pick<Scale, "tokenHorizon" | "batchSizeTokens">): Schedule {
  const grows = spec.shape === "linearGrowth" || spec.shape === "exponentialGrowth";
  const totalSteps = Math.ceil(scale.tokenHorizon / scale.batchSizeTokens);
  return {
    shape: spec.shape,
    warmupSteps: grows ? 0 : Math.round(spec.warmupFraction * totalSteps),
    totalSteps,
    finalFraction: spec.finalFraction,
    decaySteps: spec.shape === "warmupStableDecay" ? Math.round(spec.decayFraction * totalSteps) : 0,
    ...(grows ? { initialFraction: spec.initialFraction ?? defaultInitialFraction } : {}),
  };
}
