import type { Schedule } from "../study/trainer-contract.ts";
import { cos, exp2, log2 } from "./elementary.ts";

/** Where growth begins that does not say so. */
export const defaultInitialFraction = 1e-3;

/**
 * Factor on every peak learning rate for the update number `step` (the first is 0). Warm-up rises linearly and reaches 1 at
 * its last step; then the shape runs from 1 towards `finalFraction`, which it would reach at `totalSteps`; later steps
 * stay there.
 *
 * - `constant`: 1. `linear`: straight. `cosine`: half a wave (Loshchilov and Hutter 2017, equation 5).
 * - `warmupStableDecay`: 1 until `decaySteps` before the end, then straight (Hu et al. 2024, arXiv:2404.06395, section 4).
 * - `inverseSquareRoot`: min(1, 100 / sqrt(update)) with updates from 1, and nothing else (Shazeer and Stern 2018, algorithm 6).
 * - `linearGrowth`, `exponentialGrowth`: from `initialFraction` at the first update to 1 at the last, straight or in equal ratios, and nothing
 *   else (Smith 2017, arXiv:1506.01186, section 3.3, and Smith 2018, arXiv:1803.09820).
 */
export function scheduleFactor(schedule: Schedule, step: number): number {
  const { shape, warmupSteps, totalSteps, finalFraction, decaySteps } = schedule;
  if (shape === "inverseSquareRoot") return Math.min(1, 100 / Math.sqrt(step + 1));
  if (shape === "linearGrowth" || shape === "exponentialGrowth") {
    const from = schedule.initialFraction ?? defaultInitialFraction;
    if (step >= totalSteps - 1) return 1;
    const risen = step / (totalSteps - 1);
    return shape === "linearGrowth" ? from + (1 - from) * risen : exp2(log2(from) * (1 - risen));
  }
  if (step < warmupSteps) return (step + 1) / warmupSteps;
  if (shape === "constant") return 1;
  const start = shape === "warmupStableDecay" ? Math.max(warmupSteps, totalSteps - decaySteps) : warmupSteps;
  if (step < start) return 1;
  if (step >= totalSteps) return finalFraction;
  const progress = (step - start) / (totalSteps - start);
  const remaining = shape === "cosine" ? (1 + cos(3.141592653589793 * progress)) / 2 : 1 - progress;
  return finalFraction + (1 - finalFraction) * remaining;
}
