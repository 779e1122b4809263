import { z } from "zod";
import { contentHash } from "../study/content-hash.ts";
import { LadderError } from "../study/ladder-error.ts";
import { describeScale, type Scale, scaleAxes } from "../study/scale.ts";
import { adaptive, adaptiveStateSchema, observeTrial, placeOf } from "./adaptive.ts";
import { defineStrategy, type SearchProblem, type Suggestion } from "./contract.ts";
import { outcomeOf, type Place, placeKey, type Reading } from "./places.ts";
import { plainExplanation } from "./searchers/carbs/explanation.ts";
import { carbs } from "./searchers/carbs.ts";
import type { Searcher, SearchTrial } from "./searchers/contract.ts";
import { hashTrials } from "./searchers/model-free-suggestion.ts";
import { random } from "./searchers/random.ts";
import { sobol } from "./searchers/sobol.ts";

const id = "proxy-then-middle";
const searches = { random, sobol, carbs } as const satisfies Readonly<Record<string, Searcher>>;

const settingsSchema = z.strictObject({
  /** How the proxy is searched. */
  search: z.enum(["random", "sobol", "carbs"]).default("random"),
  /** How many of the proxy's best are trained at the middle scale. */
  top: z.int().positive().default(3),
});

/** Scales by their part: the cheapest is searched, the next one chooses, the last, where there are three, is trained with the choice. */
interface Scales {
  readonly proxy: Scale;
  readonly middle: Scale;
  readonly target: Scale | null;
}

/**
 * The protocol of Tensor Programs V: a search at a proxy, its best once more at a middle scale, whose best is carried to the target without
 * a further look. At the proxy each suggestion has one seed, as its search asks; above it every place has all seeds of the study.
 */
export const proxyThenMiddle = defineStrategy({
  id,
  summary: "a search at the smallest scale, its best again at a middle one, and the best of these at the target",
  source: "Yang et al. 2022, Tensor Programs V (arXiv:2203.03466), its protocol for GPT-3 and BERT",
  settingsSchema: z.strictObject({
    name: z.literal(id),
    runs: z.int().positive(),
    seed: z.int().nonnegative().optional(),
    settings: settingsSchema.optional(),
  }),
  sweepsSpace: true,
  asksWhileRunning: true,
  stateSchema: adaptiveStateSchema,
  stages(problem) {
    const { search, top } = settingsOf(problem);
    const { proxy, middle, target } = scalesOf(problem);
    const seedCount = problem.seedCount ?? 1;
    const at = (scale: Scale): string => describeScale(scale, scale === proxy ? middle : proxy);
    const runs = problem.settings.runs ?? 0;
    return [
      { words: `${search} search at ${at(proxy)}`, runs, isExact: true, isListed: search !== "carbs" },
      { words: `its best ${top} at ${at(middle)}`, runs: Math.min(top, runs) * seedCount, isExact: false },
      ...(target === null ? [] : [{ words: `the best of these at ${at(target)}`, runs: seedCount, isExact: false }]),
    ];
  },
  start: () => ({ trials: [] }),
  suggest(problem, { trials }, stream, count) {
    const state = { trials: trials.map((trial) => ({ ...trial, values: { ...trial.values } })) };
    const { search } = settingsOf(problem);
    const { proxy } = scalesOf(problem);
    const proxies = trials.filter((trial) => stageOf(trial) === null);
    const { seed, runs } = problem.settings;
    const asked = adaptive(searches[search]).suggest(
      { ...problem, scales: [proxy], settings: { name: search, runs, ...(seed === undefined ? {} : { seed }) } },
      { trials: proxies },
      stream,
      count,
    );
    if (asked.suggestions.length > 0) {
      const after = adaptiveStateSchema.parse(asked.state).trials.slice(proxies.length);
      return { suggestions: asked.suggestions, state: { trials: [...state.trials, ...after] } };
    }
    const found = carriedPlaces(problem, trials, proxies)
      .filter(({ id: trialId }) => trials.every((trial) => trial.id !== trialId))
      .slice(0, Math.max(0, count));
    const trialsHash = hashTrials(trials);
    return {
      suggestions: found.map(
        ({ id: trialId, place, repeats, words }): Suggestion => ({
          ...{ id: trialId, ...place, repeats },
          reason: { kind: "enumerated", explanation: plainExplanation(trialsHash, words) },
        }),
      ),
      state: {
        trials: [
          ...state.trials,
          ...found.map(({ id: trialId, values }) => ({
            ...{ id: trialId, values: { ...values }, kind: "enumerated" as const, status: "outstanding" as const },
            ...{ loss: null, cost: null },
          })),
        ],
      },
    };
  },
  observe: observeTrial,
});

function settingsOf({ settings }: Pick<SearchProblem, "settings">): z.infer<typeof settingsSchema> {
  return settingsSchema.parse(settings.settings ?? {});
}

/** @throws LadderError `input` SCALES_COUNT unless the study has two or three scales, SCALE_SEARCHED where space has an axis of scale */
function scalesOf({ space, scales, parametrizations, trainingFlops }: SearchProblem): Scales {
  const searched = scaleAxes.find((axis) => axis in space);
  if (searched !== undefined)
    throw new LadderError("input", "SCALE_SEARCHED", `strategy ${id} goes over the scales itself, so ${searched} cannot be searched`, {
      fields: { axis: searched },
      hint: `write its values in scales.${searched}`,
    });
  const cost = (scale: Scale): number => trainingFlops(parametrizations[0] ?? "", scale);
  const [proxy, middle, target = null, ...more] = [...scales].sort((left, right) => cost(left) - cost(right));
  if (proxy !== undefined && middle !== undefined && more.length === 0) return { proxy, middle, target };
  throw new LadderError("input", "SCALES_COUNT", `strategy ${id} goes over two or three scales, but the study has ${scales.length}`, {
    fields: { scales: scales.length },
    hint: "write a proxy, a middle one and, where it shall be trained too, the target: scales: { width: [32, 64, 256], … }",
  });
}

interface CarriedTrial {
  readonly id: string;
  readonly place: Place;
  readonly repeats: number;
  readonly values: SearchTrial["values"];
  readonly words: string;
}

/** Everything that is carried up from what is known, whether it was asked for or not. Each stage waits until the one before has settled. */
function carriedPlaces(problem: SearchProblem, trials: readonly SearchTrial[], proxies: readonly SearchTrial[]): readonly CarriedTrial[] {
  const { proxy, middle, target } = scalesOf(problem);
  const { top } = settingsOf(problem);
  const seedCount = problem.seedCount ?? 1;
  const carry = (stage: Stage, values: SearchTrial["values"], scale: Scale, words: string): readonly CarriedTrial[] => {
    const place = { ...placeOf(problem, values), scale };
    const hash = contentHash([id, stage, placeKey(place)]).slice(0, 16);
    const own = { place, values: { ...values, scale: describeScale(scale, proxy) }, words };
    return Array.from({ length: seedCount }, (_, repeats) => ({ ...own, id: `${stage}-${hash}-${repeats}`, repeats }));
  };
  const ranked = rank(
    groups(proxies, ({ values }) => JSON.stringify(Object.entries(values).sort(([left], [right]) => (left < right ? -1 : 1)))),
  );
  if (ranked === null) return [];
  const chosen = ranked
    .slice(0, top)
    .map(({ values }, index) =>
      carry("middle", values, middle, `place ${index + 1} of the proxy's ranking, at ${describeScale(middle, proxy)}`),
    );
  const seen = new Map(trials.map((trial) => [trial.id, trial]));
  const middles = chosen.map((seeds, index) => ({
    values: ranked[index]?.values ?? {},
    trials: seeds.flatMap((wanted) => seen.get(wanted.id) ?? []),
  }));
  const isComplete = middles.every((group) => group.trials.length === seedCount);
  const [best] = (isComplete ? rank(middles) : null) ?? [];
  if (target === null || best === undefined) return chosen.flat();
  return [
    ...chosen.flat(),
    ...carry("target", best.values, target, `the best of ${describeScale(middle, proxy)}, at ${describeScale(target, proxy)}`),
  ];
}

type Stage = "middle" | "target";

/** The stage that a trial was carried to; null for one of the proxy's search. */
function stageOf({ id: trialId }: SearchTrial): Stage | null {
  return trialId.startsWith("middle-") ? "middle" : trialId.startsWith("target-") ? "target" : null;
}

interface Group {
  readonly values: SearchTrial["values"];
  readonly trials: readonly SearchTrial[];
}

function groups(trials: readonly SearchTrial[], keyOf: (trial: SearchTrial) => string): readonly Group[] {
  const found = new Map<string, SearchTrial[]>();
  for (const trial of trials) found.set(keyOf(trial), [...(found.get(keyOf(trial)) ?? []), trial]);
  return [...found.values()].map((members) => ({ values: members[0]?.values ?? {}, trials: members }));
}

/** Groups by rising mean loss, without those where a seed diverged or none has a loss; null while results are awaited. */
function rank(candidates: readonly Group[]): readonly Group[] | null {
  const outcomes = candidates.map((group) => {
    const readings = group.trials.map(({ status, loss }, seedIndex): Reading => ({ seedIndex, status, loss }));
    return { group, outcome: outcomeOf(readings, readings.length) };
  });
  if (outcomes.some(({ outcome }) => outcome.state === "waiting")) return null;
  return outcomes
    .flatMap(({ group, outcome }) => (outcome.state === "measured" ? [{ group, mean: outcome.mean }] : []))
    .sort((left, right) => left.mean - right.mean)
    .map(({ group }) => group);
}
