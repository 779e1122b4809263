import { describe, expect, it } from "vitest";
import { nearestProblem } from "../../../analysis/search/recorded/recorded-problem.ts";
import { simulate, type SimulationOptions } from "../../../analysis/search/recorded/simulate.ts";
import { searchers } from "../../../analysis/search/searchers/index.ts";
import { prepareSpace } from "../../../analysis/search/space/prepare-space.ts";
import { basinRuns, basinTable } from "../../unit/search/recorded/example-table.ts";

const runs = basinRuns(2, 0.01).map((run) => (Number(run.values["learningRate"]) > 0.5 ? { ...run, loss: null } : run));
const problem = nearestProblem({ ...basinTable(), runs });
const space = prepareSpace(problem.space);

describe.each(searchers.map((searcher) => [searcher.id, searcher] as const))("%s on a recorded table", (_id, searcher) => {
  // What has no defaults asks for the number that says how long a trial trains.
  const settings: unknown = searcher.settingsSchema.safeParse({}).success ? {} : { fidelity: "N", candidates: 5 };
  const options: SimulationOptions = { seed: 3, evaluations: 9, cost: null, parallel: 1, maximumCost: null, settings };

  it("asks for legal values, meets some of the runs, and does the same again", () => {
    const simulation = simulate(searcher, problem, options);
    expect(simulate(searcher, problem, options)).toEqual(simulation);
    expect(simulation.trials.length).toBeGreaterThan(0);
    expect(simulation.trials.length).toBeLessThanOrEqual(9);
    for (const { values } of simulation.trials) expect(space.isLegal(values), JSON.stringify(values)).toBe(true);
    expect(simulation.trials.some(({ status }) => status === "finished")).toBe(true);
  });

  it("goes on with three runs at a time, and within a budget", () => {
    const unit = 6 * 1e6 * 20e6;
    const { trials, spent } = simulate(searcher, problem, { ...options, parallel: 3, cost: 60 * unit });
    expect(trials.length).toBeGreaterThan(0);
    expect(spent).toBeLessThanOrEqual(60 * unit * (1 + 1e-9));
  });
});
