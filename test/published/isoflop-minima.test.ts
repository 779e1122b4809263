import { describe, expect, it } from "vitest";
import type { FitRows } from "../../analysis/fits/contract.ts";
import { fitLaw } from "../../analysis/fits/fit-law.ts";
import { findLaw } from "../../analysis/laws/index.ts";
import { fittedValue, relativeErrors } from "./fit-values.ts";
import { readTable } from "./isoflop/table.ts";

const lowest = new Map<number, number>();
for (const row of readTable("isoflop/extracted.csv")) {
  if (row("condition") !== "raw_loss") continue;
  const [budget, loss] = [Number(row("budget")), Number(row("loss"))];
  lowest.set(budget, Math.min(loss, lowest.get(budget) ?? Infinity));
}
const budgets = [...lowest.keys()].sort((left, right) => left - right);
const rowsOf = (of: readonly number[]): FitRows => ({
  columns: { C: Float64Array.from(of) },
  output: Float64Array.from(of, (budget) => lowest.get(budget) ?? Number.NaN),
});
const objective = { kind: "leastSquares" } as const;

describe("the lowest losses of Llama 3's ten IsoFLOP budgets", () => {
  // Sums of squares, constants and errors as SciPy's simplex search and a straight line in logarithms give them.
  it.each([
    ["power-of-compute", 6.9734555e-4, { A: 4.038792, alpha: 0.03510846 }, 0.02713806],
    ["power-of-compute-irreducible", 3.1847702e-5, { E: 0.5624363, A: 82.89437, alpha: 0.12754656 }, 0.00702872],
  ] as const)("are fitted by %s as well as SciPy does, and the largest is predicted as well", (id, sum, reference, error) => {
    expect(budgets).toHaveLength(10);
    const law = findLaw(id);
    const fit = fitLaw(law, rowsOf(budgets), { objective });
    expect(fit.objectiveValue).toBeLessThanOrEqual(sum * (1 + 1e-6));
    for (const [name, value] of Object.entries(reference)) expect(Math.abs(fittedValue(fit, name) / value - 1), name).toBeLessThan(1e-3);
    const [found = 1] = relativeErrors(law, fitLaw(law, rowsOf(budgets.slice(0, -1)), { objective }), rowsOf(budgets.slice(-1)));
    expect(Math.abs(found - error)).toBeLessThan(2e-5);
  });
});
