import { sqrt } from "../../numerics/elementary.ts";
import type { GaussianProcess } from "./gaussian-process.ts";
import { placesOf, type PlacedTrial } from "./trial-data.ts";
import { conditionOn } from "./conditioned.ts";
import type { OutputFrame } from "./output-frame.ts";
import type { FitKind } from "./scheduled-fit.ts";

/** A cost is first of all a product of powers, linear in these coordinates; slopes beyond what few trials tell stay uncertain. */
const prior = { smoothness: 1, scale: [1.5, 5], logLinear: [4, 1], noise: [1.1, 30] } as const;
const costKind: FitKind = { name: "cost", isPowered: false, kernel: { prior, leastNoise: 1e-6 } };

/** What ln(cost) is believed to be, for any place. */
export interface CostModel {
  readonly process: GaussianProcess;
  readonly frame: OutputFrame;
}

/**
 * The model of ln(cost) from the trials that told a whole cost.
 *
 * @returns null where fewer than 2 did; the reason where numbers fail
 */
export function costModel(finished: readonly PlacedTrial[]): CostModel | null | { readonly failure: string } {
  const told = finished.filter(({ logCost }) => Number.isFinite(logCost));
  if (told.length < 2) return null;
  const { process, frame } = conditionOn(
    costKind,
    placesOf(told),
    Float64Array.from(told, ({ logCost }) => logCost),
  );
  return process === null ? { failure: `the covariance matrix of ${told.length} costs has no Cholesky factor` } : { process, frame };
}

/** Means and deviations of ln(cost) of a reading: the cost that will be paid. Infinite deviations without a model. */
export function believedCosts(
  model: CostModel | null,
  features: Float64Array,
  count: number,
): { readonly logCosts: Float64Array; readonly logCostDeviations: Float64Array } {
  const logCosts = new Float64Array(count);
  const logCostDeviations = new Float64Array(count).fill(Infinity);
  if (model === null) return { logCosts, logCostDeviations };
  model.process.predict(features, count, logCosts, logCostDeviations);
  const { noise } = model.process.parameters;
  const { middle, spread, powerMiddle, powerSpread } = model.frame;
  const unit = spread * powerSpread;
  for (let index = 0; index < count; index += 1) {
    logCosts[index] = middle + spread * powerMiddle + unit * (logCosts[index] ?? 0);
    logCostDeviations[index] = unit * sqrt((logCostDeviations[index] ?? 0) + noise);
  }
  return { logCosts, logCostDeviations };
}
