import { believedCosts, costModel } from "../../models/cost-model.ts";
import { placesOf } from "../../models/trial-data.ts";
import type { SearchSuggestion } from "../contract.ts";
import { step } from "./candidates.ts";
import { hashTrials } from "../model-free-suggestion.ts";
import { plainExplanation, suggestionOf } from "./explanation.ts";
import { candidateAt, featuresOf, knownLogCosts, streamOf, type Candidate, type Question } from "./question.ts";
import { quasiRandomPoints } from "./quasi-random.ts";
import { capGuard } from "./score.ts";
import { apartFrom } from "./separation.ts";

const tries = 64;
const radius = 0.1;

/**
 * What is suggested when the models cannot say: a step from the best trial whose cost keeps to the cap as surely as every other
 * suggestion's; where that cannot be told of any place, that trial itself once more.
 *
 * @param reason the numerical failure, in one clause; part of the explanation
 */
export function fallbackSuggestion(question: Question, reason: string): SearchSuggestion {
  const { data, settings, logCap, space } = question;
  const size = space.dimensions.length;
  const explanation = plainExplanation(hashTrials(question.trials), `fallback: ${reason}`);
  const affordable = data.finished.filter(({ logCost }) => logCap === Infinity || logCost <= logCap);
  const best = affordable.reduce<(typeof affordable)[number] | null>(
    (winner, placed) => (winner === null || (placed.trial.loss ?? Infinity) < (winner.trial.loss ?? Infinity) ? placed : winner),
    null,
  );
  const centre = best === null ? space.center(question.task.context) : best.trial.values;
  const from = space.place(centre);
  const points = quasiRandomPoints(streamOf(question, "fallback"), size, tries);
  const admits = apartFrom(question);
  const candidates: Candidate[] = [];
  for (let index = 0; index < tries; index += 1) {
    const unit = from.map((place, axis) => {
      const dimension = space.dimensions[axis];
      return dimension === undefined ? place : step(dimension, place, points[index * size + axis] ?? 0, radius);
    });
    const candidate = candidateAt(question, unit);
    if (candidate !== null && admits(candidate)) candidates.push(candidate);
  }
  const features = featuresOf(candidates, placesOf(data.judged).dimensions);
  const known = knownLogCosts(question, candidates);
  const model = costModel(data.finished);
  const costs =
    known === null
      ? believedCosts(model === null || "failure" in model ? null : model, features, candidates.length)
      : { logCosts: known, logCostDeviations: new Float64Array(candidates.length) };
  const isWithinCap = capGuard(logCap, settings.capProbability);
  const chosen = candidates.find((_, index) => isWithinCap(costs, index));
  if (chosen !== undefined) return suggestionOf(question, "fallback", chosen.values, explanation);
  return suggestionOf(question, "fallback", centre, explanation, best?.trial.id ?? null);
}
