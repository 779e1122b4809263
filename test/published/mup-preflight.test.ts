import { describe, expect, it } from "vitest";
import type { TrialRunResult } from "../../analysis/study/trial.ts";
import { measureBasins } from "../../analysis/transfer/basins.ts";
import { regretAt, regretCurve } from "../../analysis/transfer/regret-curve.ts";
import { testTransfer } from "../../analysis/transfer/verdict.ts";
import { log } from "../../analysis/numerics/elementary.ts";
import { scaleOfWidth } from "../unit/transfer/planted-sweep.ts";
import { readTable } from "./isoflop/table.ts";

/** The four shapes as places on the axis of width: their depths differ, too. */
const results = readTable("gemstones/mup_lr_preflight.csv").map(
  (row, index): TrialRunResult => ({
    runKey: `run-${index}`,
    parametrization: "mup",
    hyperparameters: { learningRate: Number(row("lr")) },
    scale: scaleOfWidth(Number(row("width"))),
    seed: 1,
    state: "finished",
    loss: Number(row("loss")),
    cluster: `run-${index}`,
  }),
);
const basins = measureBasins(results, { axis: "width", hyperparameter: "learningRate" });
const log2 = (value: number): number => log(value) / log(2);

describe("Gemstones' learning rates under muP before the runs", () => {
  it("are best at 5e-3 for the two small shapes and at 5e-4 for the two large", () => {
    const best = basins.map(({ axisValue, points }) => {
      const [lowest] = [...points].sort((left, right) => (left.meanLoss ?? Infinity) - (right.meanLoss ?? Infinity));
      return [axisValue, lowest?.value];
    });
    expect(best).toEqual([
      [256, 5e-3],
      [768, 5e-3],
      [1536, 5e-4],
      [3072, 5e-4],
    ]);
  });

  it("do not transfer: carrying the small shapes' optimum costs more than 1 nat at the large, and nothing between the small", () => {
    const carried = log2(basins[0]?.optimum?.value ?? Number.NaN);
    const costs = basins.map((basin) => {
      const curve = regretCurve(basin);
      if (curve === null) throw new Error(`no optimum at ${basin.axisValue}`);
      return regretAt(curve, carried - curve.optimumLog2).regret;
    });
    expect(costs[1]).toBeLessThan(0.05);
    for (const cost of costs.slice(2)) expect(cost).toBeGreaterThan(1);
  });

  it("fall by an octave per doubling of width; one seed of four shapes leaves the interval wide, and nobody calls it transfer", () => {
    const test = testTransfer(basins);
    expect(test.drift?.slope).toBeLessThan(-0.7);
    expect(test.verdict).toBe("undecided");
    expect(test.words).toContain("the optimum falls 0.98 octaves per doubling");
  });
});
