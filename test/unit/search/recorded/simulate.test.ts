import { describe, expect, it } from "vitest";
import { nearestProblem } from "../../../../analysis/search/recorded/recorded-problem.ts";
import { regretBands, scoreSearches } from "../../../../analysis/search/recorded/regret.ts";
import { type SimulationOptions, simulate } from "../../../../analysis/search/recorded/simulate.ts";
import { rankStrategies } from "../../../../analysis/search/recorded/strategy-ranks.ts";
import type { Searcher, SearchTrial } from "../../../../analysis/search/searchers/contract.ts";
import { basinRuns, basinTable, chance, listed } from "./example-table.ts";

const problem = nearestProblem(basinTable());
const options: SimulationOptions = { seed: 0, evaluations: 12, cost: null, parallel: 1, maximumCost: null, settings: {} };
const unit = 6 * 1e6 * 20e6;
const at = (N: number, learningRate: number) => ({ N, learningRate });

describe("a simulated search", () => {
  it("is the same each time, ends with the runs it may have, and says how far off it asked", () => {
    const first = simulate(chance, problem, options);
    expect(simulate(chance, problem, options)).toEqual(first);
    expect(simulate(chance, problem, { ...options, seed: 1 })).not.toEqual(first);
    expect(first.trials).toHaveLength(12);
    expect(first.endedBy).toBe("evaluations");
    expect(first.trials.every(({ distance }) => distance > 0)).toBe(true);
    expect(first.duration).toBeCloseTo(first.spent, -3);
  });

  it("tells a strategy what has ended and what still runs, under the values that it asked for", () => {
    const seen: (readonly SearchTrial[])[] = [];
    const values = [at(16e6, 1e-2), at(1e6, 1.1e-3), at(1e6, 1e-2), at(1e6, 1e-1)];
    const list = listed("list", values);
    const watching: Searcher = {
      ...list,
      suggest(task, trials, count) {
        seen.push(trials);
        return list.suggest(task, trials, count);
      },
    };
    const { trials, duration } = simulate(watching, problem, { ...options, parallel: 2 });
    expect(seen.map((told) => told.map(({ status }) => status))).toEqual([
      [],
      ["outstanding", "finished"],
      ["outstanding", "finished", "finished"],
      ["outstanding", "finished", "finished", "finished"],
      ["finished", "finished", "finished", "finished"],
    ]);
    expect(seen[1]?.[1]).toMatchObject({ values: at(1e6, 1.1e-3), cost: unit });
    // Sixteen of the small ones' time: the three small runs end within it.
    expect(trials.map(({ startedAt, endedAt }) => [startedAt / unit, endedAt / unit])).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
      [0, 16],
    ]);
    expect(duration).toBe(16 * unit);
  });

  it("ends where the budget ends, in the middle of a run if need be", () => {
    const list = listed("list", [at(4e6, 1e-2), at(16e6, 1e-2), at(1e6, 1e-2)]);
    const { trials, spent, endedBy } = simulate(list, problem, { ...options, evaluations: null, cost: 10 * unit });
    expect(trials.map(({ status, loss, cost }) => [status, loss, cost / unit])).toEqual([
      ["finished", 3.5, 4],
      ["cutShort", null, 6],
    ]);
    expect([spent / unit, endedBy]).toEqual([10, "cost"]);
  });

  it("offers what is left as the most that a run may cost, and asks no more where nothing is left", () => {
    const caps: (number | null)[] = [];
    const list = listed("list", [at(4e6, 1e-2), at(4e6, 1e-3), at(1e6, 1e-3)]);
    const watching: Searcher = {
      ...list,
      suggest(task, trials, count) {
        caps.push(task.maximumCost === null ? null : task.maximumCost / unit);
        return list.suggest(task, trials, count);
      },
    };
    const { endedBy } = simulate(watching, problem, { ...options, cost: 8.5 * unit, maximumCost: 6 * unit });
    expect(caps).toEqual([6, 4.5]);
    expect(endedBy).toBe("cost");
  });

  it("tells that a run diverged, which is a result", () => {
    const broken = nearestProblem({
      ...basinTable(),
      runs: basinRuns().map((run) => (Number(run.values["learningRate"]) > 0.5 ? { ...run, loss: null } : run)),
    });
    const seen: (readonly SearchTrial[])[] = [];
    const list = listed("list", [at(1e6, 1), at(1e6, 1e-2)]);
    const watching: Searcher = { ...list, suggest: (task, trials, count) => (seen.push(trials), list.suggest(task, trials, count)) };
    const { trials, endedBy } = simulate(watching, broken, options);
    expect(trials.map(({ status, loss }) => [status, loss])).toEqual([
      ["diverged", null],
      ["finished", 4],
    ]);
    expect(seen[1]?.[0]).toMatchObject({ status: "diverged", loss: null, cost: unit });
    expect(endedBy).toBe("searcher");
  });
});

describe("regret against cost", () => {
  const score = (...values: readonly ReturnType<typeof at>[]) => {
    const simulation = simulate(listed("list", values), problem, options);
    const { costs, scores } = scoreSearches(problem, [simulation], null);
    const curve = scores[0]?.curve ?? [];
    return { costs, curve, score: scores[0], regretAt: (cost: number) => curve[costs.findLastIndex((point) => point <= cost * 1.001)] };
  };

  it("is measured against the best run that the spend could have bought", () => {
    const { regretAt, score: own } = score(at(1e6, 1e-2), at(16e6, 1e-2));
    const losses = basinRuns().flatMap(({ loss }) => loss ?? []);
    const middling = losses.sort((left, right) => left - right)[13] ?? Number.NaN;
    // After one unit the best of the small size has been found; from 16 on a run of the largest could have been, or any one blindly.
    expect(regretAt(1 * unit)).toBeCloseTo(0, 9);
    expect(regretAt(4.2 * unit)).toBeCloseTo(0.5, 9);
    expect(regretAt(16.9 * unit)).toBeCloseTo(middling - 3, 9);
    expect(middling).toBeLessThan(4);
    expect(regretAt(17 * unit)).toBeCloseTo(0, 9);
    expect(own?.final).toBeCloseTo(0, 9);
    // Of single runs at most, only what lies between the sizes was left out: a third of the way.
    expect(own?.front).toBeGreaterThan(0.2);
    expect(own?.front).toBeLessThan(0.3);
  });

  it("is at most that of the middling run within reach: until a run has ended, and where a worse one was found", () => {
    // The middle one of nine learning rates lies two half-decades off the best.
    const middling = 0.03 * Math.log(10) ** 2;
    const late = score(at(16e6, 1e-2));
    expect(late.regretAt(unit)).toBeCloseTo(middling, 6);
    expect(late.regretAt(16 * unit)).toBeCloseTo(0, 9);
    const poor = score(at(1e6, 1e-4));
    expect(poor.regretAt(unit)).toBeCloseTo(middling, 6);
    // What is left in the end is told as it is.
    expect(poor.score?.final).toBeCloseTo(1 + 0.03 * Math.log(100) ** 2, 6);
  });

  it("has bands over seeds: the middle seed and the quarters beside it", () => {
    const scores = [1, 2, 3, 4, 5].map((value, seed) => ({
      strategy: "s",
      seed,
      curve: [value, 2 * value],
      anytime: 0,
      final: 0,
      front: null,
    }));
    expect(regretBands({ costs: [1, 2], scores })).toEqual([{ strategy: "s", median: [3, 6], low: [2, 4], high: [4, 8] }]);
  });
});

describe("ranks of strategies", () => {
  const scoresOf = (values: Readonly<Record<string, readonly number[]>>) =>
    Object.entries(values).flatMap(([strategy, own]) =>
      own.map((anytime, seed) => ({ strategy, seed, curve: [], anytime, final: 0, front: null })),
    );

  it("name the pairs that eight seeds tell apart", () => {
    const ranking = rankStrategies(
      scoresOf({
        slow: [8, 7, 8, 9, 8, 7.5, 8, 8.2],
        quick: [1, 1.1, 1.2, 0.9, 1, 1.3, 1.4, 1.5],
        alike: [1.1, 1, 1.3, 0.8, 1.1, 1.2, 1.5, 1.4],
      }),
      "anytime",
    );
    expect(ranking?.strategies.map(({ strategy, meanRank }) => [strategy, meanRank])).toEqual([
      ["quick", 1.5],
      ["alike", 1.5],
      ["slow", 3],
    ]);
    expect(ranking?.probability).toBeLessThan(0.01);
    expect(ranking?.orders.map(({ better, worse }) => [better, worse])).toEqual([
      ["quick", "slow"],
      ["alike", "slow"],
    ]);
    // All eight signs agree, and there are three pairs.
    for (const { probability } of ranking?.orders ?? []) expect(probability).toBeCloseTo(3 * 2 ** -7, 6);
    expect(ranking?.seedsNeeded).toBe(7);
  });

  it("name no pair where so few seeds cannot tell, and say how many would", () => {
    const ranking = rankStrategies(scoresOf({ slow: [8, 7, 8], quick: [1, 2, 1] }), "anytime");
    expect(ranking?.orders).toEqual([]);
    expect(ranking?.seedsNeeded).toBe(6);
    expect(rankStrategies(scoresOf({ one: [1, 2] }), "anytime")?.probability).toBeNull();
    expect(rankStrategies(scoresOf({ one: [1, 2] }), "front")).toBeNull();
  });

  it("finds that aiming beats chance on eight seeds", () => {
    const aimed = listed(
      "aimed",
      Array.from({ length: 12 }, (_, index) => at([1e6, 4e6, 16e6][index % 3] ?? 1e6, 1e-2)),
    );
    const seeds = [0, 1, 2, 3, 4, 5, 6, 7];
    const simulations = [aimed, chance].flatMap((searcher) => seeds.map((seed) => simulate(searcher, problem, { ...options, seed })));
    const { scores } = scoreSearches(problem, simulations, null);
    expect(rankStrategies(scores, "front")?.orders).toMatchObject([{ better: "aimed", worse: "chance" }]);
  });
});
