import type { Schedule } from "../study/trainer-contract.ts";
import { cos } from "./elementary.ts";

/**
 * Factor on every peak learning rate for the update number `step` (the first is 0). Warm-up rises linearly and reaches 1 at
 * its last step; then the shape runs from 1 towards `finalFraction`, which it would reach at `totalSteps`; later steps
 * stay there.
 *
 * - `constant`: 1. `linear`: straight. `cosine`: half a wave (Loshchilov and Hutter 2017, equation 5).
 * - `warmupStableDecay`: 1 until `decaySteps` before the end, then straight (Hu et al. 2024, arXiv:2404.06395, section 4).
 * - `inverseSquareRoot`: min(1, 100 / sqrt(update)) with updates from 1, and nothing else (Shazeer and Stern 2018, algorithm 6).
 */
export function scheduleFactor(schedule: Schedule, step: number): number {
  const { shape, warmupSteps, totalSteps, finalFraction, decaySteps } = schedule;
  if (shape === "inverseSquareRoot") return Math.min(1, 100 / Math.sqrt(step + 1));
  if (step < warmupSteps) return (step + 1) / warmupSteps;
  if (shape === "constant") return 1;
  const start = shape === "warmupStableDecay" ? Math.max(warmupSteps, totalSteps - decaySteps) : warmupSteps;
  if (step < start) return 1;
  if (step >= totalSteps) return finalFraction;
  const progress = (step - start) / (totalSteps - start);
  const remaining = shape === "cosine" ? (1 + cos(3.141592653589793 * progress)) / 2 : 1 - progress;
  return finalFraction + (1 - finalFraction) * remaining;
}
