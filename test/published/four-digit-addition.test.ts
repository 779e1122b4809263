import { describe, expect, it } from "vitest";
import type { FitRows } from "../../analysis/fits/contract.ts";
import { fitLaw } from "../../analysis/fits/fit-law.ts";
import { findLaw } from "../../analysis/laws/index.ts";
import { fittedValue, relativeErrors } from "./fit-values.ts";
import { numbers, readTable, type TableRow } from "./isoflop/table.ts";

const law = findLaw("broken-power-of-tokens");
const table = readTable("four-digit-addition/runs.csv");
const rowsOf = (rows: readonly TableRow[]): FitRows => ({ columns: { D: numbers(rows, "examples") }, output: numbers(rows, "loss") });
const objective = { kind: "leastSquares" } as const;

describe("Caballero et al.'s 4-digit addition, where loss breaks sharply", () => {
  const fit = fitLaw(law, rowsOf(table.slice(0, 14)), { objective });

  it("is fitted to its first 14 points as well as SciPy does, with the authors' constants", () => {
    expect(fit.objectiveValue).toBeLessThanOrEqual(5.0119323e-6);
    // The authors minimise squares of ln(loss + 1), hence the 2 %.
    for (const [name, value] of Object.entries(law.published[0]?.values ?? {}))
      expect(Math.abs(fittedValue(fit, name) / value - 1), name).toBeLessThan(0.02);
  });

  it("is predicted within 1.5 % at the last three, where loss is half of what it was", () => {
    const errors = relativeErrors(law, fit, rowsOf(table.slice(14)));
    expect(errors).toHaveLength(3);
    expect(Math.max(...errors)).toBeLessThan(0.015);
  });

  it("needs the break: a plain power of the examples misses by 100 %", () => {
    const plain = findLaw("power-of-tokens-irreducible");
    const errors = relativeErrors(plain, fitLaw(plain, rowsOf(table.slice(0, 14)), { objective }), rowsOf(table.slice(14)));
    expect(Math.min(...errors)).toBeGreaterThan(0.5);
  });
});
