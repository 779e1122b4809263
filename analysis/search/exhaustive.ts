import { z } from "zod";
import { contentHash } from "../study/content-hash.ts";
import { scaleSchema } from "../study/scale.ts";
import type { Suggested, Suggestion } from "./contract.ts";

/** State of a strategy that knows all its trials from the start: what to ask for and how far it has come. */
export const exhaustiveStateSchema = z.strictObject({
  trials: z.array(
    z.strictObject({ id: z.string(), parametrization: z.string(), scale: scaleSchema, hyperparameters: z.record(z.string(), z.number()) }),
  ),
  next: z.int().nonnegative(),
  /** Ids of the trials that have a lasting outcome. Sorted, so that the order of observations leaves no trace. */
  observed: z.array(z.string()),
});
export type ExhaustiveState = z.infer<typeof exhaustiveStateSchema>;

/** A trial with the id that its content gives it. */
export function identifySuggestion(trial: Omit<Suggestion, "id">): Suggestion {
  const id = contentHash({
    parametrization: trial.parametrization,
    scale: { ...trial.scale },
    hyperparameters: trial.hyperparameters,
  }).slice(0, 16);
  return { id, ...trial };
}

/** The state before the first suggestion. Trials written twice are run once. */
export function startExhaustive(trials: readonly Omit<Suggestion, "id">[]): ExhaustiveState {
  const identified = new Map(trials.map(identifySuggestion).map((trial) => [trial.id, trial]));
  return {
    trials: [...identified.values()].map((trial) => ({ ...trial, hyperparameters: { ...trial.hyperparameters } })),
    next: 0,
    observed: [],
  };
}

/** The next trials of the list. */
export function suggestExhaustive(state: ExhaustiveState, count: number): Suggested<ExhaustiveState> {
  const end = Math.min(state.trials.length, state.next + Math.max(0, count));
  return { suggestions: state.trials.slice(state.next, end), state: { ...state, next: end } };
}

/** Notes a lasting outcome. Nothing that is observed changes what an exhaustive strategy asks for. */
export function observeExhaustive(
  state: ExhaustiveState,
  observation: { readonly suggestionId: string; readonly outcome: string },
): ExhaustiveState {
  const known = state.trials.some((trial) => trial.id === observation.suggestionId);
  if (!known || observation.outcome === "lost" || state.observed.includes(observation.suggestionId)) return state;
  return { ...state, observed: [...state.observed, observation.suggestionId].sort() };
}
