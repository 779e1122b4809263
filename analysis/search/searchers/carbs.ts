import { prepareSpace } from "../space/prepare-space.ts";
import { nextSuggestion } from "./carbs/next-suggestion.ts";
import { ask } from "./carbs/question.ts";
import { costAwareSettingsSchema } from "./carbs/settings.ts";
import type { Searcher, SearchSuggestion, SearchTrial } from "./contract.ts";

/**
 * CARBS (Fetterman et al. 2023, "Tune as you scale: hyperparameter optimization for compute efficient training", arXiv 2306.08055): a local
 * search along the front of loss and cost, made anew: kernels are fitted, hard caps are kept by probability, steps have the scale
 * of each parameter, repetitions are chosen by their worth, and a suggestion is a function of the trials.
 */
export const carbs: Searcher = {
  id: "carbs",
  summary: "Cost-aware search along the front of loss and cost, from its centre upwards.",
  source: "Fetterman et al. 2023, arXiv 2306.08055; target costs as in PufferLib's Protein",
  settingsSchema: costAwareSettingsSchema,
  suggest(task, trials, count) {
    const settings = costAwareSettingsSchema.parse(task.settings ?? {});
    const space = prepareSpace(task.space);
    const suggestions: SearchSuggestion[] = [];
    const all: SearchTrial[] = [...trials];
    while (suggestions.length < count) {
      const suggestion = nextSuggestion(ask("carbs", task, space, settings, all));
      suggestions.push(suggestion);
      all.push({ id: suggestion.id, values: suggestion.values, kind: suggestion.kind, status: "outstanding", loss: null, cost: null });
    }
    return suggestions;
  },
};
