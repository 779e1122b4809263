import { describe, expect, it } from "vitest";
import { allocateCompute } from "../../analysis/fits/allocation.ts";
import { fitLaw } from "../../analysis/fits/fit-law.ts";
import { findLaw } from "../../analysis/laws/index.ts";
import { pow } from "../../analysis/numerics/elementary.ts";
import { fittedCoordinates, fittedValue, relativeErrors } from "./fit-values.ts";
import { readTable } from "./isoflop/table.ts";
import { sizeTokenRows } from "./size-token-rows.ts";

const law = findLaw("over-training");
const table = readTable("overtraining/runs.csv");
const rowsOf = (rows: typeof table) => sizeTokenRows(rows, { loss: "loss_c4_val" });

/** The authors' five runs: four sizes at 20 tokens a parameter, and the smallest at 320. */
const fiveOf = (dataset: string) =>
  table.filter((row) => {
    const [size, multiple] = [Number(row("N")), Number(row("chinchilla_multiplier"))];
    return row("dataset") === dataset && ((size < 5e8 && multiple === 1) || (size < 2e7 && multiple === 16));
  });
const fitOf = (dataset: string) => fitLaw(law, rowsOf(fiveOf(dataset)), { objective: { kind: "leastSquares" }, residualScale: "value" });

describe("Gadre et al.'s over-training law", () => {
  // alpha, beta, eta and E as the authors' code has them: alpha is a 6^-eta here, and their eta is twice this one.
  it.each([
    ["rpj", 166.2, 366.7, 0.27285, 1.8367],
    ["c4_original", 113.7, 189.5, 0.2425, 1.5083],
    ["rw_original", 125.1, 246.2, 0.2544, 1.7345],
  ])("has the published constants from five runs on %s", (dataset, alpha, beta, eta, irreducible) => {
    const fit = fitOf(dataset);
    expect(fit.rowCount).toBe(5);
    expect(fit.starts.shareReached).toBe(1);
    const found = [
      fittedValue(fit, "a") * pow(6, -fittedValue(fit, "eta")),
      fittedValue(fit, "b"),
      2 * fittedValue(fit, "eta"),
      fittedValue(fit, "E"),
    ];
    for (const [index, published] of [alpha, beta, eta, irreducible].entries())
      expect(Math.abs((found[index] ?? 0) / published - 1), `${found[index]} for ${published}`).toBeLessThan(0.01);
  });

  it("predicts 1.4B parameters, and 32 times the tokens of Chinchilla, within 3 % from those five", () => {
    for (const dataset of ["rpj", "c4_original", "rw_original"]) {
      const fit = fitOf(dataset);
      const own = table.filter((row) => row("dataset") === dataset);
      const [largest = 1] = relativeErrors(law, fit, rowsOf(own.filter((row) => Number(row("N")) > 1e9)));
      expect(largest).toBeLessThan(0.02);
      const overTrained = relativeErrors(law, fit, rowsOf(own.filter((row) => Number(row("chinchilla_multiplier")) === 32)));
      expect(overTrained.length).toBeGreaterThanOrEqual(3);
      expect(Math.max(...overTrained)).toBeLessThan(0.03);
    }
  });

  it("asks for the same tokens per parameter at every compute", () => {
    const coordinates = fittedCoordinates(fitOf("rpj"));
    const [small, large] = [1e18, 1e24].map((compute) => allocateCompute(law, coordinates, compute).tokensPerParameter);
    expect(Math.abs((small ?? 0) / (large ?? 1) - 1)).toBeLessThan(1e-6);
  });
});
