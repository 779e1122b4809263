import { LadderError } from "../../study/ladder-error.ts";
import type { SearchSuggestion, Searcher, SearchTask, SearchTrial, SuggestionKind } from "../searchers/contract.ts";
import type { SearchValues } from "../space/search-space.ts";
import type { RecordedPlace, RecordedProblem } from "./recorded-problem.ts";

/** How long a simulated search goes on, and with what. At least one of `evaluations` and `cost` is a number. */
export interface SimulationOptions {
  /** Of the search and of the runs' luck; the two draw from different streams. */
  readonly seed: number;
  /** Runs at most; null: as the cost allows. */
  readonly evaluations: number | null;
  /** What may be spent, in the unit of the runs' costs; null: as the number of runs allows. */
  readonly cost: number | null;
  /** Runs at a time; at least 1. */
  readonly parallel: number;
  /** What one run may cost at most; null: all that is left. */
  readonly maximumCost: number | null;
  /** The strategy's; checked by its schema before. */
  readonly settings: unknown;
}

/** One run of a simulated search. Plain JSON. */
export interface SimulatedTrial {
  readonly id: string;
  readonly kind: SuggestionKind;
  /** As the strategy asked. */
  readonly values: SearchValues;
  /** `cutShort`: the budget ended before it did; nothing was told of it. */
  readonly status: "finished" | "diverged" | "cutShort";
  /** What was told; null unless finished. */
  readonly loss: number | null;
  /** Without noise. */
  readonly trueLoss: number | null;
  readonly cost: number;
  /** In units of cost: a run takes as long as it costs. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** Index of the nearest recorded design, and how far off it is. */
  readonly design: number;
  readonly distance: number;
}

/** A search from beginning to end. Plain JSON. */
export interface Simulation {
  readonly strategy: string;
  readonly seed: number;
  /** In the order in which they ended. */
  readonly trials: readonly SimulatedTrial[];
  readonly spent: number;
  /** Simulated time from the first start to the last end. */
  readonly duration: number;
  /** `searcher`: it had nothing more to ask for, or nothing that what was left could pay for. */
  readonly endedBy: "evaluations" | "cost" | "searcher";
}

interface RunningTrial {
  /** Of its suggestion. */
  readonly index: number;
  readonly suggestion: SearchSuggestion;
  readonly place: RecordedPlace;
  readonly startedAt: number;
  readonly endedAt: number;
}

/**
 * A search on a recorded problem, run by run: each step carries out one. Time is simulated, a run takes what it costs, and with several at
 * a time a strategy sees those that have ended by then and those that still run. Trials are told under the values that were asked for.
 * A run that costs more than what is left ends the search and tells nothing.
 */
export function* simulationSteps(
  searcher: Searcher,
  problem: RecordedProblem,
  options: SimulationOptions,
): Generator<SimulatedTrial, Simulation, undefined> {
  const { seed, evaluations, cost: budget, parallel } = options;
  const told: SearchTrial[] = [];
  const running: RunningTrial[] = [];
  const ended: SimulatedTrial[] = [];
  const visits = new Map<string, number>();
  const cheapest = problem.designs.reduce((least, { cost }) => Math.min(least, cost), Infinity);
  let now = 0;
  let committed = 0;
  let spent = 0;
  let endedBy: Simulation["endedBy"] | null = null;

  const left = (): number => (budget === null ? Infinity : budget - committed);
  const end = (
    { suggestion, place, startedAt, endedAt }: RunningTrial,
    result: Pick<SimulatedTrial, "status" | "loss" | "cost">,
  ): SimulatedTrial => {
    const trial: SimulatedTrial = {
      id: suggestion.id,
      kind: suggestion.kind,
      values: suggestion.values,
      ...result,
      trueLoss: place.loss,
      startedAt,
      endedAt,
      design: place.design,
      distance: place.distance,
    };
    spent += result.cost;
    ended.push(trial);
    return trial;
  };

  for (;;) {
    while (endedBy === null && running.length < parallel) {
      const room = Math.min(parallel - running.length, (evaluations ?? Infinity) - told.length);
      if (room <= 0) endedBy = "evaluations";
      else if (left() < cheapest * (1 - 1e-12)) endedBy = "cost";
      if (endedBy !== null) break;
      const cap = Math.min(options.maximumCost ?? Infinity, left());
      const task: SearchTask = {
        space: problem.space,
        seed,
        settings: options.settings,
        maximumCost: Number.isFinite(cap) ? cap : null,
        knownCost: problem.knownCost,
        context: {},
      };
      const suggestions = suggestWithin(searcher, task, told, room);
      if (suggestions.length === 0) {
        // With runs outstanding it may ask again once they have ended.
        if (running.length === 0) endedBy = "searcher";
        break;
      }
      for (const suggestion of suggestions) {
        const place = problem.locate(suggestion.values);
        const { cost } = place;
        if (cost > left() * (1 + 1e-12)) {
          const rest = Math.max(0, left());
          committed += rest;
          endedBy = "cost";
          yield end(
            { index: told.length, suggestion, place, startedAt: now, endedAt: now + rest },
            { status: "cutShort", loss: null, cost: rest },
          );
          break;
        }
        committed += cost;
        running.push({ index: told.length, suggestion, place, startedAt: now, endedAt: now + cost });
        const { id, values, kind } = suggestion;
        told.push({ id, values, kind, status: "outstanding", loss: null, cost: null });
      }
    }
    const next = running.reduce<RunningTrial | null>(
      (first, trial) => (first === null || trial.endedAt < first.endedAt ? trial : first),
      null,
    );
    if (next === null) break;
    running.splice(running.indexOf(next), 1);
    now = next.endedAt;
    const { place, index, suggestion } = next;
    const visit = visits.get(place.key) ?? 0;
    visits.set(place.key, visit + 1);
    const loss = problem.draw(place, seed, visit);
    const status = loss === null ? "diverged" : "finished";
    const { id, values, kind } = suggestion;
    told[index] = { id, values, kind, status, loss, cost: place.cost };
    yield end(next, { status, loss, cost: place.cost });
  }
  const duration = ended.reduce((latest, { endedAt }) => Math.max(latest, endedAt), 0);
  return { strategy: searcher.id, seed, trials: ended, spent, duration, endedBy: endedBy ?? "searcher" };
}

/** What a strategy asks for; nothing where it finds nothing that what is left could pay for. */
function suggestWithin(searcher: Searcher, task: SearchTask, told: readonly SearchTrial[], room: number): readonly SearchSuggestion[] {
  try {
    return searcher.suggest(task, [...told], room).slice(0, room);
  } catch (error) {
    // At the very beginning it is the cap that is wrong, and the caller should know.
    if (told.length > 0 && error instanceof LadderError && error.code === "NOTHING_WITHIN_CAP") return [];
    throw error;
  }
}

/** The same in one go. */
export function simulate(searcher: Searcher, problem: RecordedProblem, options: SimulationOptions): Simulation {
  const steps = simulationSteps(searcher, problem, options);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
