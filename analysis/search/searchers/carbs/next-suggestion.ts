import { exp } from "../../../numerics/elementary.ts";
import { quickLog } from "../../../numerics/quick-exp-log.ts";
import { readingSlope, toReading } from "../../models/output-frame.ts";
import type { SearchSuggestion } from "../contract.ts";
import { candidatesAbout } from "./candidates.ts";
import { isTopAllowed, targetLogCost } from "./cost-target.ts";
import { modelExplanation, suggestionOf } from "./explanation.ts";
import { fallbackSuggestion } from "./fallback.ts";
import { levelAt } from "./front.ts";
import { poolOf, polish, scorePool } from "./polish.ts";
import type { Question } from "./question.ts";
import { bestReplicate } from "./replicate.ts";
import { targetAcquisition, type Acquisition } from "./score.ts";
import { situationOf, type Situation } from "./situation.ts";

/** Members of the front that candidates at a target are drawn about. */
const nearest = 3;

/** The next suggestion of CARBS. */
export function nextSuggestion(question: Question): SearchSuggestion {
  const situation = situationOf(question);
  if ("kind" in situation) return situation;
  const { models, front, span, steps, admits, pool, affordable } = situation;
  const target = targetLogCost(question, span, isTopAllowed(question, span), (logCost) => logGainAt(situation, logCost));
  const acquisition = acquisitionAt(situation, target);
  const about = candidatesAbout(question, centresNear(situation, target), steps, Math.floor(question.settings.candidates * 0.3), "target");
  const scored = [...scorePool(pool, acquisition), ...scorePool(poolOf(question, models, admits, about), acquisition)];
  if (scored.length === 0) return fallbackSuggestion(question, "no candidate keeps to the cap and away from earlier trials");
  const best = polish(question, models, acquisition, admits, scored, steps);
  const replicate = bestReplicate(
    question,
    models,
    affordable.filter(({ logCost }) => logCost <= target),
  );
  if (replicate !== null && replicate.logGain > best.score) {
    const { values, id } = replicate.placed.trial;
    const words = `repeats ${id}: one more reading of it is worth more than a new trial at a cost of at most ${exp(target).toPrecision(3)}`;
    const candidate = { values, unit: question.space.place(values), features: replicate.placed.features };
    return suggestionOf(question, "replicate", values, modelExplanation(question, models, front, candidate, replicate.logGain, words), id);
  }
  const words = `most expected improvement of the front at a cost of at most ${exp(target).toPrecision(3)}`;
  const { candidate, score } = best;
  return suggestionOf(question, "explore", candidate.values, modelExplanation(question, models, front, candidate, score, words));
}

function acquisitionAt({ question, front, isWithinCap }: Situation, target: number): Acquisition {
  return targetAcquisition({ level: levelAt(front, target), targetLogCost: target, caution: question.settings.caution, isWithinCap });
}

/** ln of the most expected improvement at a target cost, in the loss's own unit. */
function logGainAt(situation: Situation, target: number): number {
  const { models, front, pool } = situation;
  const scores = acquisitionAt(situation, target)(pool.beliefs);
  let best = -Infinity;
  for (const score of scores) if (score > best) best = score;
  const slope = readingSlope(models.lossFrame, toReading(models.lossFrame, levelAt(front, target)));
  return best + quickLog(Math.max(1e-300, slope));
}

/** Places of the members of the front that are nearest in cost. */
function centresNear({ question, members }: Situation, target: number): readonly Float64Array[] {
  return [...members]
    .sort((left, right) => Math.abs(left.logCost - target) - Math.abs(right.logCost - target))
    .slice(0, nearest)
    .map(({ placed }) => question.space.place(placed.trial.values));
}
