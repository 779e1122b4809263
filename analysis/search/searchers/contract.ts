import type { z } from "zod";
import type { SearchSpace, SearchValues } from "../space/search-space.ts";

/**
 * What came of a trial. `diverged` and `outOfMemory` are results, from which a searcher learns where not to go. `failed` (a bug, a broken
 * node) says nothing of the values, and `lost` is temporary: both carry nothing into a model.
 */
export type TrialStatus = "outstanding" | "finished" | "diverged" | "outOfMemory" | "failed" | "lost";

/** A trial as a searcher sees it, in the order in which trials were suggested. Plain JSON. */
export interface SearchTrial {
  readonly id: string;
  readonly values: SearchValues;
  readonly kind: SuggestionKind;
  readonly status: TrialStatus;
  /** Null unless finished. Lower is better. */
  readonly loss: number | null;
  /** What it cost, in the unit of the cap; null where nobody knows. */
  readonly cost: number | null;
}

/** Why a trial was suggested. */
export type SuggestionKind = "initial" | "explore" | "replicate" | "costFrontier" | "global" | "fallback" | "enumerated";

/** What a suggestion was judged by; null where the searcher has no such model. Plain JSON. */
export interface SuggestionExplanation {
  readonly predictedLoss: { readonly mean: number; readonly low: number; readonly high: number } | null;
  readonly predictedCost: { readonly median: number; readonly low: number; readonly high: number } | null;
  readonly probabilityOfSuccess: number | null;
  readonly probabilityWithinCap: number | null;
  /** Logarithm of the expected improvement over the front. */
  readonly logExpectedImprovement: number | null;
  /** Ids of the trials of the front that it was judged against, by rising cost. */
  readonly front: readonly string[];
  /** Hash of the trials that it came from. */
  readonly trialsHash: string;
  /** The reason in one clause; of a fallback the numerical failure too. */
  readonly words: string;
}

/** What to run next. */
export interface SearchSuggestion {
  /** Stable: the same question gives the same id in every process. */
  readonly id: string;
  readonly values: SearchValues;
  readonly kind: SuggestionKind;
  /** The trial that a replicate repeats. */
  readonly replicateOf: string | null;
  readonly explanation: SuggestionExplanation;
}

/** What is searched, and within which limits. */
export interface SearchTask {
  readonly space: SearchSpace;
  /** Of the search's own random streams; never the training's. */
  readonly seed: number;
  /** Checked by the searcher's `settingsSchema`. */
  readonly settings: unknown;
  /** A trial should not cost more. */
  readonly maximumCost: number | null;
  /** Exact cost of values, where it is known beforehand, for example 6 N D. */
  readonly knownCost: ((values: SearchValues) => number) | null;
  /** Values of the context parameters for the suggestions that are asked for. */
  readonly context: SearchValues;
}

/**
 * A way to search. What it suggests is a function of task and trials alone: no clock, no state, no other randomness than streams named
 * after `task.seed` and the number of trials. It may remember what it has computed, as long as nobody can tell.
 */
export interface Searcher {
  readonly id: string;
  readonly summary: string;
  readonly source: string;
  readonly settingsSchema: z.ZodType;
  /**
   * @param trials in the order in which they were suggested; outstanding ones are those without an outcome yet
   * @param count at least 1
   * @returns at most `count` suggestions; none when there is nothing more to ask for, now or ever
   */
  suggest(task: SearchTask, trials: readonly SearchTrial[], count: number): readonly SearchSuggestion[];
}
