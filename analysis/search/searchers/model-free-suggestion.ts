import { contentHash } from "../../study/content-hash.ts";
import type { SearchValues } from "../space/search-space.ts";
import type { SearchSuggestion, SearchTask, SearchTrial, SuggestionKind } from "./contract.ts";

/** Trials by id: of trials with the same id the last counts, in the place of the first. */
export function distinctTrials(trials: readonly SearchTrial[]): readonly SearchTrial[] {
  const byId = new Map<string, SearchTrial>();
  for (const trial of trials) byId.set(trial.id, trial);
  return [...byId.values()];
}

const keys = new WeakMap<SearchValues, string>();

/** Values as text: the same text exactly for the same values. */
export function valuesKey(values: SearchValues): string {
  const known = keys.get(values);
  if (known !== undefined) return known;
  const key = JSON.stringify(Object.entries(values).sort(([left], [right]) => (left < right ? -1 : 1)));
  keys.set(values, key);
  return key;
}

const hashes = new WeakMap<SearchTrial, string>();

/** Hash of trials: of one after another, so that a trial is read once however often it is asked for. */
export function hashTrials(trials: readonly SearchTrial[]): string {
  return contentHash(
    trials.map((trial) => {
      const known = hashes.get(trial);
      if (known !== undefined) return known;
      const { id, values, kind, status, loss, cost } = trial;
      const hash = contentHash([id, { ...values }, kind, status, String(loss), String(cost)]);
      hashes.set(trial, hash);
      return hash;
    }),
  );
}

/** What a searcher without a model suggests. */
interface ModelFreeChoice {
  readonly values: SearchValues;
  readonly kind: SuggestionKind;
  /** The reason in one clause. */
  readonly words: string;
}

/**
 * Choices as suggestions, with ids by searcher, seed, number and values. One whose values were suggested before is a replicate of that
 * trial, and says so.
 *
 * @param trials distinct ones, before the choices
 */
export function modelFreeSuggestions(
  searcher: string,
  task: SearchTask,
  trials: readonly SearchTrial[],
  choices: readonly ModelFreeChoice[],
): readonly SearchSuggestion[] {
  const trialsHash = hashTrials(trials);
  const seen = new Map<string, string>();
  for (const trial of trials) {
    const key = valuesKey(trial.values);
    if (!seen.has(key)) seen.set(key, trial.id);
  }
  return choices.map(({ values, kind, words }, index) => {
    const id = contentHash([searcher, task.seed, trials.length + index, { ...values }]).slice(0, 16);
    const key = valuesKey(values);
    const first = seen.get(key);
    if (first === undefined) seen.set(key, id);
    return {
      id,
      values,
      kind: first === undefined ? kind : "replicate",
      replicateOf: first ?? null,
      explanation: {
        predictedLoss: null,
        predictedCost: null,
        probabilityOfSuccess: null,
        probabilityWithinCap: null,
        logExpectedImprovement: null,
        front: [],
        trialsHash,
        words,
      },
    };
  });
}
