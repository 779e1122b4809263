import { z } from "zod";
import { LadderError } from "../study/ladder-error.ts";
import type { Scale } from "../study/scale.ts";
import type { HyperparameterSpace, StrategySpec } from "../study/study-spec.ts";
import type { SuggestionExplanation, SuggestionKind } from "./searchers/contract.ts";
import type { RandomStream } from "../numerics/random-stream.ts";

/** What a strategy searches: it never sees seeds, executors or data. */
export interface SearchProblem {
  readonly parametrizations: readonly string[];
  /** Every scale of the study, in order. */
  readonly scales: readonly Scale[];
  readonly space: HyperparameterSpace;
  readonly spaceFor: Readonly<Record<string, HyperparameterSpace>>;
  /** Values that are not swept. */
  readonly fixed: Readonly<Record<string, number>>;
  /** The strategy's own settings. */
  readonly settings: StrategySpec;
  /** How many training seeds the study has. Left out: one. */
  readonly seedCount?: number;
  /** Training FLOPs of one run, exact, for strategies that weigh cost. */
  readonly trainingFlops: (parametrization: string, scale: Scale) => number;
}

/** What to run next. `id` is stable: the same trial of the same problem has the same id in every process. */
export interface Suggestion {
  readonly id: string;
  readonly parametrization: string;
  readonly scale: Scale;
  readonly hyperparameters: Readonly<Record<string, number>>;
  /** How many earlier suggestions asked for the same: a replicate takes the next seed. Left out: 0. */
  readonly repeats?: number;
  /** Of a strategy that searches: why this one. */
  readonly reason?: SuggestionReason;
}

/** Why something was suggested. Plain JSON. */
export interface SuggestionReason {
  readonly kind: SuggestionKind;
  readonly explanation: SuggestionExplanation;
}

export const observationOutcomes = ["finished", "diverged", "outOfMemory", "failed", "lost"] as const;

/** What came of a suggestion. `lost` is temporary: another observation of the same suggestion may follow. */
export interface Observation {
  readonly suggestionId: string;
  readonly outcome: (typeof observationOutcomes)[number];
  /** Held-out loss, nats per token; null unless finished. */
  readonly loss: number | null;
  /** What the budget counts; null when not known. */
  readonly cost: number | null;
}

export const observationSchema = z.strictObject({
  suggestionId: z.string().min(1),
  outcome: z.enum(observationOutcomes),
  loss: z.number().nullable(),
  cost: z.number().nonnegative().nullable(),
});

export interface Suggested<State> {
  readonly suggestions: readonly Suggestion[];
  readonly state: State;
}

/** A stage of a strategy, as it can be told before anything has run. */
export interface PlannedStage {
  readonly words: string;
  readonly runs: number;
  /** False where results may make it fewer, never more. */
  readonly isExact: boolean;
  /** Of the first stage: false where a run depends on the results of those before it. Left out: true. */
  readonly isListed?: boolean;
}

/**
 * A strategy as its file writes it: pure functions over a state that JSON can hold. The same problem, random stream and
 * observations (in any order) give the same suggestions.
 */
export interface SearchStrategyDefinition<State> {
  readonly id: string;
  readonly summary: string;
  readonly source: string;
  readonly settingsSchema: z.ZodType;
  /** True when the strategy sweeps `space`; false when it brings its own trials and `space` must be empty. */
  readonly sweepsSpace: boolean;
  /** True when it asks for more as results come in; false when all it will ever ask for is known before the first run. */
  readonly asksWhileRunning: boolean;
  /** True when it needs a grid of values on every axis of the space, and takes its scales from `scales`. Left out: unless it asks while running. */
  readonly readsGrids?: boolean;
  /** Of a strategy in stages: what it will ask for. Its first stage, where that is listed, is what it suggests before it has seen a result. */
  stages?(problem: SearchProblem): readonly PlannedStage[];
  readonly stateSchema: z.ZodType<State>;
  start(problem: SearchProblem): State;
  /** At most `count` new suggestions; fewer (or none) when there is nothing more to ask for now. */
  suggest(problem: SearchProblem, state: State, random: RandomStream, count: number): Suggested<State>;
  observe(state: State, observation: Observation): State;
}

/** A strategy as everybody else sees it: its state is JSON text-able and checked when it comes back. */
export type SearchStrategy = Omit<SearchStrategyDefinition<unknown>, "stateSchema" | "readsGrids" | "stages"> & {
  readonly readsGrids: boolean;
  /** Null for a strategy without stages. */
  readonly stages: ((problem: SearchProblem) => readonly PlannedStage[]) | null;
};

/** Closes a definition over its state's type. @throws LadderError `defect` STRATEGY_STATE for a state of another shape */
export function defineStrategy<State>(definition: SearchStrategyDefinition<State>): SearchStrategy {
  const read = (state: unknown): State => {
    const parsed = definition.stateSchema.safeParse(state);
    if (!parsed.success)
      throw new LadderError("defect", "STRATEGY_STATE", `this is no state of strategy ${definition.id}: ${z.prettifyError(parsed.error)}`);
    return parsed.data;
  };
  const { id, summary, source, settingsSchema, sweepsSpace, asksWhileRunning } = definition;
  return {
    id,
    summary,
    source,
    settingsSchema,
    sweepsSpace,
    asksWhileRunning,
    readsGrids: definition.readsGrids ?? !asksWhileRunning,
    stages: definition.stages === undefined ? null : (problem) => definition.stages?.(problem) ?? [],
    start: (problem) => definition.start(problem),
    suggest: (problem, state, random, count) => definition.suggest(problem, read(state), random, count),
    observe(state, observation) {
      const parsed = observationSchema.safeParse(observation);
      if (!parsed.success)
        throw new LadderError("defect", "STRATEGY_OBSERVATION", `this is no observation: ${z.prettifyError(parsed.error)}`);
      return definition.observe(read(state), parsed.data);
    },
  };
}
