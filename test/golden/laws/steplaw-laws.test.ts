import { describe, expect, it } from "vitest";
import { optimumCells } from "../../../analysis/fits/optima/cells.ts";
import { fitSurface } from "../../../analysis/fits/optima/fit-surface.ts";
import { fitLaw } from "../../../analysis/fits/fit-law.ts";
import { findLaw } from "../../../analysis/laws/index.ts";
import { exp, log, sqrt } from "../../../analysis/numerics/elementary.ts";
import { fittedValue } from "./fit-values.ts";
import { numbers, readTable } from "./isoflop/table.ts";

const table = readTable("steplaw/runs.csv");
const cells = optimumCells({
  columns: { N: numbers(table, "N"), D: numbers(table, "D"), learningRate: numbers(table, "lr"), B: numbers(table, "bs").map((batch) => 2048 * batch) },
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
});
