import { describe, expect, it } from "vitest";
import { fitSensitivity } from "../../../analysis/fits/sensitivity.ts";
import { sensitivitySpreads } from "../../../analysis/fits/sensitivity-spread.ts";
import { chinchilla } from "../../../analysis/laws/chinchilla.ts";
import { overTraining } from "../../../analysis/laws/over-training.ts";
import { lossRows } from "./size-token-rows.ts";
import { lineRows, straightLine } from "./straight-line.ts";

describe("sensitivity", () => {
  const rows = lossRows({ noise: 0.005 });
  const spoilt = { ...rows, output: rows.output.map((loss, row) => (row === 20 ? 2 * loss : loss)) };
  const table = fitSensitivity(chinchilla, spoilt, {
    countings: { "N in thousands": { input: "N", column: rows.columns["N"]?.map((size) => size / 1000) ?? rows.output } },
  });
  const row = (start: string) => table.find(({ variant }) => variant.startsWith(start));
  const alpha = (start: string): number => row(start)?.parameters["alpha"] ?? Number.NaN;

  it("shows the fit, other deltas, without outliers, without the smallest models and other countings", () => {
    expect(table.map(({ variant, rowCount }) => [variant, rowCount])).toEqual([
      ["as fitted", 48],
      ["Huber delta 0.0001", 48],
      ["Huber delta 0.01", 48],
      ["Huber delta 0.1", 48],
      ["without the row of the largest residuals", 47],
      ["N at least 4.00e+7", 42],
      ["N at least 8.00e+7", 36],
      ["N in thousands", 48],
    ]);
  });

  it("shows what an outlier does: much with a large delta, nothing once it is left out", () => {
    expect(Math.abs(alpha("Huber delta 0.1") - 0.34)).toBeGreaterThan(Math.abs(alpha("without the row") - 0.34));
    expect(Math.abs(alpha("without the row") - 0.34)).toBeLessThan(0.05);
  });

  it("shows that a unit moves A and never alpha", () => {
    expect(alpha("N in thousands")).toBeCloseTo(alpha("as fitted"), 5);
    expect(row("N in thousands")?.parameters["A"]).toBeLessThan(row("as fitted")?.parameters["A"] ?? 0);
  });

  it("asks no law for a model size that it does not have", () => {
    const told = fitSensitivity(straightLine, lineRows(30), { objective: { kind: "leastSquares" } });
    expect(told.map(({ variant }) => variant)).toEqual(["as fitted", "without the row of the largest residuals"]);
  });
});

describe("a thorough sensitivity", () => {
  const rows = lossRows({ noise: 0.005 });
  const computes = [1e22, 1e24];
  const table = fitSensitivity(overTraining, rows, { thorough: true, computes });
  const of = (factor: string | null) => table.filter((row) => row.factor === factor);

  it("also changes form, penalty, start grid and which rows there are", () => {
    expect(of("form").map(({ law }) => law)).toEqual(["chinchilla", "kaplan-joint", "farseer"]);
    expect(of("objective").map(({ variant }) => variant)).toEqual([
      "Huber delta 0.0001",
      "Huber delta 0.01",
      "Huber delta 0.1",
      "least squares",
      "least absolute deviations",
      "asymmetric, 10 to 1",
      "least squares of loss",
    ]);
    expect(of("starts").map(({ variant }) => variant)).toEqual(["every start run", "the grid's corners", "one start"]);
    expect(of("rows").map(({ variant, rowCount }) => [variant, rowCount])).toEqual([
      ["without the row of the highest loss", 47],
      ["without the row of the largest residuals", 47],
      ["N at least 4.00e+7", 42],
      ["N at least 8.00e+7", 36],
      ["N at most 1.28e+9", 42],
      ["N at most 6.40e+8", 36],
    ]);
  });

  it("never finds less than the fit by running more starts", () => {
    const [fit] = of(null);
    for (const { objectiveValue } of of("starts")) expect(objectiveValue).toBeGreaterThan((fit?.objectiveValue ?? 0) * (1 - 1e-9));
  });

  it("says where each puts the optimum, and how far apart they are by each choice", () => {
    for (const { optima } of table) expect(optima).toHaveLength(2);
    const spreads = sensitivitySpreads(table, computes);
    expect(spreads.map(({ compute }) => compute)).toEqual(computes);
    for (const { asFitted, smallest, largest, factor, byFactor } of spreads) {
      expect(smallest.size).toBeLessThanOrEqual(asFitted ?? 0);
      expect(largest.size).toBeGreaterThanOrEqual(asFitted ?? Infinity);
      expect(factor).toBeCloseTo(largest.size / smallest.size, 12);
      expect(byFactor.map((part) => part.factor)).toEqual(["form", "objective", "starts", "rows"]);
      for (const { spread } of byFactor) expect(spread).toBeGreaterThanOrEqual(1);
      expect(Math.max(...byFactor.map(({ spread }) => spread))).toBeLessThanOrEqual(factor);
    }
    expect(spreads.map(({ missed }) => missed)).toEqual([["one start"], ["one start"]]);
    expect(spreads[1]?.factor).toBeGreaterThan(spreads[0]?.factor ?? Infinity);
  });
});
