import { exp } from "../../../numerics/elementary.ts";
import { surrogates, type Surrogates } from "../../models/surrogates.ts";
import type { SearchSuggestion } from "../contract.ts";
import { drawCandidates, radii } from "./candidates.ts";
import { costSpan, isTopAllowed, targetLogCost } from "./cost-target.ts";
import { modelExplanation, suggestionOf } from "./explanation.ts";
import { fallbackSuggestion } from "./fallback.ts";
import { findFront, levelAt, type Front } from "./front.ts";
import { initialSuggestion, initialTrials } from "./initial.ts";
import { polish, scoreAll, type Scored } from "./polish.ts";
import type { Question } from "./question.ts";
import { bestReplicate } from "./replicate.ts";
import { capGuard, logExpectedImprovement, targetAcquisition } from "./score.ts";
import { apartFrom } from "./separation.ts";

/** A model leads from so many finished trials on, even where `initialTrials` is less. */
const leastFinished = 4;

/** The next suggestion of CARBS. */
export function nextSuggestion(question: Question): SearchSuggestion {
  const { data, settings, logCap } = question;
  const first = initialTrials(question);
  if (data.finished.length < Math.min(leastFinished, first) || data.judged.length + data.outstanding.length < first)
    return initialSuggestion(question);
  const costed = data.finished.filter(({ logCost }) => Number.isFinite(logCost));
  if (costed.length === 0) return fallbackSuggestion(question, "no finished trial told its cost");
  const models = surrogates(data, question.task.knownCost !== null);
  if ("failure" in models) return fallbackSuggestion(question, models.failure);

  const front = findFront(models, data.finished);
  const span = costSpan(question, costed, first);
  const target = targetLogCost(question, span, isTopAllowed(question, span));
  const level = levelAt(front, target);
  const isWithinCap = capGuard(logCap, settings.capProbability);
  const acquisition = targetAcquisition({ level, targetLogCost: target, caution: settings.caution, isWithinCap });
  const admits = apartFrom(question);
  const steps = radii(question, models);
  const members = front.members.filter(({ logCost }) => logCost <= logCap);
  const scored = scoreAll(question, models, acquisition, admits, drawCandidates(question, members, steps, target));
  const replicate = bestReplicate(
    question,
    models,
    costed.filter(({ logCost }) => logCost <= Math.min(target, logCap)),
  );
  if (scored.length === 0) return fallbackSuggestion(question, "no candidate keeps to the cap and away from earlier trials");
  const best = polish(question, models, acquisition, admits, scored, steps);
  const improvement = improvementOf(models, best, level);
  if (replicate !== null && replicate.logGain > improvement) {
    const { values, id } = replicate.placed.trial;
    const candidate = { values, unit: question.space.place(values), features: replicate.placed.features };
    const words = `repeats ${id}: one more reading is worth more (ln gain ${replicate.logGain.toFixed(2)}) than a new trial at a cost of ${exp(target).toPrecision(3)}`;
    return suggestionOf(question, "replicate", values, modelExplanation(question, models, front, candidate, replicate.logGain, words), id);
  }
  return explored(question, models, front, best, improvement, target);
}

/** ln EI of a candidate over the front's level, without what the score adds to it. */
function improvementOf(models: Surrogates, { candidate }: Scored, level: number): number {
  const mean = new Float64Array(1);
  const variance = new Float64Array(1);
  models.loss.predict(candidate.features, 1, mean, variance);
  return logExpectedImprovement(level, mean[0] ?? 0, Math.sqrt(variance[0] ?? 0));
}

function explored(
  question: Question,
  models: Surrogates,
  front: Front,
  best: Scored,
  improvement: number,
  target: number,
): SearchSuggestion {
  const { candidate } = best;
  const words = `most expected improvement of the front at a cost of at most ${exp(target).toPrecision(3)}`;
  return suggestionOf(question, "explore", candidate.values, modelExplanation(question, models, front, candidate, improvement, words));
}
