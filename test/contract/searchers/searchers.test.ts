import { describe, expect, test, vi } from "vitest";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import { findSearcher, searchers } from "../../../analysis/search/searchers/index.ts";
import type { Searcher, SearchSuggestion, SearchTask, SearchTrial } from "../../../analysis/search/searchers/contract.ts";
import { prepareSpace } from "../../../analysis/search/space/prepare-space.ts";
import { exampleCost, exampleTask, outcomeOf, outstanding, readBack } from "./example-search.ts";

const trialsOfSearch = 40;

interface History {
  readonly suggestions: readonly SearchSuggestion[];
  readonly trials: readonly SearchTrial[];
}

/** A search of 40 trials, one after another, in one process. */
function play(searcher: Searcher, task: SearchTask, isMixed: boolean, count = trialsOfSearch): History {
  const suggestions: SearchSuggestion[] = [];
  const trials: SearchTrial[] = [];
  while (suggestions.length < count) {
    const [suggestion] = searcher.suggest(task, trials, 1);
    if (suggestion === undefined) break;
    trials.push(outcomeOf(suggestion, suggestions.length, isMixed));
    suggestions.push(suggestion);
  }
  return { suggestions, trials };
}

function expectLegal(task: SearchTask, suggestions: readonly SearchSuggestion[]): void {
  const space = prepareSpace(task.space);
  for (const { values, explanation, kind, replicateOf } of suggestions) {
    expect(space.isLegal(values), JSON.stringify(values)).toBe(true);
    expect(values["batchSize"]).toBe(task.context["batchSize"]);
    if (task.knownCost !== null) expect(task.knownCost(values)).toBeLessThanOrEqual(task.maximumCost ?? Infinity);
    expect(explanation.words.length).toBeGreaterThan(5);
    expect(explanation.trialsHash).toMatch(/^[0-9a-f]{64}$/);
    expect(kind === "replicate").toBe(replicateOf !== null);
    expect(JSON.parse(JSON.stringify(explanation))).toEqual(explanation);
  }
}

for (const searcher of searchers)
  describe(`searcher ${searcher.id}`, () => {
    const task = exampleTask(searcher, 7, true);
    const whole = play(searcher, task, true);

    test("says what it is and where it comes from, and checks its settings", () => {
      expect(searcher.summary.length).toBeGreaterThan(10);
      expect(searcher.source.length).toBeGreaterThan(5);
      expect(searcher.settingsSchema.safeParse(task.settings).success).toBe(true);
      expect(searcher.settingsSchema.safeParse({ ...Object(task.settings), surprise: 1 }).success).toBe(false);
      expect(findSearcher(searcher.id)).toBe(searcher);
    });

    test("asks for 40 trials in bounds, on steps, under conditions, constraints and the cap, each with an id of its own", () => {
      expect(whole.suggestions.length).toBe(trialsOfSearch);
      expectLegal(task, whole.suggestions);
      expect(new Set(whole.suggestions.map(({ id }) => id)).size).toBe(trialsOfSearch);
      const known = new Set(whole.suggestions.map(({ id }) => id));
      for (const { replicateOf } of whole.suggestions) if (replicateOf !== null) expect(known.has(replicateOf)).toBe(true);
    });

    test("killed after every one of 40 suggestions, it goes on with the identical sequence", () => {
      const again = whole.suggestions.map((_, number) => {
        const fresh = exampleTask(searcher, 7, true);
        return searcher.suggest(fresh, readBack(whole.trials.slice(0, number)), 1)[0];
      });
      expect(again).toEqual(whole.suggestions);
    });

    test("a fresh process, or one that has searched for others in between, suggests the same", async () => {
      vi.resetModules();
      const { findSearcher: freshFind } = await import("../../../analysis/search/searchers/index.ts");
      const number = 25;
      const fresh = freshFind(searcher.id).suggest(exampleTask(searcher, 7, true), readBack(whole.trials.slice(0, number)), 1);
      expect(fresh[0]).toEqual(whole.suggestions[number]);
      const two = [1, 2].map((seed) => ({ task: exampleTask(searcher, seed, true), trials: new Array<SearchTrial>() }));
      for (let round = 0; round < 12; round += 1)
        for (const search of two) {
          const [suggestion] = searcher.suggest(search.task, search.trials, 1);
          if (suggestion !== undefined) search.trials.push(outcomeOf(suggestion, round, true));
        }
      for (const { task: own, trials } of two) expect(play(searcher, own, true, 12).trials).toEqual(trials);
    });

    test("another seed searches elsewhere, unless there is nothing to draw", () => {
      const other = play(searcher, exampleTask(searcher, 8, true), true, 10).suggestions;
      const isSame = other.every(({ values }, index) => JSON.stringify(values) === JSON.stringify(whole.suggestions[index]?.values));
      expect(isSame).toBe(searcher.id === "enumerate");
    });

    test.each([1, 8, 64])("gives at most %i at once, beside the outstanding ones", (count) => {
      const trials = [...whole.trials.slice(0, 12), ...whole.suggestions.slice(12, 15).map(outstanding)];
      const found = searcher.suggest(exampleTask(searcher, 7, true), trials, count);
      expect(found.length).toBeGreaterThan(0);
      expect(found.length).toBeLessThanOrEqual(count);
      expectLegal(task, found);
      expect(new Set([...trials, ...found].map(({ id }) => id)).size).toBe(trials.length + found.length);
      const taken = new Set(trials.map(({ values }) => JSON.stringify(values)));
      for (const { values, kind } of found) {
        if (kind !== "replicate") expect(taken.has(JSON.stringify(values))).toBe(false);
        taken.add(JSON.stringify(values));
      }
    });

    test("survives observations that are late, lost, repeated, out of order, and trials that all went wrong", () => {
      const shuffle = randomStream(3, "late");
      let trials: SearchTrial[] = [];
      const late: SearchTrial[] = [];
      for (let round = 0; round < 8; round += 1) {
        const found = searcher.suggest(task, trials, 4);
        expectLegal(task, found);
        late.push(...found.map((suggestion, index) => outcomeOf(suggestion, trials.length + index, true)));
        trials = [...trials, ...found.map(outstanding)];
        // Some answers come now, in any order; the others rounds later; some twice, some to a trial that was lost.
        for (const answer of [...late].sort((left, right) => (left.id < right.id ? -1 : 1)))
          if (shuffle.uniform() < 0.5) trials = trials.map((trial) => (trial.id === answer.id ? answer : trial));
      }
      const repeated = [...trials, ...trials.slice(3, 6)];
      expectLegal(task, searcher.suggest(task, repeated, 2));
      for (const status of ["failed", "diverged", "lost", "outstanding"] as const) {
        const ruined = whole.suggestions.slice(0, 15).map((suggestion) => ({ ...outstanding(suggestion), status }));
        expectLegal(task, searcher.suggest(task, ruined, 2));
      }
      const infinite = whole.trials.slice(0, 15).map((trial) => ({ ...trial, loss: trial.loss === null ? null : Infinity, cost: 0 }));
      expectLegal(task, searcher.suggest(task, infinite, 2));
    });

    test("goes on where costs are not known beforehand, and where nothing limits them", () => {
      const blind = exampleTask(searcher, 5, false);
      const { suggestions } = play(searcher, blind, false, 15);
      expect(suggestions.length).toBe(15);
      expectLegal(blind, suggestions);
      const free = { ...blind, maximumCost: null };
      expectLegal(free, searcher.suggest(free, [], 3));
    });

    test("a cap that leaves nothing is said, not broken", () => {
      const strict = { ...task, maximumCost: exampleCost({ width: 64, tokens: 1e5 }) };
      let found: readonly SearchSuggestion[] = [];
      try {
        found = searcher.suggest(strict, [], 2);
      } catch (error) {
        expect(error).toMatchObject({ kind: "input", code: "NOTHING_WITHIN_CAP" });
      }
      expect(found).toEqual([]);
    });
  });

test("an unknown searcher is an input error that lists the known ones", () => {
  expect(() => findSearcher("carb")).toThrow(/known: carbs, ehvi, enumerate/);
});
