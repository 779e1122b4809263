import { describe, expect, it } from "vitest";
import type { FitRows } from "../../analysis/fits/contract.ts";
import { fitLaw } from "../../analysis/fits/fit-law.ts";
import { findLaw } from "../../analysis/laws/index.ts";
import { fittedValue, relativeErrors } from "./fit-values.ts";
import { numbers, readTable, type TableRow } from "./isoflop/table.ts";

const law = findLaw("private-batch-bias");
const table = readTable("private-batches/runs.csv");
const rowsOf = (rows: readonly TableRow[]): FitRows => ({ columns: { B: numbers(rows, "B") }, output: numbers(rows, "loss") });

describe("private runs simulated on small batches", () => {
  it("are pessimistic by a power of the batch close to 1", () => {
    const fit = fitLaw(law, rowsOf(table), { objective: { kind: "leastSquares" } });
    expect(Math.max(...relativeErrors(law, fit, rowsOf(table)))).toBeLessThan(0.002);
    expect(fittedValue(fit, "gamma")).toBeGreaterThan(0.9);
    expect(fittedValue(fit, "gamma")).toBeLessThan(1.4);
    expect(Math.abs(fittedValue(fit, "E") - 0.571)).toBeLessThan(0.003);
  });

  it("of a quarter of the batch and less tell the loss at the batch itself within 1 %, and four times beyond", () => {
    const small = fitLaw(law, rowsOf(table.filter((row) => Number(row("B")) <= 256)), { objective: { kind: "leastSquares" } });
    const errors = relativeErrors(law, small, rowsOf(table.filter((row) => Number(row("B")) >= 1024)));
    expect(errors).toHaveLength(3);
    expect(Math.max(...errors)).toBeLessThan(0.01);
  });
});
