import { exp } from "../../../numerics/elementary.ts";
import { normalProbability } from "../../../numerics/normal-distribution.ts";
import { contentHash } from "../../../study/content-hash.ts";
import { toReading } from "../../models/output-frame.ts";
import { sqrt } from "../../../numerics/elementary.ts";
import { believeAt, type Surrogates } from "../../models/surrogates.ts";
import { hashTrials } from "../model-free-suggestion.ts";
import type { SearchSuggestion, SuggestionExplanation, SuggestionKind } from "../contract.ts";
import type { Front } from "./front.ts";
import { knownLogCosts, type Candidate, type Question } from "./question.ts";

/** Of a standard normal number, 80 % lie within this of 0. */
const eighty = 1.2815515655446004;

/** An explanation without a model. */
export function plainExplanation(trialsHash: string, words: string): SuggestionExplanation {
  return {
    predictedLoss: null,
    predictedCost: null,
    probabilityOfSuccess: null,
    probabilityWithinCap: null,
    logExpectedImprovement: null,
    front: [],
    trialsHash,
    words,
  };
}

/** What the models say of a candidate: intervals hold 80 % of readings. */
export function modelExplanation(
  question: Question,
  models: Surrogates,
  front: Front,
  candidate: Candidate,
  logExpectedImprovement: number | null,
  words: string,
): SuggestionExplanation {
  const beliefs = believeAt(models, candidate.features, 1, knownLogCosts(question, [candidate]));
  const mean = beliefs.lossMeans[0] ?? 0;
  const deviation = sqrt((beliefs.lossDeviations[0] ?? 0) * (beliefs.lossDeviations[0] ?? 0) + models.loss.parameters.noise);
  const logCost = beliefs.logCosts[0] ?? 0;
  const costDeviation = beliefs.logCostDeviations[0] ?? Infinity;
  const isCosted = Number.isFinite(costDeviation);
  const reading = (target: number): number => finite(toReading(models.lossFrame, target));
  const within =
    question.logCap === Infinity
      ? 1
      : costDeviation === 0
        ? logCost <= question.logCap
          ? 1
          : 0
        : normalProbability((question.logCap - logCost) / costDeviation);
  return {
    predictedLoss: { mean: reading(mean), low: reading(mean - eighty * deviation), high: reading(mean + eighty * deviation) },
    predictedCost: isCosted
      ? { median: exp(logCost), low: exp(logCost - eighty * costDeviation), high: finite(exp(logCost + eighty * costDeviation)) }
      : null,
    probabilityOfSuccess: models.success === null ? null : (beliefs.success[0] ?? null),
    probabilityWithinCap: question.task.maximumCost === null || !isCosted ? null : within,
    logExpectedImprovement: logExpectedImprovement === null || !Number.isFinite(logExpectedImprovement) ? null : logExpectedImprovement,
    front: front.members.map(({ placed }) => placed.trial.id),
    trialsHash: hashTrials(question.trials),
    words: [words, ...models.failures].join("; "),
  };
}

/** The suggestion of these values. */
export function suggestionOf(
  question: Question,
  kind: SuggestionKind,
  values: SearchSuggestion["values"],
  explanation: SuggestionExplanation,
  replicateOf: string | null = null,
): SearchSuggestion {
  const hash = contentHash([question.searcher, question.task.seed, question.number, explanation.trialsHash, { ...values }]);
  return { id: hash.slice(0, 16), values, kind, replicateOf, explanation };
}

/** JSON has no infinities. */
function finite(value: number): number {
  return Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, value));
}
