import { sqrt } from "../../../numerics/elementary.ts";
import { quickLog } from "../../../numerics/quick-exp-log.ts";
import { logImprovement } from "../../../numerics/normal-distribution.ts";
import { placesOf, type PlacedTrial } from "../../models/trial-data.ts";
import type { Surrogates } from "../../models/surrogates.ts";
import type { Question } from "./question.ts";

/** Trials that are compared, the best by belief. */
const compared = 8;

/** A trial worth repeating. */
export interface Replicate {
  readonly placed: PlacedTrial;
  /** ln of how much lower the loss of the best trial is expected to be once the reading is in; as targets of the loss model. */
  readonly logGain: number;
}

/**
 * The trial whose repetition would do most to tell which trial of at most the target cost is best: the knowledge gradient of one more
 * reading (Frazier, Powell and Dayanik 2009), in pairs with the trial that leads now. In the units of an expected improvement, so that a
 * repetition is chosen only where it is worth more than going on.
 *
 * @param among trials of at most the target cost and the cap
 * @returns null where fewer than two can be compared, or repetitions have used up their share
 */
export function bestReplicate(question: Question, models: Surrogates, among: readonly PlacedTrial[]): Replicate | null {
  const { trials, settings } = question;
  const replicates = trials.filter(({ kind }) => kind === "replicate").length;
  if (replicates + 1 > settings.replicateShare * (trials.length + 1) || among.length < 2) return null;
  const means = new Float64Array(among.length);
  models.loss.predict(placesOf(among).values, among.length, means, new Float64Array(among.length));
  const chosen = among
    .map((placed, index) => ({ placed, mean: means[index] ?? 0 }))
    .sort((left, right) => left.mean - right.mean)
    .slice(0, compared);
  const size = chosen.length;
  const chosenMeans = new Float64Array(size);
  const covariances = new Float64Array(size * size);
  models.loss.predictJointly(placesOf(chosen.map(({ placed }) => placed)).values, size, chosenMeans, covariances);
  const { noise } = models.loss.parameters;
  let best: Replicate | null = null;
  for (const [again, { placed }] of chosen.entries()) {
    const total = sqrt(Math.max(0, covariances[again * size + again] ?? 0) + noise);
    for (let other = again === 0 ? 1 : 0; other < (again === 0 ? size : 1); other += 1) {
      // How far one reading of `again` may move the two means apart.
      const spread = Math.abs((covariances[again * size + again] ?? 0) - (covariances[again * size + other] ?? 0)) / total;
      if (!(spread > 0)) continue;
      const gap = Math.abs((chosenMeans[again] ?? 0) - (chosenMeans[other] ?? 0));
      const logGain = quickLog(spread) + logImprovement(-gap / spread);
      if (best === null || logGain > best.logGain) best = { placed, logGain };
    }
  }
  return best;
}
