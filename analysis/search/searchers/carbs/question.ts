import { log } from "../../../numerics/elementary.ts";
import { randomStream, type RandomStream } from "../../../numerics/random-stream.ts";
import { trialData, type TrialData } from "../../models/trial-data.ts";
import type { PreparedSpace } from "../../space/prepared-space.ts";
import type { SearchValues } from "../../space/search-space.ts";
import type { SearchTask, SearchTrial } from "../contract.ts";
import { distinctTrials } from "../model-free-suggestion.ts";
import type { CostAwareSettings } from "./settings.ts";

/** One suggestion that is asked for: everything that it may depend on. */
export interface Question {
  readonly searcher: string;
  readonly task: SearchTask;
  readonly space: PreparedSpace;
  readonly settings: CostAwareSettings;
  readonly trials: readonly SearchTrial[];
  readonly data: TrialData;
  /** Number of the suggestion, from 0: the trials before it. */
  readonly number: number;
  /** ln of the cap; Infinity without one. */
  readonly logCap: number;
}

/** Values that could be suggested, with their places. */
export interface Candidate {
  readonly unit: Float64Array;
  readonly values: SearchValues;
  readonly features: Float64Array;
}

/** Gathers a question. */
export function ask(
  searcher: string,
  task: SearchTask,
  space: PreparedSpace,
  settings: CostAwareSettings,
  all: readonly SearchTrial[],
): Question {
  const trials = distinctTrials(all);
  const logCap = task.maximumCost === null ? Infinity : log(task.maximumCost);
  return { searcher, task, space, settings, trials, data: trialData(task, space, trials), number: trials.length, logCap };
}

/** A stream of the search's own, for one use in one suggestion. */
export function streamOf(question: Question, ...names: readonly (string | number)[]): RandomStream {
  return randomStream(question.task.seed, "search", question.searcher, question.number, ...names);
}

/** The candidate at a place of the unit cube; null where constraints leave nothing near it. */
export function candidateAt({ space, task }: Question, unit: ArrayLike<number>): Candidate | null {
  const values = space.decode(unit, task.context);
  return values === null ? null : { unit: space.place(values), values, features: space.encode(values) };
}

/** ln of the cost that the task knows of values; null where it knows none. */
export function knownLogCost({ task }: Question, values: SearchValues): number | null {
  const cost = task.knownCost?.(values);
  return cost === undefined ? null : cost > 0 ? log(cost) : -Infinity;
}

/** ln costs of all candidates where the task knows them. */
export function knownLogCosts(question: Question, candidates: readonly Candidate[]): Float64Array | null {
  if (question.task.knownCost === null) return null;
  return Float64Array.from(candidates, ({ values }) => knownLogCost(question, values) ?? 0);
}

/** Their features, one after another. */
export function featuresOf(candidates: readonly Candidate[], dimensions: number): Float64Array {
  const features = new Float64Array(candidates.length * dimensions);
  for (const [index, candidate] of candidates.entries()) features.set(candidate.features, index * dimensions);
  return features;
}
