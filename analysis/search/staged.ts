import { z } from "zod";
import { contentHash } from "../study/content-hash.ts";
import { type ScaleAxis, scaleAxes } from "../study/scale.ts";
import { adaptiveStateSchema, observeTrial } from "./adaptive.ts";
import { defineStrategy, type PlannedStage, type SearchProblem, type SearchStrategy, type Suggestion } from "./contract.ts";
import { type Place, placeKey, type Readings } from "./places.ts";
import { plainExplanation } from "./searchers/carbs/explanation.ts";
import type { SearchTrial } from "./searchers/contract.ts";
import { hashTrials } from "./searchers/model-free-suggestion.ts";
import type { SearchValues } from "./space/search-space.ts";

/** A place with the reason for which it is asked for, in one clause. */
export interface WantedPlace {
  readonly place: Place;
  readonly words: string;
}

/** A strategy that goes from stage to stage, as its file writes it. */
export interface StagedDefinition {
  readonly id: string;
  readonly summary: string;
  readonly source: string;
  /** Of `strategy.settings`. */
  readonly settingsSchema: z.ZodType;
  /**
   * Every place that what is known asks for, those that were asked for included, in the order of the stages. A place may stand there
   * twice. It is asked for with every seed of the study.
   *
   * @throws LadderError `input` for a study that it cannot search
   */
  wanted(problem: SearchProblem, readings: Readings): readonly WantedPlace[];
  /** What it will ask for, by stage, before anything is known. */
  stages(problem: SearchProblem): readonly PlannedStage[];
}

/**
 * A strategy whose next stage is a function of the results of those before. A trial is known by the hash of its place and seed, so that what is
 * asked for depends neither on the order of results nor on how many are asked for at a time.
 */
export function staged(definition: StagedDefinition): SearchStrategy {
  const { id, summary, source } = definition;
  return defineStrategy({
    id,
    summary,
    source,
    settingsSchema: z.strictObject({ name: z.literal(id), settings: definition.settingsSchema.optional() }),
    sweepsSpace: true,
    asksWhileRunning: true,
    readsGrids: true,
    stages: (problem) => definition.stages(problem),
    stateSchema: adaptiveStateSchema,
    start: () => ({ trials: [] }),
    suggest(problem, { trials }, _random, count) {
      const seedCount = problem.seedCount ?? 1;
      const identify = identifier(id);
      const known = new Map<string, SearchTrial>(trials.map((trial) => [trial.id, trial]));
      const trialsHash = hashTrials(trials);
      const suggestions: Suggestion[] = [];
      const asked: SearchTrial[] = [];
      for (const { place, words } of definition.wanted(problem, readingsOf(identify, known, seedCount)))
        for (let repeats = 0; repeats < seedCount; repeats += 1) {
          const trialId = identify(place, repeats);
          if (suggestions.length >= count || known.has(trialId)) continue;
          const values = valuesOf(problem, place);
          const trial: SearchTrial = { id: trialId, values, kind: "enumerated", status: "outstanding", loss: null, cost: null };
          known.set(trialId, trial);
          asked.push(trial);
          suggestions.push({
            id: trialId,
            ...place,
            repeats,
            reason: { kind: "enumerated", explanation: plainExplanation(trialsHash, words) },
          });
        }
      return { suggestions, state: { trials: [...trials, ...asked].map((trial) => ({ ...trial, values: { ...trial.values } })) } };
    },
    observe: observeTrial,
  });
}

type Identify = (place: Place, repeats: number) => string;

/** Ids of trials: of one question each is hashed once. */
function identifier(strategy: string): Identify {
  const hashes = new Map<string, string>();
  return (place, repeats) => {
    const key = placeKey(place);
    const hash = hashes.get(key) ?? contentHash([strategy, key]).slice(0, 16);
    hashes.set(key, hash);
    return `${hash}-${repeats}`;
  };
}

function readingsOf(identify: Identify, known: ReadonlyMap<string, SearchTrial>, seedCount: number): Readings {
  return (place) =>
    Array.from({ length: seedCount }, (_, seedIndex) => ({ seedIndex, trial: known.get(identify(place, seedIndex)) })).flatMap(
      ({ seedIndex, trial }) => (trial === undefined ? [] : [{ seedIndex, status: trial.status, loss: trial.loss }]),
    );
}

/** A place as its trial keeps it: what the space sweeps, and of parametrizations and scales what the study has several of. */
function valuesOf({ space, spaceFor, parametrizations, scales }: SearchProblem, place: Place): SearchValues {
  const swept = new Set([...Object.keys(space), ...Object.keys(spaceFor[place.parametrization] ?? {})]);
  const varies = (axis: ScaleAxis): boolean => new Set(scales.map((scale) => scale[axis])).size > 1;
  return {
    ...Object.fromEntries(Object.entries(place.hyperparameters).filter(([name]) => swept.has(name))),
    ...(parametrizations.length > 1 ? { parametrization: place.parametrization } : {}),
    ...Object.fromEntries(scaleAxes.filter(varies).map((axis) => [axis, place.scale[axis]])),
  };
}
