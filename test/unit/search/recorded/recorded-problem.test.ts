import { describe, expect, it } from "vitest";
import { LadderError } from "../../../../analysis/study/ladder-error.ts";
import { nearestProblem } from "../../../../analysis/search/recorded/recorded-problem.ts";
import { recordedDesigns, type RecordedRun } from "../../../../analysis/search/recorded/recorded-run.ts";
import { recordedSpace } from "../../../../analysis/search/recorded/recorded-space.ts";
import { surfaceProblem } from "../../../../analysis/search/recorded/surface-problem.ts";
import { basinRuns, basinTable } from "./example-table.ts";

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof LadderError) return error.code;
    throw error;
  }
  return "none";
}

describe("the space of a recorded table", () => {
  it("has a log axis where a column is above 0 and spread, whole numbers, choices of words, and fixes what never varies", () => {
    const runs: readonly RecordedRun[] = [
      { values: { N: 1e6, momentum: 0.9, depth: 4, optimizer: "adamw", batch: 64 }, loss: 3, cost: 1 },
      { values: { N: 8e6, momentum: 0.99, depth: 6, optimizer: "muon", batch: 64 }, loss: 2, cost: 2 },
      { values: { N: 8e6, momentum: 0.95, depth: 6, optimizer: "adamw", batch: 64 }, loss: 2.5, cost: 2 },
    ];
    expect(recordedSpace(["N", "momentum", "depth", "optimizer", "batch"], runs).parameters).toEqual([
      { kind: "numeric", name: "N", scale: "log", from: 1e6, to: 8e6, integer: true, special: [] },
      { kind: "numeric", name: "momentum", scale: "linear", from: 0.9, to: 0.99, integer: false, special: [] },
      { kind: "numeric", name: "depth", scale: "linear", from: 4, to: 6, integer: true, special: [] },
      { kind: "choice", name: "optimizer", values: ["adamw", "muon"], ordered: false },
      { kind: "fixed", name: "batch", value: 64 },
    ]);
    expect(codeOf(() => recordedSpace(["batch"], runs))).toBe("NOTHING_TO_SEARCH");
  });

  it("refuses tables that are nothing to search", () => {
    const [first, second, third] = basinRuns();
    if (first === undefined || second === undefined || third === undefined) throw new Error("there are runs");
    const table = (runs: readonly RecordedRun[]) => () => nearestProblem({ names: ["learningRate"], runs, isCostKnown: true });
    expect(codeOf(table([first, second]))).toBe("RECORDED_RUNS_TOO_FEW");
    expect(codeOf(table([first, second, third].map((run) => ({ ...run, loss: 3 }))))).toBe("RECORDED_RUNS_TOO_FEW");
    expect(codeOf(table([first, second, { ...third, cost: 0 }]))).toBe("RECORDED_COST_INVALID");
  });
});

describe("the nearest recorded run", () => {
  const problem = nearestProblem(basinTable());

  it("answers for itself on the grid", () => {
    for (const [index, { values, loss, cost }] of basinRuns().entries())
      expect(problem.locate(values)).toEqual({ design: index, distance: 0, loss, cost, key: String(index) });
  });

  it("is the nearest on the space's own axes, and its distance is told in their lengths", () => {
    // 2e-3 lies nearer to 1e-3 on a log axis, and nearer to 3.2e-3 on no axis at all.
    const place = problem.locate({ N: 4e6, learningRate: 10 ** -2.7 });
    expect(problem.designs[place.design]?.values).toEqual({ N: 4e6, learningRate: 1e-4 * 10 ** (3 / 2) });
    expect(place.distance).toBeCloseTo(0.2 / 4, 6);
    expect(problem.knownCost?.({ N: 3.9e6, learningRate: 1e-3 })).toBe(6 * 4e6 * 20e6);
  });

  it("draws the repetitions of a design without putting them back, by a stream of the seed", () => {
    const noisy = nearestProblem(basinTable(4, 0.1));
    const place = noisy.locate({ N: 1e6, learningRate: 1e-3 });
    const drawn = (seed: number): (number | null)[] => Array.from({ length: 8 }, (_, visit) => noisy.draw(place, seed, visit));
    const recorded = [...(noisy.designs[place.design]?.losses ?? [])].sort();
    expect(recorded).toHaveLength(4);
    expect(drawn(1).slice(0, 4).sort()).toEqual(recorded);
    expect(drawn(1).slice(4).sort()).toEqual(recorded);
    expect(drawn(1)).toEqual(drawn(1));
    expect([2, 3, 4].map(drawn)).not.toEqual([drawn(1), drawn(1), drawn(1)]);
  });

  it("scores by the mean of the runs that did not diverge", () => {
    const values = { learningRate: 1 };
    const runs = [2, null, 4].map((loss) => ({ values, loss, cost: 3 }));
    expect(recordedDesigns(runs)).toEqual([{ values, losses: [2, null, 4], meanLoss: 3, cost: 3 }]);
    expect(recordedDesigns(runs.slice(1, 2))[0]?.meanLoss).toBeNull();
  });
});

describe("a surface through recorded runs", () => {
  const runs = basinRuns(3, 0.02);
  const problem = surfaceProblem({ names: ["N", "learningRate"], runs, isCostKnown: true }, ({ N }) => 6 * Number(N) * 20e6);

  it("tells what lies between runs, and at what cost", () => {
    const { loss, cost, distance } = problem.locate({ N: 8e6, learningRate: 5.6e-3 });
    expect(loss).toBeCloseTo(4 - 0.75 + 0.03 * Math.log(0.56) ** 2, 1);
    expect(cost).toBe(6 * 8e6 * 20e6);
    expect(distance).toBeGreaterThan(0.1);
  });

  it("finds the noise that was put in, and says how well it tells runs that it has not seen", () => {
    const { noise, leaveOneOutError, spreadOfLosses, readings, finished } = problem.quality;
    expect([readings, finished]).toEqual([81, 81]);
    expect(noise).toBeGreaterThan(0.013);
    expect(noise).toBeLessThan(0.03);
    expect(leaveOneOutError).toBeLessThan(0.05);
    expect(spreadOfLosses).toBeGreaterThan(0.3);
  });

  it("adds noise to each run, by the seed and how often it was asked", () => {
    const place = problem.locate({ N: 4e6, learningRate: 1e-2 });
    const draws = Array.from({ length: 200 }, (_, visit) => problem.draw(place, 0, visit) ?? 0);
    const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length;
    const deviation = Math.sqrt(draws.reduce((sum, draw) => sum + (draw - mean) ** 2, 0) / draws.length);
    expect(Math.abs(mean - (place.loss ?? 0))).toBeLessThan(0.006);
    expect(deviation / problem.quality.noise).toBeGreaterThan(0.6);
    expect(deviation / problem.quality.noise).toBeLessThan(1.6);
    expect(problem.draw(place, 0, 7)).toBe(draws[7]);
    expect(problem.draw(place, 1, 7)).not.toBe(draws[7]);
  });

  it("diverges where the nearest run did", () => {
    const some = runs.map((run) => (Number(run.values["learningRate"]) > 0.5 ? { ...run, loss: null } : run));
    const broken = surfaceProblem({ names: ["N", "learningRate"], runs: some, isCostKnown: true }, null);
    const place = broken.locate({ N: 4e6, learningRate: 0.9 });
    expect([place.loss, broken.draw(place, 0, 0)]).toEqual([null, null]);
    expect(broken.locate({ N: 4e6, learningRate: 0.01 }).loss).not.toBeNull();
  });
});
