import { describe, expect, test } from "vitest";
import { log2 } from "../../../analysis/numerics/elementary.ts";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import type { Observation, SearchProblem, Suggestion } from "../../../analysis/search/contract.ts";
import { independent } from "../../../analysis/search/independent.ts";
import { LadderError } from "../../../analysis/study/ladder-error.ts";

const scale = { width: 32, depth: 2, headDimension: 8, batchSizeTokens: 256, tokenHorizon: 51_200 };
const problem: SearchProblem = {
  parametrizations: ["u-mup"],
  scales: [scale],
  space: {
    learningRate: { log2: { from: -3, to: 1, step: 1 } },
    residualMultiplier: { log2: { from: -2, to: 2, step: 1 } },
    outputMultiplier: { values: [0.25, 0.5, 2] },
  },
  spaceFor: {},
  fixed: { weightDecay: 0.1 },
  settings: { name: "independent" },
  seedCount: 2,
  trainingFlops: () => 1,
};

/** Lowest at learning rate 1/2, residual multiplier 2 and output multiplier 1/2; without interactions. */
function lossOf({ hyperparameters, repeats = 0 }: Suggestion): number {
  const from = (name: string, best: number): number => log2((hyperparameters[name] ?? Number.NaN) / best);
  return (
    2 +
    from("learningRate", 0.5) ** 2 +
    0.1 * from("residualMultiplier", 2) ** 2 +
    0.1 * from("outputMultiplier", 0.5) ** 2 +
    repeats / 1000
  );
}

type Judge = (suggestion: Suggestion) => Observation["outcome"];

/** Asks until nothing is left to ask for, `count` at a time, and answers in the order that the seed gives. */
function search(
  asked: SearchProblem,
  count: number,
  options: { readonly judge?: Judge; readonly shuffleSeed?: number } = {},
): readonly Suggestion[] {
  const shuffle = randomStream(options.shuffleSeed ?? 0, "shuffle");
  let state = independent.start(asked);
  const all: Suggestion[] = [];
  for (;;) {
    const { suggestions, state: after } = independent.suggest(asked, state, randomStream(0), count);
    if (suggestions.length === 0) return all;
    all.push(...suggestions);
    state = after;
    const order = suggestions.map((suggestion) => ({ suggestion, place: shuffle.uniform() })).sort((a, b) => a.place - b.place);
    for (const { suggestion } of order) {
      const outcome = options.judge?.(suggestion) ?? "finished";
      const loss = outcome === "finished" ? lossOf(suggestion) : null;
      state = independent.observe(state, { suggestionId: suggestion.id, outcome, loss, cost: 1 });
    }
  }
}

const placeOf = ({ hyperparameters }: Suggestion): readonly (number | undefined)[] => [
  hyperparameters["learningRate"],
  hyperparameters["residualMultiplier"],
  hyperparameters["outputMultiplier"],
];

test("a line of the learning rate at multipliers of 1, each multiplier alone at its best, then the bests together", () => {
  const all = search(problem, 100);
  const first = all.filter(({ repeats }) => repeats === 0).map(placeOf);
  expect(first).toEqual([
    ...[0.125, 0.25, 0.5, 1, 2].map((learningRate) => [learningRate, 1, 1]),
    ...[0.25, 0.5, 2, 4].map((multiplier) => [0.5, multiplier, 1]),
    ...[0.25, 0.5, 2].map((multiplier) => [0.5, 1, multiplier]),
    [0.5, 2, 0.5],
  ]);
  // Two seeds each: replicates.
  expect(all).toHaveLength(2 * first.length);
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  expect(all.at(-1)?.reason?.explanation.words).toBe(
    "the best of every line together: learningRate 0.5, residualMultiplier 2, outputMultiplier 0.5",
  );
  expect(all.every(({ hyperparameters }) => hyperparameters["weightDecay"] === 0.1)).toBe(true);
});

test("the stages that are told beforehand are those that are run", () => {
  const withPairs = { ...problem, settings: { name: "independent", settings: { interactionPoints: 3 } } };
  for (const asked of [problem, withPairs]) {
    const stages = independent.stages?.(asked) ?? [];
    expect(stages.map(({ runs }) => runs).slice(0, 3)).toEqual([10, 14, 2]);
    const most = stages.reduce((sum, { runs }) => sum + runs, 0);
    const ran = search(asked, 100).length;
    expect(ran).toBeLessThanOrEqual(most);
    // Of the pairs' grids, five places lie on lines.
    expect(most - ran).toBe(asked === problem ? 0 : 5 * 2);
  }
});

test("any number at a time and any order of results end with the same trials", () => {
  const ids = (count: number, shuffleSeed: number): readonly string[] =>
    search(problem, count, { shuffleSeed })
      .map(({ id }) => id)
      .sort();
  const reference = ids(1, 0);
  for (const [count, shuffleSeed] of [
    [3, 1],
    [8, 2],
    [1000, 3],
  ] as const)
    expect(ids(count, shuffleSeed)).toEqual(reference);
});

describe("results that are none", () => {
  test("a learning rate where one seed diverged is not the best; the search goes on from the next", () => {
    const all = search(problem, 100, {
      judge: ({ hyperparameters, repeats }) => (hyperparameters["learningRate"] === 0.5 && repeats === 1 ? "diverged" : "finished"),
    });
    // 0.25 and 1 are equally good: the smaller one.
    expect(all.slice(10).every(({ hyperparameters }) => hyperparameters["learningRate"] === 0.25)).toBe(true);
  });

  test("a seed that failed says nothing; its place is judged by the other", () => {
    const all = search(problem, 100, {
      judge: ({ hyperparameters, repeats }) => (hyperparameters["learningRate"] === 0.5 && repeats === 0 ? "failed" : "finished"),
    });
    expect(all.slice(-1).map(placeOf)).toEqual([[0.5, 2, 0.5]]);
  });

  test("where every learning rate diverged there is nothing more to ask for", () => {
    expect(search(problem, 100, { judge: () => "diverged" })).toHaveLength(10);
  });

  test("a line that diverged but for the default leaves its hyperparameter there", () => {
    const all = search(problem, 100, {
      judge: ({ hyperparameters }) => (hyperparameters["residualMultiplier"] === 1 ? "finished" : "diverged"),
    });
    expect(all.filter(({ reason }) => reason?.explanation.words.startsWith("the best of every line") === true)).toHaveLength(0);
    expect(all.map(placeOf)).toContainEqual([0.5, 1, 0.5]);
  });

  test("the next stage waits for a lost run, and takes what it says later", () => {
    const { suggestions, state } = independent.suggest(problem, independent.start(problem), randomStream(0), 100);
    let now: unknown = state;
    for (const [index, suggestion] of suggestions.entries())
      now = independent.observe(now, {
        suggestionId: suggestion.id,
        outcome: index === 0 ? "lost" : "finished",
        loss: index === 0 ? null : lossOf(suggestion),
        cost: 1,
      });
    expect(independent.suggest(problem, now, randomStream(0), 100).suggestions).toEqual([]);
    const [lost] = suggestions;
    const later = independent.observe(now, { suggestionId: lost?.id ?? "", outcome: "finished", loss: -10, cost: 1 });
    const next = independent.suggest(problem, later, randomStream(0), 100).suggestions;
    expect(next.length).toBeGreaterThan(0);
    // A lost run's place needs both of its seeds; its mean is the lowest now.
    expect(next.every(({ hyperparameters }) => hyperparameters["learningRate"] === 0.125)).toBe(true);
  });
});

test("a hyperparameter without any effect stays at its default", () => {
  const all = search({ ...problem, space: { ...problem.space, epsilon: { values: [1e-10, 1e-8, 1e-6] } } }, 100);
  expect(all.at(-1)?.hyperparameters).toMatchObject({ learningRate: 0.5, residualMultiplier: 2, outputMultiplier: 0.5, epsilon: 1e-8 });
});

test("each parametrization and scale is searched for itself, with its own space", () => {
  const all = search(
    {
      ...problem,
      parametrizations: ["u-mup", "mup"],
      scales: [scale, { ...scale, width: 64 }],
      spaceFor: { mup: { learningRate: { log2: { from: -6, to: -1, step: 1 } } } },
    },
    100,
  );
  const bests = all.filter(
    ({ repeats, reason }) => repeats === 0 && reason?.explanation.words.startsWith("the best of every line") === true,
  );
  expect(bests.map(({ parametrization, scale: { width } }) => `${parametrization} ${width}`)).toEqual([
    "u-mup 32",
    "u-mup 64",
    "mup 32",
    "mup 64",
  ]);
  expect(
    all
      .filter(({ parametrization }) => parametrization === "mup")
      .every(({ hyperparameters }) => (hyperparameters["learningRate"] ?? 9) <= 0.5),
  ).toBe(true);
});

test("a study without the first hyperparameter, or with one that has no default, is refused with what to write", () => {
  const start = (changes: Partial<SearchProblem>): unknown =>
    independent.suggest({ ...problem, ...changes }, { trials: [] }, randomStream(0), 1);
  const { learningRate: _, ...rest } = problem.space;
  expect(() => start({ space: rest })).toThrow(/begins with learningRate, which space does not sweep/);
  const damped = { ...problem.space, dampingFanIn: { values: [1, 2] } };
  expect(() => start({ space: damped })).toThrow(LadderError);
  expect(() => start({ space: damped, settings: { name: "independent", settings: { defaults: { dampingFanIn: 1 } } } })).not.toThrow();
});
