import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import type { Observation, SearchProblem, SearchStrategy, Suggestion } from "../../../analysis/search/contract.ts";
import { findSearchStrategy, searchStrategies } from "../../../analysis/search/index.ts";
import { LadderError } from "../../../analysis/study/ladder-error.ts";
import { axisEnds } from "../../../analysis/search/axis.ts";

const scaleOf = (width: number) => ({ width, depth: 2, headDimension: 8, batchSizeTokens: 256, tokenHorizon: 51_200 });
const common = {
  parametrizations: ["sp", "mup"],
  scales: [16, 32, 64].map(scaleOf),
  fixed: { weightDecay: 0.1 },
  spaceFor: {},
  trainingFlops: (_parametrization: string, { width, tokenHorizon }: Suggestion["scale"]) => 6 * 24 * width * width * tokenHorizon,
};

/** One for strategies that search: a hyperparameter and an axis of scale, under a cap that the widest model exceeds. */
const searched = (name: string): SearchProblem => ({
  ...common,
  scales: [scaleOf(16)],
  space: {
    learningRate: { log: { from: 2 ** -9, to: 2 ** -3, center: 2 ** -6 } },
    width: { log: { from: 16, to: 128, multipleOf: 8 } },
  },
  settings: { name, runs: 24, seed: 3, maximumTrainingFlops: 6 * 24 * 96 * 96 * 51_200 },
});

/** A problem for every strategy that reads grids or goes in stages. To add one, add one here. */
const problems: Readonly<Record<string, SearchProblem>> = {
  grid: {
    ...common,
    space: { learningRate: { log2: { from: -6, to: -3, step: 1 } }, initStd: { values: [0.5, 1] } },
    spaceFor: { sp: { learningRate: { log2: { from: -9, to: -3, step: 1 } } } },
    settings: { name: "grid" },
  },
  independent: {
    ...common,
    scales: [scaleOf(16)],
    seedCount: 2,
    space: {
      learningRate: { log2: { from: -6, to: -3, step: 1 } },
      initStd: { values: [0.5, 1, 2] },
      outputMultiplier: { values: [0.5, 2] },
    },
    spaceFor: { sp: { learningRate: { log2: { from: -9, to: -3, step: 1 } } } },
    settings: { name: "independent", settings: { interactionPoints: 2 } },
  },
  "proxy-then-middle": {
    ...common,
    seedCount: 2,
    space: { learningRate: { log: { from: 2 ** -9, to: 2 ** -3, center: 2 ** -6 } }, initStd: { values: [0.5, 1, 2] } },
    settings: { name: "proxy-then-middle", runs: 10, seed: 3, settings: { search: "sobol", top: 2 } },
  },
  "range-test": { ...common, space: {}, settings: { name: "range-test" } },
  untuned: { ...common, scales: [16, 32, 64, 128, 256, 512].map(scaleOf), space: {}, settings: { name: "untuned" } },
  list: {
    ...common,
    space: {},
    settings: {
      name: "list",
      trials: Array.from({ length: 12 }, (_, index) => ({
        parametrization: index % 2 === 0 ? "mup" : "sp",
        hyperparameters: { learningRate: (index + 1) / 100 },
        scale: { width: 256 },
      })),
    },
  },
};

/** A loss that depends on nothing but the suggestion, so that any two histories agree on it. */
function outcomeOf(suggestion: Suggestion, outcome: Observation["outcome"]): Observation {
  const loss =
    outcome === "finished"
      ? Object.values(suggestion.hyperparameters).reduce((sum, value) => sum + value, suggestion.scale.width / 1000)
      : null;
  return { suggestionId: suggestion.id, outcome, loss, cost: outcome === "finished" ? 1 : null };
}

/** Runs a strategy to its end: asks for `batches` in turn, answers each batch in the order that `order` gives. */
function play(
  strategy: SearchStrategy,
  problem: SearchProblem,
  options: {
    readonly batches: readonly number[];
    readonly outcomes: readonly Observation["outcome"][];
    readonly shuffleSeed: number;
    readonly saveAlways: boolean;
  },
): readonly Suggestion[] {
  const keep = (state: unknown): unknown => (options.saveAlways ? JSON.parse(JSON.stringify(state)) : state);
  const shuffle = randomStream(options.shuffleSeed, "shuffle");
  let state = keep(strategy.start(problem));
  const all: Suggestion[] = [];
  for (let round = 0; round < 1000; round += 1) {
    const asked = strategy.suggest(
      problem,
      state,
      randomStream(7, "strategy", round),
      options.batches[round % options.batches.length] ?? 1,
    );
    state = keep(asked.state);
    if (asked.suggestions.length === 0) return all;
    const observations = asked.suggestions
      .map((suggestion, index) => outcomeOf(suggestion, options.outcomes[(all.length + index) % options.outcomes.length] ?? "finished"))
      .map((observation) => ({ observation, place: shuffle.uniform() }))
      .sort((left, right) => left.place - right.place);
    for (const { observation } of observations) state = keep(strategy.observe(state, observation));
    all.push(...asked.suggestions);
  }
  throw new Error("the strategy did not come to an end");
}

for (const strategy of searchStrategies)
  describe(`strategy ${strategy.id}`, () => {
    const problem = strategy.readsGrids ? problems[strategy.id] : (problems[strategy.id] ?? searched(strategy.id));
    if (problem === undefined) throw new Error(`write a problem for strategy ${strategy.id}`);
    const reference = play(strategy, problem, { batches: [3], outcomes: ["finished"], shuffleSeed: 0, saveAlways: false });

    test("says what it is and where it comes from", () => {
      expect(strategy.summary.length).toBeGreaterThan(10);
      expect(strategy.source.length).toBeGreaterThan(5);
      expect(strategy.settingsSchema.safeParse(problem.settings).success).toBe(true);
      expect(strategy.settingsSchema.safeParse({ ...problem.settings, surprise: 1 }).success).toBe(false);
    });

    test("same seed and observations, same suggestions; saving and restoring at every step changes nothing", () => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 9 }), fc.integer(), (batch, shuffleSeed) => {
          const options = { batches: [batch], outcomes: ["finished"] as const, shuffleSeed };
          const first = play(strategy, problem, { ...options, saveAlways: false });
          if (problem.settings.runs !== undefined && strategy.stages === null) expect(first).toHaveLength(problem.settings.runs);
          expect(play(strategy, problem, { ...options, saveAlways: false })).toEqual(first);
          expect(play(strategy, problem, { ...options, saveAlways: true })).toEqual(first);
        }),
        { seed: 11, numRuns: 6 },
      );
    });

    test("survives diverged, failed, lost, foreign and out-of-order observations", () => {
      fc.assert(
        fc.property(
          fc.array(fc.constantFrom<Observation["outcome"][]>("finished", "diverged", "failed", "lost"), { minLength: 1, maxLength: 5 }),
          fc.integer(),
          (outcomes, shuffleSeed) => {
            const seen = play(strategy, problem, { batches: [4, 1, 7], outcomes, shuffleSeed, saveAlways: true });
            expect(new Set(seen.map((suggestion) => suggestion.id)).size).toBe(seen.length);
            expect(seen.length).toBeGreaterThan(0);
          },
        ),
        { seed: 12, numRuns: 8 },
      );
      const state = strategy.start(problem);
      const foreign = strategy.observe(state, { suggestionId: "never suggested", outcome: "finished", loss: 1, cost: 1 });
      const next = (from: unknown): readonly Suggestion[] => strategy.suggest(problem, from, randomStream(7), 5).suggestions;
      expect(next(foreign)).toEqual(next(state));
    });

    test("stays in bounds and keeps what is fixed", () => {
      for (const suggestion of reference) {
        expect(problem.parametrizations).toContain(suggestion.parametrization);
        expect(suggestion.hyperparameters["weightDecay"]).toBe(0.1);
        if (!strategy.sweepsSpace) continue;
        if (strategy.readsGrids) expect(problem.scales).toContainEqual(suggestion.scale);
        for (const [name, axis] of Object.entries({ ...problem.space, ...problem.spaceFor[suggestion.parametrization] })) {
          const { from, to } = axisEnds(axis);
          const value = suggestion.hyperparameters[name] ?? (name === "width" ? suggestion.scale.width : Number.NaN);
          expect(value).toBeGreaterThanOrEqual(from);
          expect(value).toBeLessThanOrEqual(to);
        }
        const most = problem.settings.maximumTrainingFlops ?? Infinity;
        expect(problem.trainingFlops(suggestion.parametrization, suggestion.scale)).toBeLessThanOrEqual(most);
      }
    });

    test("state is plain JSON, and a state of another shape is refused", () => {
      const state = strategy.start(problem);
      expect(JSON.parse(JSON.stringify(state))).toEqual(state);
      expect(() => strategy.suggest(problem, { nonsense: true }, randomStream(1), 1)).toThrow(LadderError);
    });
  });

test("a grid asks for every combination once: parametrization, then scale, then hyperparameters", () => {
  const problem = problems["grid"];
  if (problem === undefined) throw new Error("no grid problem");
  const strategy = findSearchStrategy("grid");
  const { suggestions } = strategy.suggest(problem, strategy.start(problem), randomStream(0), Number.MAX_SAFE_INTEGER);
  // sp has seven learning rates of its own, mup the four of the common space; both times three widths, two deviations.
  expect(suggestions).toHaveLength(7 * 2 * 3 + 4 * 2 * 3);
  expect(
    suggestions
      .slice(0, 3)
      .map(({ parametrization, scale, hyperparameters }) => [
        parametrization,
        scale.width,
        hyperparameters["learningRate"],
        hyperparameters["initStd"],
      ]),
  ).toEqual([
    ["sp", 16, 2 ** -9, 0.5],
    ["sp", 16, 2 ** -9, 1],
    ["sp", 16, 2 ** -8, 0.5],
  ]);
});

test("an unknown strategy is an input error that lists the known ones", () => {
  expect(() => findSearchStrategy("gird")).toThrow(/known: grid, independent, list, proxy-then-middle, range-test, untuned/);
});
