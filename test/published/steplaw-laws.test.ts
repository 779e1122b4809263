import { describe, expect, it } from "vitest";
import { optimumCells } from "../../analysis/fits/optima/cells.ts";
import { fitSurface } from "../../analysis/fits/optima/fit-surface.ts";
import { fitLaw } from "../../analysis/fits/fit-law.ts";
import { fitOptimumLaw, type OptimumPoint } from "../../analysis/fits/optima/optimum-law.ts";
import { findLaw } from "../../analysis/laws/index.ts";
import { exp, log, sqrt } from "../../analysis/numerics/elementary.ts";
import { fittedValue } from "./fit-values.ts";
import { numbers, readTable } from "./isoflop/table.ts";

const table = readTable("steplaw/runs.csv");
const cells = optimumCells({
  columns: {
    N: numbers(table, "N"),
    D: numbers(table, "D"),
    learningRate: numbers(table, "lr"),
    B: numbers(table, "bs").map((batch) => 2048 * batch),
  },
  output: numbers(table, "smooth loss"),
});
const surfaces = cells.map((cell) => fitSurface(cell, { band: 0.02, level: 0.95 })).filter((surface) => surface.status === "fitted");
const scaleOf = (variable: string) => Float64Array.from(surfaces, ({ scale }) => scale[variable] ?? Number.NaN);
const optimumOf = (axis: number) => Float64Array.from(surfaces, ({ vertex }) => exp(vertex[axis] ?? Number.NaN));
const objective = { kind: "leastSquares" } as const;

describe("Step Law's optima, fitted by the laws of the catalogue", () => {
  it("give ln lr = 4.181 - .7865 ln N + .2067 ln D", () => {
    expect(surfaces).toHaveLength(15);
    const rows = { columns: { N: scaleOf("N"), D: scaleOf("D") }, output: optimumOf(0) };
    const fit = fitLaw(findLaw("learning-rate-of-size-and-tokens"), rows, { objective });
    expect(Math.abs(fittedValue(fit, "p") + 0.7865)).toBeLessThan(0.001);
    expect(Math.abs(fittedValue(fit, "q") - 0.2067)).toBeLessThan(0.001);
    expect(Math.abs(log(fittedValue(fit, "A")) - 4.181)).toBeLessThan(0.01);
    expect(sqrt(fit.objectiveValue / 15)).toBeCloseTo(0.057, 3);
  });

  it("give ln B = -.878 + .5815 ln D", () => {
    const fit = fitLaw(findLaw("batch-of-tokens"), { columns: { D: scaleOf("D") }, output: optimumOf(1) }, { objective });
    expect(Math.abs(fittedValue(fit, "q") - 0.5815)).toBeLessThan(0.001);
    expect(Math.abs(log(fittedValue(fit, "A")) + 0.878)).toBeLessThan(0.02);
    expect(sqrt(fit.objectiveValue / 15)).toBeCloseTo(0.107, 3);
  });

  const columns: Readonly<Record<string, Float64Array>> = {
    N: scaleOf("N"),
    D: scaleOf("D"),
    C: scaleOf("N").map((size, row) => 6 * size * (scaleOf("D")[row] ?? 0)),
  };

  // Root mean squares of ln optimum beside .057 and .107 above.
  it.each([
    ["learning-rate-of-size", "N", 0, 0.1993],
    ["learning-rate-of-tokens", "D", 0, 0.2824],
    ["learning-rate-of-compute", "C", 0, 0.3161],
    ["batch-of-size", "N", 1, 0.5537],
    ["batch-of-compute", "C", 1, 0.274],
  ] as const)(
    "%s has the exponent of a straight line in logarithms, and more scatter than the laws above",
    (id, variable, axis, scatter) => {
      const inputs = { [variable]: columns[variable] ?? new Float64Array() };
      const fit = fitLaw(findLaw(id), { columns: inputs, output: optimumOf(axis) }, { objective });
      const points = [...optimumOf(axis)].map(
        (optimum, row): OptimumPoint => ({ scale: { [variable]: inputs[variable]?.[row] ?? 0 }, logOptimum: log(optimum) }),
      );
      const line = fitOptimumLaw(id, [variable], points);
      expect(Math.abs((fit.parameters[1]?.value ?? 0) - (line.terms[0]?.exponent ?? 1))).toBeLessThan(1e-9);
      expect(sqrt(fit.objectiveValue / 15)).toBeCloseTo(line.rootMeanSquare, 9);
      expect(line.rootMeanSquare).toBeCloseTo(scatter, 3);
    },
  );

  it("learning-rate-of-log-size, a straight line in ln N, is further off than a power of N", () => {
    const rows = { columns: { N: scaleOf("N") }, output: optimumOf(0) };
    const line = fitLaw(findLaw("learning-rate-of-log-size"), rows, { objective });
    const power = fitLaw(findLaw("learning-rate-of-size"), rows, { objective, residualScale: "value" });
    expect(fittedValue(line, "b")).toBeLessThan(0);
    expect(line.objectiveValue).toBeGreaterThan(power.objectiveValue);
    // It reaches 0 at 1.4 billion parameters, 2.6 times the largest.
    expect(Math.abs(-fittedValue(line, "a") / fittedValue(line, "b") - log(1.4e9))).toBeLessThan(0.05);
  });

  it("learning-rate-of-batch rises with the batch in every cell, less than in proportion", () => {
    for (const { runs } of cells) {
      const batches = [...new Set(runs.map(({ logValues }) => logValues[1] ?? 0))];
      const best = batches.map((batch) =>
        runs.filter(({ logValues }) => logValues[1] === batch).reduce((least, run) => (run.loss < least.loss ? run : least)),
      );
      const rows = {
        columns: { B: Float64Array.from(batches, exp) },
        output: Float64Array.from(best, ({ logValues }) => exp(logValues[0] ?? 0)),
      };
      const fit = fitLaw(findLaw("learning-rate-of-batch"), rows, { objective });
      expect(fit.rowCount).toBe(10);
      expect(fittedValue(fit, "p")).toBeGreaterThan(0.1);
      expect(fittedValue(fit, "p")).toBeLessThan(0.6);
    }
  });
});
