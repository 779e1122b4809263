import { prepareSpace } from "../space/prepare-space.ts";
import { modelExplanation, suggestionOf } from "./carbs/explanation.ts";
import { fallbackSuggestion } from "./carbs/fallback.ts";
import { polish, scorePool } from "./carbs/polish.ts";
import { ask, type Question } from "./carbs/question.ts";
import { costAwareSettingsSchema } from "./carbs/settings.ts";
import { situationOf } from "./carbs/situation.ts";
import type { Searcher, SearchSuggestion, SearchTrial } from "./contract.ts";
import { noisyAcquisition } from "./ehvi/noisy-acquisition.ts";

/** Noisy expected hypervolume improvement on (loss, ln cost): where the front as a whole is expected to move furthest. */
export const ehvi: Searcher = {
  id: "ehvi",
  summary: "Noisy expected hypervolume improvement of the front of loss and ln(cost).",
  source: "Daulton, Balandat and Bakshy 2021, arXiv 2105.08195; Ament et al. 2023, arXiv 2310.20708",
  settingsSchema: costAwareSettingsSchema,
  suggest(task, trials, count) {
    const settings = costAwareSettingsSchema.parse(task.settings ?? {});
    const space = prepareSpace(task.space);
    const suggestions: SearchSuggestion[] = [];
    const all: SearchTrial[] = [...trials];
    while (suggestions.length < count) {
      const suggestion = nextSuggestion(ask("ehvi", task, space, settings, all));
      suggestions.push(suggestion);
      all.push({ id: suggestion.id, values: suggestion.values, kind: suggestion.kind, status: "outstanding", loss: null, cost: null });
    }
    return suggestions;
  },
};

function nextSuggestion(question: Question): SearchSuggestion {
  const situation = situationOf(question);
  if ("kind" in situation) return situation;
  const { models, front, admits, pool, steps } = situation;
  const acquisition = noisyAcquisition(situation);
  if (acquisition === null) return fallbackSuggestion(question, "the covariances of the front's contenders have no Cholesky factor");
  const scored = scorePool(pool, acquisition);
  if (scored.length === 0) return fallbackSuggestion(question, "no candidate keeps to the cap and away from earlier trials");
  const { candidate, score } = polish(question, models, acquisition, admits, scored, steps);
  const words = "most expected growth of the area that the front of loss and ln(cost) dominates";
  return suggestionOf(question, "explore", candidate.values, modelExplanation(question, models, front, candidate, score, words));
}
