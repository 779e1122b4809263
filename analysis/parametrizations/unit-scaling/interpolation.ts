import { exp, log } from "../../numerics/elementary.ts";

/**
 * Between `lower` at weight 0 and `upper` at weight 1, at a constant ratio: upper^weight x lower^(1 - weight). Unit scaling's
 * empirical models are written in it (unit-scaling 0.3.5, core/functional.py, logarithmic_interpolation).
 *
 * @param weight in 0 … 1
 * @param lower positive
 * @param upper positive
 */
export function interpolateLogarithmically(weight: number, lower: number, upper: number): number {
  return exp(weight * log(upper) + (1 - weight) * log(lower));
}

/** A weight that goes from 0 to 1 as a multiplier grows: 1 / (1 + knee / multiplier^2), a half where multiplier^2 = knee. */
export function multiplierWeight(multiplier: number, knee: number): number {
  return 1 / (1 + knee / (multiplier * multiplier));
}
