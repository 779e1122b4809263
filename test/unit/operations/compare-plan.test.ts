import { describe, expect, it } from "vitest";
import type { PlannedTrial } from "../../../analysis/study/trial.ts";
import { comparePlan, distinctRuns, planCells, summariseReasons } from "../../../operations/compare-plan.ts";
import { causes, explainNewRun } from "../../../operations/explain-new-run.ts";
import { nearestTrialRun } from "../../../operations/find-near-runs.ts";
import { exampleTrials } from "./example-trials.ts";

const trials: readonly PlannedTrial[] = exampleTrials();
const runs = trials.flatMap((trial) => trial.runs);

describe("what a plan says of each run", () => {
  it("is new when nothing is stored, and names no field", () => {
    const rows = comparePlan(trials, new Map(), new Map());
    expect(rows.every((row) => row.status === "new" && row.reason?.nearest === null)).toBe(true);
  });

  it("is reused when the stored run has a result, unfinished when it has none", () => {
    const [first, second] = runs;
    const stored = new Map([
      [first?.runKey ?? "", "diverged" as const],
      [second?.runKey ?? "", "failed" as const],
    ]);
    const rows = comparePlan(trials, stored, new Map());
    expect(rows.slice(0, 3).map((row) => row.status)).toEqual(["reused", "unfinished", "new"]);
  });

  it("gives no reason when no database could be asked", () => {
    expect(comparePlan(trials, null, new Map()).every((row) => row.reason === null && row.status === "new")).toBe(true);
  });

  it("counts a run that two parametrizations share once, and says who has it", () => {
    const rows = comparePlan(trials, new Map(), new Map());
    const shared = rows.filter((row) => row.sharedWith !== null);
    expect(shared.length).toBeGreaterThan(0);
    expect(shared.every((row) => row.parametrization === "mup" && row.sharedWith === "sp" && row.scale.width === 16)).toBe(true);
    expect(distinctRuns(rows)).toHaveLength(rows.length - shared.length);
    const [base] = planCells(rows);
    expect(base).toMatchObject({ parametrization: "sp", shared: base?.runs });
  });

  it("names the field that a user changed, not what was computed from it", () => {
    const [first] = runs;
    const other = runs.find((run) => run.seed !== first?.seed);
    if (first === undefined || other === undefined) throw new Error("the example has two seeds");
    const reason = explainNewRun(first.identity, [{ runKey: other.runKey, identity: other.identity }]);
    expect(reason.nearest).toBe(other.runKey);
    expect(reason.fields).toEqual(["seed"]);
  });

  it("names tensors only when nothing else explains the difference", () => {
    expect(causes(["tensors[0].learningRate", "tensors[7].learningRate", "operations.outputMultiplier"])).toEqual([
      "tensors[*].learningRate",
      "operations.outputMultiplier",
    ]);
    expect(causes(["tensors[0].learningRate", "hyperparameters.learningRate"])).toEqual(["hyperparameters.learningRate"]);
    expect(causes(["scale.width", "scale.trainingFlops", "tensors[2].shape[0]"])).toEqual(["scale.width"]);
  });

  it("picks the stored run with the fewest differences", () => {
    const [first] = runs;
    if (first === undefined) throw new Error("the example has runs");
    const far = { runKey: "far", identity: { ...first.identity, seed: 99, trainer: { version: "2", programDigest: "0" } } };
    const near = { runKey: "near", identity: { ...first.identity, trainer: { version: "2", programDigest: "0" } } };
    expect(explainNewRun(first.identity, [far, near])).toMatchObject({
      nearest: "near",
      fields: ["trainer.version", "trainer.programDigest"],
    });
  });

  it("compares a new cell of the grid with the cell next to it, same seed and rules first", () => {
    const stored = trials.slice(0, 2).flatMap((trial) =>
      trial.runs.map((run) => ({
        runKey: run.runKey,
        seed: run.seed,
        parametrization: trial.parametrization,
        scale: trial.scale,
        hyperparameters: trial.hyperparameters,
      })),
    );
    const wanted = trials[2];
    if (wanted === undefined) throw new Error("the example has three learning rates");
    const near = nearestTrialRun(
      { seed: 2, parametrization: wanted.parametrization, scale: wanted.scale, hyperparameters: wanted.hyperparameters },
      stored,
    );
    expect(near).toMatchObject({ seed: 2, hyperparameters: trials[1]?.hyperparameters });
  });

  it("sums up how many runs are new for which reason", () => {
    const [first] = runs;
    if (first === undefined) throw new Error("the example has runs");
    const rows = comparePlan(
      trials,
      new Map([[first.runKey, "finished" as const]]),
      new Map(runs.map((run) => [run.runKey, [{ runKey: first.runKey, identity: first.identity }]])),
    );
    const summary = summariseReasons(rows);
    expect(summary.reduce((sum, entry) => sum + entry.runs, 0)).toBe(distinctRuns(rows).length - 1);
    expect(summary.some((entry) => entry.fields.join() === "seed")).toBe(true);
  });
});
