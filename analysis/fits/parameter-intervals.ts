import { exp } from "../numerics/elementary.ts";
import type { Interval } from "../numerics/interval.ts";
import type { Law } from "../laws/contract.ts";
import { type BootstrapDraws, bootstrapInterval, vanishedShare } from "./bootstrap.ts";

/** What a bootstrap says of one parameter. Plain JSON. */
export interface BootstrappedParameter {
  readonly name: string;
  /** Of the natural value; `low` is 0 where the term is gone in enough draws. */
  readonly interval: Interval;
  /** Share of the draws in which its term is gone; 0 for a parameter that may not vanish. */
  readonly vanishedShare: number;
  /** False when the interval reaches a term that is not there. */
  readonly identified: boolean;
}

/**
 * Percentile intervals of the natural values of every parameter.
 *
 * @param best search coordinates of the fit that was resampled
 */
export function parameterIntervals(law: Law, draws: BootstrapDraws, best: Float64Array, level = 0.95): readonly BootstrappedParameter[] {
  return law.parameters.map(({ name, transform, mayVanish }, index) => {
    const interval = bootstrapInterval(draws, (point) => (transform === "log" ? exp(point[index] ?? 0) : (point[index] ?? 0)), level);
    const share = mayVanish === true ? vanishedShare(draws, index, best) : 0;
    const reachesNothing = share > (1 - level) / 2;
    return {
      name,
      interval: reachesNothing ? { ...interval, low: 0 } : interval,
      vanishedShare: share,
      identified: !reachesNothing,
    };
  });
}
