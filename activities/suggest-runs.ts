import { randomStream } from "../analysis/numerics/random-stream.ts";
import { adaptiveStateSchema } from "../analysis/search/adaptive.ts";
import type { SearchStrategy } from "../analysis/search/contract.ts";
import { planTrial, searchProblem, seedOf } from "../analysis/search/plan.ts";
import type { SearchTrial, TrialStatus } from "../analysis/search/searchers/contract.ts";
import type { LadderDatabase } from "../infra/postgres/connect.ts";
import { insertSuggestions, type NewSuggestion, type StoredSuggestion } from "../infra/postgres/suggestions.ts";
import type { Sweep } from "../infra/postgres/sweeps.ts";

/**
 * Asks the strategy of a sweep for more, as a function of what Postgres holds: whichever worker asks, after whatever crash, the answer is one. Suggestion,
 * trial and run are written at once, or not at all.
 *
 * @param known all suggestions that there are, from before what waits was counted
 * @param count at most so many
 * @returns how many there are now that were not there before; 0 when the strategy has nothing to ask for at this time; null when somebody
 *   else asked meanwhile, so that what is missing has to be counted again
 * @throws LadderError `input` what `planTrial` refuses of a suggestion
 */
export async function suggestRuns(
  db: LadderDatabase,
  sweep: Sweep,
  strategy: SearchStrategy,
  known: readonly StoredSuggestion[],
  count: number,
): Promise<number | null> {
  const { spec, data, trainer } = sweep;
  const problem = searchProblem(spec, data);
  const state = { trials: known.map(trialOf) };
  const { suggestions, state: after } = strategy.suggest(problem, state, randomStream(0, "strategy", strategy.id), count);
  if (suggestions.length === 0) return 0;
  const asked = adaptiveTrials(after).slice(known.length);
  const fresh = suggestions.flatMap((suggestion, index): NewSuggestion[] => {
    const { reason } = suggestion;
    const values = asked[index]?.values;
    if (reason === undefined || values === undefined) return [];
    const trial = planTrial(spec, data, trainer, { ...suggestion, seeds: [seedOf(spec, suggestion)] });
    return [{ suggestionId: suggestion.id, values, kind: reason.kind, explanation: reason.explanation, trial }];
  });
  return (await insertSuggestions(db, sweep.id, known.length, fresh)) ? fresh.length : null;
}

function adaptiveTrials(state: unknown): readonly SearchTrial[] {
  return adaptiveStateSchema.parse(state).trials;
}

function trialOf({ suggestionId, values, kind, state, errorClass, loss, trainingFlops }: StoredSuggestion): SearchTrial {
  const status = statusOf(state, errorClass);
  return { id: suggestionId, values, kind, status, loss: status === "finished" ? loss : null, cost: trainingFlops };
}

/** A run as a searcher sees it. */
function statusOf(state: StoredSuggestion["state"], errorClass: StoredSuggestion["errorClass"]): TrialStatus {
  switch (state) {
    case "finished":
    case "diverged":
      return state;
    case "failed":
      return errorClass === "out-of-memory" ? "outOfMemory" : "failed";
    case "cancelled":
      return "failed";
    case "lost":
      return "lost";
    case "queued":
    case "running":
    case "preempted":
    case "paused":
      return "outstanding";
  }
}
