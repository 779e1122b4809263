import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { prepareSpace } from "../../../analysis/search/space/prepare-space.ts";
import { mulberry32, noise } from "../../../bench/search/mulberry32.ts";
import { benchProblems, judgedProblems } from "../../../bench/search/problems/index.ts";
import type { BenchProblem } from "../../../bench/search/problem.ts";
import { type Evaluated, scoreOf } from "../../../bench/search/score.ts";

const numbers = z.record(z.string(), z.number());
const golden = z
  .object({
    uniform: z.array(z.number()),
    noise: z.array(z.tuple([z.int(), z.int(), z.number()])),
    problems: z.record(
      z.string(),
      z.object({
        points: z.array(z.object({ values: numbers, cost: z.number(), loss: z.number().nullable() })),
        frontier: z.array(z.tuple([z.number(), z.number()])),
        random: z.array(
          z.object({ hypervolume: z.number(), gapMiddle: z.number(), gapCap: z.number(), failed: z.int(), overCap: z.int(), spent: z.number() }),
        ),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL("problems.json", import.meta.url), "utf8")));

/** The reference bench's random search: one uniform draw for each parameter, in order. */
function referenceRandom(problem: BenchProblem, seed: number): readonly Evaluated[] {
  const draw = mulberry32(7919 * (seed + 1));
  const point = (): Readonly<Record<string, number>> => {
    const values: Record<string, number> = {};
    for (const parameter of problem.space.parameters) {
      if (parameter.kind !== "numeric") continue;
      const { name, scale, from, to, integer, multipleOf } = parameter;
      const value = scale === "log" ? Math.exp(Math.log(from) + draw() * Math.log(to / from)) : from + draw() * (to - from);
      const step = multipleOf ?? (integer ? 1 : null);
      values[name] = step === null ? value : Math.round(value / step) * step;
    }
    return values;
  };
  return Array.from({ length: 100 }, () => {
    let values = point();
    while (problem.cost(values) > problem.cap) values = point();
    const cost = problem.cost(values);
    return problem.failure(values) === null ? { cost, loss: problem.loss(values) } : { cost: 0.1 * cost, loss: null };
  });
}

const near = (actual: number | null, expected: number): void => {
  expect(Math.abs((actual ?? Number.NaN) - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(expected)));
};

describe("the search bench is the reference bench", () => {
  it("draws the same numbers and the same noise", () => {
    const draw = mulberry32(7);
    expect(golden.uniform.map(() => draw())).toEqual(golden.uniform);
    for (const [seed, evaluation, value] of golden.noise) near(noise(seed, evaluation), value);
  });

  it.each(judgedProblems.map((problem) => [problem.id, problem] as const))("problem %s", (id, problem) => {
    const reference = golden.problems[id];
    if (reference === undefined) throw new Error(`peers.py knows no problem ${id}`);
    for (const { values, cost, loss } of reference.points) {
      near(problem.cost(values), cost);
      if (loss === null) expect(problem.failure(values)).not.toBeNull();
      else near(problem.failure(values) === null ? problem.loss(values) : null, loss);
    }
    for (const [cost, best] of reference.frontier) near(problem.best(cost), best);
    for (const [seed, expected] of reference.random.entries()) {
      const evaluations = referenceRandom(problem, seed);
      const score = scoreOf(problem, evaluations);
      near(score.hypervolume, expected.hypervolume);
      near(score.gapMiddle, expected.gapMiddle);
      near(score.gapCap, expected.gapCap);
      expect(evaluations.filter(({ loss }) => loss === null)).toHaveLength(expected.failed);
      near(evaluations.reduce((sum, { cost }) => sum + cost, 0), expected.spent);
    }
  });
});

describe.each(benchProblems.map((problem) => [problem.id, problem] as const))("problem %s", (_, problem) => {
  it("has a front that falls, that no point beats, and a centre to begin from", () => {
    const { leastCost, cap, referenceLoss } = problem;
    const costs = Array.from({ length: 12 }, (_entry, index) => leastCost * (cap / leastCost) ** (index / 11));
    const best = costs.map((cost) => problem.best(cost));
    for (let index = 1; index < best.length; index += 1) expect(best[index]).toBeLessThanOrEqual((best[index - 1] ?? 0) + 1e-12);
    expect(best[0]).toBeLessThan(referenceLoss);
    const space = prepareSpace(problem.space);
    const center = space.center({});
    expect(problem.failure(center)).toBeNull();
    expect(problem.cost(center)).toBeLessThan(cap);
    const draw = mulberry32(3);
    for (let index = 0; index < 200; index += 1) {
      const values = space.decode(Array.from(space.dimensions, draw), {});
      if (values === null || problem.failure(values) !== null) continue;
      // 1e-3: the fronts of b and d are found on a grid.
      expect(problem.loss(values)).toBeGreaterThan(problem.best(Math.max(leastCost, problem.cost(values))) - 1e-3);
    }
  });
});
