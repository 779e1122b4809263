import { z } from "zod";
import { exp2 } from "../numerics/elementary.ts";
import { LadderError } from "../study/ladder-error.ts";
import { type Scale, type ScaleAxis, scaleAxes } from "../study/scale.ts";
import type { HyperparameterAxis, SearchRange } from "../study/study-spec.ts";
import { defineStrategy, type Observation, type SearchProblem, type SearchStrategy, type Suggestion } from "./contract.ts";
import { completeScale } from "./list.ts";
import type { Searcher, SearchTask, SearchTrial } from "./searchers/contract.ts";
import { type SearchParameter, type SearchSpace, type SearchValues, searchSpaceSchema, searchValueSchema } from "./space/search-space.ts";

const trialSchema = z.strictObject({
  id: z.string(),
  values: z.record(z.string(), searchValueSchema),
  kind: z.enum(["initial", "explore", "replicate", "costFrontier", "global", "fallback", "enumerated"]),
  status: z.enum(["outstanding", "finished", "diverged", "outOfMemory", "failed", "lost"]),
  loss: z.number().nullable(),
  cost: z.number().nullable(),
});
/** State of a strategy that searches: everything it has asked for, in that order, with what came of it. */
export const adaptiveStateSchema = z.strictObject({ trials: z.array(trialSchema) });
type AdaptiveState = z.infer<typeof adaptiveStateSchema>;

/** Name of the parameter that chooses between parametrizations, where there are several. */
const parametrizationParameter = "parametrization";

/** Settings that every strategy has which searches. */
const ownSettings = {
  runs: z.int().positive(),
  seed: z.int().nonnegative().optional(),
  maximumTrainingFlops: z.number().positive().optional(),
} as const;

/**
 * A searcher as a strategy of a study: axes of `space` may be hyperparameters or axes of scale, several parametrizations are a choice, and
 * cost is the training FLOPs of a run, which are known exactly beforehand.
 */
export function adaptive(searcher: Searcher): SearchStrategy {
  return defineStrategy({
    id: searcher.id,
    summary: searcher.summary,
    source: searcher.source,
    settingsSchema: z.strictObject({ name: z.literal(searcher.id), ...ownSettings, settings: searcher.settingsSchema.optional() }),
    sweepsSpace: true,
    asksWhileRunning: true,
    stateSchema: adaptiveStateSchema,
    start: () => ({ trials: [] }),
    suggest(problem, { trials }, _random, count) {
      const left = (problem.settings.runs ?? 0) - trials.length;
      if (left <= 0 || count <= 0) return { suggestions: [], state: { trials } };
      const task = searchTask(problem, searcher);
      const found = searcher.suggest(task, trials, Math.min(left, count));
      const asked = found.map(({ id, values, kind }): SearchTrial => ({ id, values, kind, status: "outstanding", loss: null, cost: null }));
      return {
        suggestions: found.map(({ id, values, kind, explanation }, index): Suggestion => {
          const place = placeOf(problem, values);
          const earlier = [...trials, ...asked.slice(0, index)].filter((trial) => sameValues(trial.values, values)).length;
          return { id, ...place, repeats: earlier, reason: { kind, explanation } };
        }),
        state: { trials: [...trials, ...asked].map((trial) => ({ ...trial, values: { ...trial.values } })) },
      };
    },
    observe: observeTrial,
  });
}

/** Notes what came of a trial. A result is kept whatever is heard of it later; a loss of contact may be followed by anything. */
export function observeTrial({ trials }: AdaptiveState, { suggestionId, outcome, loss, cost }: Observation): AdaptiveState {
  return {
    trials: trials.map((trial) => {
      const isOpen = trial.status === "outstanding" || trial.status === "lost";
      return trial.id === suggestionId && isOpen ? { ...trial, status: outcome, loss: outcome === "finished" ? loss : null, cost } : trial;
    }),
  };
}

/** What a searcher is asked, of a study. @throws LadderError `input` SPACE_EMPTY */
export function searchTask(problem: SearchProblem, searcher: Pick<Searcher, "settingsSchema">): SearchTask {
  const { settings } = problem;
  return {
    space: searchSpace(problem),
    seed: settings.seed ?? 0,
    settings: searcher.settingsSchema.parse(settings.settings ?? {}),
    maximumCost: settings.maximumTrainingFlops ?? null,
    knownCost: (values) => {
      const { parametrization, scale } = placeOf(problem, values);
      return problem.trainingFlops(parametrization, scale);
    },
    context: {},
  };
}

function searchSpace({ parametrizations, space }: SearchProblem): SearchSpace {
  const parameters = Object.entries(space).map(([name, axis]) => parameterOf(name, axis));
  if (parametrizations.length > 1)
    parameters.push({ kind: "choice", name: parametrizationParameter, values: [...parametrizations], ordered: false });
  if (parameters.length === 0) throw new LadderError("input", "SPACE_EMPTY", "there is nothing to search: space has no axis");
  return searchSpaceSchema.parse({ parameters });
}

function parameterOf(name: string, axis: HyperparameterAxis): SearchParameter {
  if ("values" in axis) return { kind: "choice", name, values: [...axis.values], ordered: true };
  const [scale, range] =
    "log2" in axis
      ? (["log", { from: exp2(axis.log2.from), to: exp2(axis.log2.to) }] as const)
      : "log" in axis
        ? (["log", axis.log] as const)
        : "linear" in axis
          ? (["linear", axis.linear] as const)
          : (["logit", axis.logit] as const);
  const isScale = scaleAxes.some((known) => known === name);
  const { integer = isScale, special = [], ...rest }: Partial<SearchRange> & Pick<SearchRange, "from" | "to"> = range;
  return { kind: "numeric", name, scale, integer, special: [...special], ...rest };
}

/** What a run is given for the values of a search; axes of scale that are not searched are the largest of the study's. */
export function placeOf(problem: SearchProblem, values: SearchValues): Omit<Suggestion, "id"> {
  const [first = ""] = problem.parametrizations;
  const chosen = values[parametrizationParameter];
  const searched: { [Axis in ScaleAxis]?: number } = {};
  const hyperparameters: Record<string, number> = { ...problem.fixed };
  for (const [name, value] of Object.entries(values)) {
    if (typeof value !== "number") continue;
    const axis = scaleAxes.find((known) => known === name);
    if (axis === undefined) hyperparameters[name] = value;
    else searched[axis] = value;
  }
  const scale: Scale = completeScale(searched, problem.scales);
  return { parametrization: typeof chosen === "string" ? chosen : first, scale, hyperparameters };
}

function sameValues(left: SearchValues, right: SearchValues): boolean {
  const names = Object.keys(left);
  return names.length === Object.keys(right).length && names.every((name) => left[name] === right[name]);
}
