import cumulative from "@stdlib/stats-base-dists-t-cdf";
import quantile from "@stdlib/stats-base-dists-t-quantile";
import { LadderError } from "../study/ladder-error.ts";

/**
 * Quantile of Student's t distribution.
 *
 * @param probability in (0, 1)
 * @param degreesOfFreedom > 0; Infinity gives the normal quantile's limit through a very large number
 * @throws LadderError `defect` STUDENT_T_DOMAIN outside these ranges
 */
export function studentTQuantile(probability: number, degreesOfFreedom: number): number {
  if (!(probability > 0 && probability < 1 && degreesOfFreedom > 0))
    throw new LadderError(
      "defect",
      "STUDENT_T_DOMAIN",
      `no t quantile at probability ${probability} with ${degreesOfFreedom} degrees of freedom`,
    );
  // An odd function by construction: the two tails must give the same bits with opposite signs.
  if (probability === 0.5) return 0;
  const upper = quantile(probability > 0.5 ? probability : 1 - probability, Math.min(degreesOfFreedom, 1e7));
  return probability > 0.5 ? upper : -upper;
}

/** Probability that Student's t with `degreesOfFreedom` > 0 lies at or below `t`. */
export function studentTCdf(t: number, degreesOfFreedom: number): number {
  return cumulative(t, degreesOfFreedom);
}

const factors = new Map<string, number>();

/**
 * The factor k of a two-sided interval `estimate ± k standard errors`; `level` in (0, 1), for example 0.95. Kept once
 * computed: a sweep asks for a handful of factors thousands of times.
 */
export function studentTFactor(level: number, degreesOfFreedom: number): number {
  const key = `${level} ${degreesOfFreedom}`;
  const known = factors.get(key);
  if (known !== undefined) return known;
  const factor = studentTQuantile(0.5 + level / 2, degreesOfFreedom);
  factors.set(key, factor);
  return factor;
}
