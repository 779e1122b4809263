import { expect, test } from "vitest";
import { log2 } from "../../../analysis/numerics/elementary.ts";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import type { Observation, SearchProblem, Suggestion } from "../../../analysis/search/contract.ts";
import { findSearchStrategy } from "../../../analysis/search/index.ts";

const strategy = findSearchStrategy("proxy-then-middle");
const scaleOf = (width: number) => ({ width, depth: 2, headDimension: 8, batchSizeTokens: 256, tokenHorizon: 51_200 });
const problem: SearchProblem = {
  parametrizations: ["mup"],
  // Not in the order of their cost.
  scales: [256, 32, 64].map(scaleOf),
  space: { learningRate: { log: { from: 2 ** -10, to: 2 ** -2 } }, initStd: { log: { from: 0.25, to: 4 } } },
  spaceFor: {},
  fixed: { weightDecay: 0.1 },
  settings: { name: "proxy-then-middle", runs: 12, seed: 5, settings: { search: "random", top: 3 } },
  seedCount: 2,
  trainingFlops: (_, { width }) => width * width,
};

/** Best at a rate of 2^-6 at the proxy; the middle scale prefers a smaller one. */
function lossOf({ hyperparameters, scale, repeats = 0 }: Suggestion): number {
  const best = scale.width === 32 ? -6 : -6.5;
  return 2 + (log2(hyperparameters["learningRate"] ?? 1) - best) ** 2 + log2(hyperparameters["initStd"] ?? 1) ** 2 / 10 + repeats / 100;
}

function search(
  asked: SearchProblem,
  count: number,
  judge: (suggestion: Suggestion) => Observation["outcome"] = () => "finished",
): readonly Suggestion[] {
  let state = strategy.start(asked);
  const all: Suggestion[] = [];
  for (;;) {
    const { suggestions, state: after } = strategy.suggest(asked, state, randomStream(0), count);
    if (suggestions.length === 0) return all;
    all.push(...suggestions);
    state = after;
    for (const suggestion of suggestions.toReversed()) {
      const outcome = judge(suggestion);
      state = strategy.observe(state, {
        suggestionId: suggestion.id,
        outcome,
        loss: outcome === "finished" ? lossOf(suggestion) : null,
        cost: 1,
      });
    }
  }
}

const at = (all: readonly Suggestion[], width: number): readonly Suggestion[] => all.filter(({ scale }) => scale.width === width);
const ratesOf = (all: readonly Suggestion[]): readonly unknown[] => [
  ...new Set(all.map(({ hyperparameters }) => hyperparameters["learningRate"])),
];

test("a search at the cheapest scale, its best three at the middle one with every seed, the best of these at the target", () => {
  const all = search(problem, 4);
  const [proxy, middle, target] = [32, 64, 256].map((width) => at(all, width));
  expect([proxy?.length, middle?.length, target?.length]).toEqual([12, 3 * 2, 2]);
  const ranked = [...(proxy ?? [])].sort((left, right) => lossOf(left) - lossOf(right));
  expect(ratesOf(middle ?? [])).toEqual(ratesOf(ranked.slice(0, 3)));
  const best = [...(middle ?? [])].sort((left, right) => lossOf(left) - lossOf(right))[0];
  expect(target?.map(({ hyperparameters }) => hyperparameters)).toEqual([best?.hyperparameters, best?.hyperparameters]);
  expect(target?.map(({ repeats }) => repeats)).toEqual([0, 1]);
  expect(target?.[0]?.reason?.explanation.words).toBe("the best of width=64, at width=256");
  expect(strategy.stages?.(problem).map(({ runs }) => runs)).toEqual([12, 6, 2]);
});

test("any number at a time ends with the same trials; two scales end at the middle one", () => {
  const ids = (count: number): readonly string[] =>
    search(problem, count)
      .map(({ id }) => id)
      .sort();
  for (const count of [1, 5, 100]) expect(ids(count)).toEqual(ids(4));
  const two = search({ ...problem, scales: [32, 64].map(scaleOf) }, 4);
  expect([at(two, 32).length, at(two, 64).length, two.length]).toEqual([12, 6, 18]);
});

test("what diverged or failed is not carried up; where nothing finished nothing is", () => {
  const best = ratesOf([...at(search(problem, 12), 32)].sort((left, right) => lossOf(left) - lossOf(right)))[0];
  const all = search(problem, 12, ({ hyperparameters, scale }) =>
    scale.width === 32 && hyperparameters["learningRate"] === best ? "diverged" : "finished",
  );
  expect(ratesOf(at(all, 64))).toHaveLength(3);
  expect(ratesOf(at(all, 64))).not.toContain(best);
  expect(search(problem, 12, () => "failed")).toHaveLength(12);
  // All of the middle scale diverged: nothing is carried to the target.
  expect(
    at(
      search(problem, 12, ({ scale }) => (scale.width === 64 ? "diverged" : "finished")),
      256,
    ),
  ).toEqual([]);
});

test("a stage waits for what is lost or outstanding", () => {
  const { suggestions, state } = strategy.suggest(problem, strategy.start(problem), randomStream(0), 12);
  let now = state;
  for (const [index, suggestion] of suggestions.entries())
    if (index > 1) now = strategy.observe(now, { suggestionId: suggestion.id, outcome: "finished", loss: lossOf(suggestion), cost: 1 });
  expect(strategy.suggest(problem, now, randomStream(0), 12).suggestions).toEqual([]);
  const [first, second] = suggestions;
  now = strategy.observe(now, { suggestionId: first?.id ?? "", outcome: "lost", loss: null, cost: null });
  now = strategy.observe(now, { suggestionId: second?.id ?? "", outcome: "failed", loss: null, cost: null });
  expect(strategy.suggest(problem, now, randomStream(0), 12).suggestions).toEqual([]);
  now = strategy.observe(now, { suggestionId: first?.id ?? "", outcome: "finished", loss: 3, cost: 1 });
  expect(strategy.suggest(problem, now, randomStream(0), 12).suggestions).toHaveLength(6);
});

test("CARBS searches the proxy as results come in, so that the plan does not list it", () => {
  const asked = { ...problem, settings: { ...problem.settings, runs: 6, settings: { search: "carbs", top: 1 } } };
  expect(at(search(asked, 2), 32)).toHaveLength(6);
  expect(strategy.stages?.(asked)[0]).toMatchObject({ words: "carbs search at width=32", isListed: false });
});

test("one scale, four, or an axis of scale in the space are refused", () => {
  const suggest = (changes: Partial<SearchProblem>): unknown =>
    strategy.suggest({ ...problem, ...changes }, strategy.start(problem), randomStream(0), 1);
  expect(() => suggest({ scales: [scaleOf(32)] })).toThrow(/two or three scales, but the study has 1/);
  expect(() => suggest({ scales: [16, 32, 64, 128].map(scaleOf) })).toThrow(/has 4/);
  expect(() => suggest({ space: { ...problem.space, width: { log: { from: 8, to: 64 } } } })).toThrow(/width cannot be searched/);
});
