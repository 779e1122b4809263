import { quickLog } from "../../../numerics/quick-exp-log.ts";
import { logImprovement, logNormalProbability, normalQuantile } from "../../../numerics/normal-distribution.ts";
import type { Beliefs } from "../../models/surrogates.ts";

/** Says how good each of many places is; -Infinity of those that may not be suggested. */
export type Acquisition = (beliefs: Beliefs) => Float64Array;

/** What is believed of costs. */
export type CostBeliefs = Pick<Beliefs, "logCosts" | "logCostDeviations">;

/** Keeps a logarithm finite where the loss is known to the last bit. */
const leastDeviation = 1e-9;

/** ln of the expected improvement on a level, of a loss believed to be normal; all as targets of the loss model. */
export function logExpectedImprovement(level: number, mean: number, deviation: number): number {
  const spread = Math.max(deviation, leastDeviation);
  return quickLog(spread) + logImprovement((level - mean) / spread);
}

/** ln of the probability that ln(cost) is at most a limit. */
export function logProbabilityBelow(limit: number, mean: number, deviation: number): number {
  if (limit === Infinity) return 0;
  if (deviation === 0) return mean <= limit ? 0 : -Infinity;
  if (deviation === Infinity) return -Math.LN2;
  return logNormalProbability((limit - mean) / deviation);
}

/**
 * Which places keep to the cap with at least a probability. A place whose cost nobody can tell does not.
 *
 * @param logCap ln of the cap; Infinity without one
 */
export function capGuard(logCap: number, probability: number): (beliefs: CostBeliefs, index: number) => boolean {
  const quantile = normalQuantile(probability);
  return ({ logCosts, logCostDeviations }, index) =>
    logCap === Infinity || (logCosts[index] ?? Infinity) + quantile * Math.min(logCostDeviations[index] ?? Infinity, 1e9) <= logCap + 1e-12;
}

/**
 * CARBS's score at a target cost: ln EI over the front at the target, times the probability that the cost keeps below the target, times
 * a power of the probability of success.
 */
export function targetAcquisition(options: {
  readonly level: number;
  readonly targetLogCost: number;
  readonly caution: number;
  readonly isWithinCap: (beliefs: CostBeliefs, index: number) => boolean;
}): Acquisition {
  const { level, targetLogCost, caution, isWithinCap } = options;
  return (beliefs) => {
    const { count, lossMeans, lossDeviations, logCosts, logCostDeviations, success } = beliefs;
    const scores = new Float64Array(count);
    for (let index = 0; index < count; index += 1) {
      if (!isWithinCap(beliefs, index)) {
        scores[index] = -Infinity;
        continue;
      }
      const deviation = logCostDeviations[index] ?? Infinity;
      scores[index] =
        logExpectedImprovement(level, lossMeans[index] ?? 0, lossDeviations[index] ?? 0) +
        logProbabilityBelow(targetLogCost, logCosts[index] ?? 0, deviation) +
        caution * quickLog(Math.max(1e-300, success[index] ?? 1));
    }
    return scores;
  };
}
