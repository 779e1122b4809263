import { describe, expect, it } from "vitest";
import { budgetLevels } from "../../analysis/fits/calibration/budget-levels.ts";
import { predictFit } from "../../analysis/fits/predictions/predict-fit.ts";
import { findLaw } from "../../analysis/laws/index.ts";
import { keptFit } from "../unit/fits/kept-fit.ts";
import { numbers, readTable } from "./isoflop/table.ts";
import { chinchillaRows, sizeTokenRows } from "./size-token-rows.ts";

describe("Chinchilla's rows below the largest budget", () => {
  const rows = sizeTokenRows(chinchillaRows());
  const open = keptFit(findLaw("chinchilla"), rows, { holdoutBudgets: 1 });

  it("predict runs of it, most of them inside the interval of a new run", () => {
    const places = open.heldOutRows.filter((_, index) => index % 7 === 0);
    expect(places).toHaveLength(3);
    const inside = places.filter((row) => {
      const measured = rows.output[row] ?? Number.NaN;
      const found = predictFit(open, { N: rows.columns["N"]?.[row] ?? 0, D: rows.columns["D"]?.[row] ?? 0 });
      const [low, high] = found.interval95.newRun;
      expect(Math.abs(found.value / measured - 1)).toBeLessThan(0.035);
      expect(high / low - 1).toBeLessThan(0.06);
      expect(found.heldOut).toMatchObject({ of: "held-out rows of the fit", rows: 20 });
      expect(found.heldOut?.inside).toBeGreaterThanOrEqual(17);
      expect(found.distance.at(-1)?.words).toMatch(/x the largest fitted 6 N D$/);
      return low <= measured && measured <= high;
    });
    expect(inside.length).toBeGreaterThanOrEqual(2);
  });

  it("are shown without each of their budgets in turn", () => {
    const found = predictFit(open, { N: 1e10, D: 2e11 });
    expect(found.rungs).toHaveLength(budgetLevels(open.fittedLogBudgets ?? new Float64Array(1)).length);
    expect(found.rungs.reduce((sum, { rows: count }) => sum + count, 0)).toBe(220);
    for (const { change, error } of found.rungs) {
      expect(Math.abs(change ?? 1)).toBeLessThan(0.02);
      expect(error).toBeLessThan(0.02);
    }
  });
});

describe("Clark et al.'s models of up to 1.3B parameters", () => {
  const table = readTable("routed-lm/final.csv").filter(
    (row) => Number(row("k")) === 1 && Number(row("routing_frequency")) === 0.5 && ["S-Base", "Dense"].includes(row("router_type")),
  );
  const rows = {
    columns: { N: numbers(table, "dense_parameter_count"), experts: numbers(table, "num_experts") },
    output: numbers(table, "loss_validation"),
  };
  const open = keptFit(findLaw("routed"), rows, { objective: { kind: "leastSquares" }, draws: 200 });

  it("give the effective parameter count with an interval; one expert is N exactly", () => {
    const found = predictFit(open, { N: 1e9, experts: 64 }).equivalent;
    const [low, high] = found?.interval95 ?? [0, 0];
    expect(low).toBeGreaterThan(2e9);
    expect(high).toBeLessThan(6e9);
    expect(found?.words).not.toContain("not measured");
    expect(predictFit(open, { N: 987654321, experts: 1 }).equivalent).toMatchObject({
      value: 987654321,
      interval95: [987654321, 987654321],
    });
  });

  it("say where experts were not measured, and past which size they stop helping", () => {
    expect(predictFit(open, { N: 1e9, experts: 2048 }).equivalent?.words).toContain("experts = 2048 is 4 x the largest fitted experts");
    const beyond = predictFit(open, { N: 1e13, experts: 64 });
    expect(beyond.equivalent?.words).toContain("past where it helps");
    expect(beyond.equivalent?.words).toContain("x the largest fitted N: not measured");
  });
});
