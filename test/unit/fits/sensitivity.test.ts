import { describe, expect, it } from "vitest";
import { fitSensitivity } from "../../../analysis/fits/sensitivity.ts";
import { chinchilla } from "../../../analysis/laws/chinchilla.ts";
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
