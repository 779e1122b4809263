import { sqrt } from "../../numerics/elementary.ts";
import { atMost, conditionOn } from "./conditioned.ts";
import { believedCosts, costModel, type CostModel } from "./cost-model.ts";
import { conditionGaussianProcess, type GaussianProcess } from "./gaussian-process.ts";
import type { Points } from "./kernel.ts";
import type { OutputFrame } from "./output-frame.ts";
import { scheduledFit, type FitKind } from "./scheduled-fit.ts";
import { conditionClassifier, type SuccessClassifier } from "./success-classifier.ts";
import { isSuccessful, placesOf, type TrialData } from "./trial-data.ts";

/** A linear part is left to the likelihood, which starts from next to none: far from all trials a slope promises too much. */
const prior = { smoothness: 1, scale: [2, 1], logLinear: [-4, 1], noise: [1.1, 30] } as const;
const lossKind: FitKind = { name: "loss", isPowered: true, kernel: { prior, leastNoise: 1e-6 } };
/** Success is mostly a matter of place, not of luck: latent values well beyond the probit's own unit. */
const successPrior = { smoothness: 1, scale: [2, 0.15], logLinear: [3, 1.5], noise: [1.1, 30] } as const;
const successKind: FitKind = { name: "success", isPowered: false, kernel: { prior: successPrior, leastNoise: 1e-6 } };
/** The classifier costs some five times what a process of the same size does. */
const mostLabels = 300;

/** What is believed of loss, cost and success, for any place. */
export interface Surrogates {
  readonly dimensions: number;
  /** Loss, as targets of `lossFrame`; readings of outstanding trials are believed to be as predicted ("kriging believer"). */
  readonly loss: GaussianProcess;
  readonly lossFrame: OutputFrame;
  /** Null where fewer than 2 trials told a cost, or where the task knows it. */
  readonly cost: CostModel | null;
  /** Null while nothing has been unsuccessful. */
  readonly success: SuccessClassifier | null;
  /** Numerical failures on the way, each in one clause. */
  readonly failures: readonly string[];
}

/**
 * Fits and conditions the models.
 *
 * @param isCostKnown no model of cost is made
 * @returns the reason where no model of loss can be had
 */
export function surrogates(data: TrialData, isCostKnown: boolean): Surrogates | { readonly failure: string } {
  const failures: string[] = [];
  const losses = Float64Array.from(data.finished, ({ trial }) => trial.loss ?? 0);
  const points = placesOf(data.finished);
  const { process, frame } = conditionOn(lossKind, points, losses);
  if (process === null) return { failure: `the covariance matrix of ${losses.length} losses has no Cholesky factor` };
  if (process.jitter > 0) failures.push(`the covariances of losses needed ${process.jitter} of their mean on the diagonal`);
  let loss = process;
  if (data.outstanding.length > 0) {
    const believed = believe(process, placesOf(data.outstanding));
    if (believed === null) failures.push("outstanding trials could not be added to the model of losses");
    else loss = believed;
  }
  let cost = isCostKnown ? null : costModel(data.finished);
  if (cost !== null && "failure" in cost) {
    failures.push(cost.failure);
    cost = null;
  }
  let success: SuccessClassifier | null = null;
  if (data.unsuccessful.length > 0) {
    success = classifierOf(data);
    if (success === null) failures.push("the classifier of success did not converge");
  }
  return { dimensions: points.dimensions, loss, lossFrame: frame, cost, success, failures };
}

/** What the surrogates say of many places. */
export interface Beliefs {
  readonly count: number;
  /** The places, one after another. */
  readonly features: Float64Array;
  /** Of the loss without noise, as targets. */
  readonly lossMeans: Float64Array;
  readonly lossDeviations: Float64Array;
  /** ln cost; infinite deviations where nothing is known of it. */
  readonly logCosts: Float64Array;
  readonly logCostDeviations: Float64Array;
  readonly success: Float64Array;
}

/**
 * Asks all surrogates.
 *
 * @param features places, one after another
 * @param known ln costs of the places where the task knows them; null: the model's
 */
export function believeAt(models: Surrogates, features: Float64Array, count: number, known: Float64Array | null): Beliefs {
  const lossMeans = new Float64Array(count);
  const lossDeviations = new Float64Array(count);
  models.loss.predict(features, count, lossMeans, lossDeviations);
  for (let index = 0; index < count; index += 1) lossDeviations[index] = sqrt(lossDeviations[index] ?? 0);
  const success = new Float64Array(count).fill(1);
  models.success?.predict(features, count, success);
  const costs =
    known === null ? believedCosts(models.cost, features, count) : { logCosts: known, logCostDeviations: new Float64Array(count) };
  return { count, features, lossMeans, lossDeviations, ...costs, success };
}

/** Adds places whose readings are as the process predicts them: its mean stays, its doubt shrinks. */
function believe(process: GaussianProcess, places: Points): GaussianProcess | null {
  const means = new Float64Array(places.count);
  process.predict(places.values, places.count, means, new Float64Array(places.count));
  const { points, targets, parameters, centre } = process;
  const values = new Float64Array(points.values.length + places.values.length);
  values.set(points.values);
  values.set(places.values, points.values.length);
  const all = new Float64Array(targets.length + means.length);
  all.set(targets);
  all.set(means, targets.length);
  return conditionGaussianProcess(parameters, centre, { values, count: all.length, dimensions: points.dimensions }, all);
}

function classifierOf({ judged }: TrialData): SuccessClassifier | null {
  const points = placesOf(judged);
  const labels = Float64Array.from(judged, (placed) => (isSuccessful(placed) ? 1 : -1));
  const fit = scheduledFit(successKind, points, labels);
  const some = atMost(points, labels, mostLabels);
  return conditionClassifier(fit.coordinates, fit.centre, some.points, some.targets);
}
