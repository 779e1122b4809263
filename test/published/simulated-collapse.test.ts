import { describe, expect, it } from "vitest";
import type { FitRows } from "../../analysis/fits/contract.ts";
import { fitLaw } from "../../analysis/fits/fit-law.ts";
import { findLaw } from "../../analysis/laws/index.ts";
import { predictOutput } from "../../analysis/fits/output-scale.ts";
import { fittedValue, relativeErrors } from "./fit-values.ts";
import { numbers, readTable, type TableRow } from "./isoflop/table.ts";

const law = findLaw("model-collapse");
const table = readTable("simulated-collapse/runs.csv");

function rowsOf(rows: readonly TableRow[], output = "testError"): FitRows {
  return {
    columns: Object.fromEntries(law.inputs.map(({ name }) => [name, numbers(rows, name)])),
    output: numbers(rows, output),
  };
}

describe("least squares over generations of its own labels", () => {
  it("has the error that the law expects where both noises are 1", () => {
    const expected = rowsOf(table, "expected");
    const predicted = predictOutput(law, new Float64Array(2), expected.columns);
    for (const [row, value] of expected.output.entries()) expect(Math.abs((predicted[row] ?? 0) / value - 1)).toBeLessThan(0.002);
  });

  it.each([["200"], ["400"]])(
    "has its slope within 5 %% from generations up to 5 of %s samples, and generation 10 within 7 %%",
    (samples) => {
      const own = table.filter((row) => row("generationSamples") === samples);
      const fit = fitLaw(law, rowsOf(own.filter((row) => Number(row("generation")) <= 5)), { objective: { kind: "leastSquares" } });
      expect(Math.abs(fittedValue(fit, "generationNoise") - 1)).toBeLessThan(0.05);
      const [error = 1] = relativeErrors(law, fit, rowsOf(own.filter((row) => Number(row("generation")) === 10)));
      expect(error).toBeLessThan(0.07);
    },
  );
});
