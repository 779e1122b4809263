import { describe, expect, it } from "vitest";
import type { FitResult, FitRows, Objective } from "../../../analysis/fits/contract.ts";
import { fitLaw } from "../../../analysis/fits/fit-law.ts";
import { prepareFit } from "../../../analysis/fits/prepared-fit.ts";
import { chinchilla } from "../../../analysis/laws/chinchilla.ts";
import { findLaw } from "../../../analysis/laws/index.ts";
import { log } from "../../../analysis/numerics/elementary.ts";
import { leastSquares } from "../../../analysis/numerics/least-squares.ts";
import { lossRows } from "./size-token-rows.ts";
import { lineRows, straightLine } from "./straight-line.ts";

const values = (fit: FitResult): (number | null)[] => fit.parameters.map(({ value }) => value);
const coordinates = (fit: FitResult): Float64Array => Float64Array.from(fit.parameters, ({ coordinate }) => coordinate);
const objectives: Objective[] = [
  { kind: "huber", delta: 1e-3 },
  { kind: "leastSquares" },
  { kind: "leastAbsoluteDeviations" },
  { kind: "asymmetric", overestimatePenalty: 10 },
];

describe("a fit", () => {
  it.each(objectives)("finds the law behind rows without noise by $kind", (objective) => {
    const [E, A, B, alpha, beta] = values(fitLaw(chinchilla, lossRows(), { objective }));
    expect(E).toBeCloseTo(1.8, 4);
    expect((A ?? 0) / 400).toBeCloseTo(1, 3);
    expect((B ?? 0) / 2000).toBeCloseTo(1, 3);
    expect(alpha).toBeCloseTo(0.34, 4);
    expect(beta).toBeCloseTo(0.37, 4);
  });

  it.each(objectives)("is no lower anywhere near by $kind", (objective) => {
    const rows = lossRows({ noise: 0.01 });
    const fit = fitLaw(chinchilla, rows, { objective });
    const prepared = prepareFit(chinchilla, rows, { objective });
    expect(prepared.objectiveAt(coordinates(fit))).toBeCloseTo(fit.objectiveValue, 12);
    for (const [index] of fit.parameters.entries())
      for (const move of [-1e-3, 1e-3]) {
        const there = coordinates(fit);
        there[index] = (there[index] ?? 0) + move;
        expect(prepared.objectiveAt(there)).toBeGreaterThan(fit.objectiveValue);
      }
  });

  it("of a straight line by least squares is the textbook's", () => {
    const rows = lineRows(30);
    const fit = fitLaw(straightLine, rows, { objective: { kind: "leastSquares" } });
    const reference = leastSquares(
      [...(rows.columns["x"] ?? [])].map((x) => [1, x]),
      [...rows.output],
    );
    for (const [index, coefficient] of reference.coefficients.entries()) expect(values(fit)[index]).toBeCloseTo(coefficient, 10);
    expect(fit.objectiveValue).toBeCloseTo(
      reference.residuals.reduce((sum, residual) => sum + residual * residual, 0),
      10,
    );
  });

  it("counts a row of weight 2 twice and one of weight 0 not at all", () => {
    const rows = lossRows({ noise: 0.01 });
    const weights = rows.output.map((_, row) => row % 3);
    const twice = [...rows.output.keys()].flatMap((row) => Array.from({ length: row % 3 }, () => row));
    const picked = (column: Float64Array): Float64Array => Float64Array.from(twice, (row) => column[row] ?? 0);
    const repeated: FitRows = {
      columns: { N: picked(rows.columns["N"] ?? rows.output), D: picked(rows.columns["D"] ?? rows.output) },
      output: picked(rows.output),
    };
    const weighted = fitLaw(chinchilla, { ...rows, weights });
    const plain = fitLaw(chinchilla, repeated);
    expect(weighted.objectiveValue / plain.objectiveValue).toBeCloseTo(1, 8);
    expect(weighted.parameters[3]?.coordinate).toBeCloseTo(plain.parameters[3]?.coordinate ?? 0, 5);
  });

  it("says null, not 1e-90, for a term that is not there, and loses nothing by it", () => {
    const rows = lossRows({ E: -0.05, noise: 0.003 });
    const fit = fitLaw(chinchilla, rows);
    const held = fitLaw(chinchilla, rows, { held: { E: log(1e-9) } });
    expect(fit.parameters[0]?.value).toBeNull();
    expect(JSON.parse(JSON.stringify(fit))).toEqual(fit);
    expect(fit.objectiveValue).toBeLessThanOrEqual(held.objectiveValue * (1 + 1e-8));
  });

  it("holds what it is told to hold", () => {
    const rows = lossRows({ noise: 0.01 });
    const free = fitLaw(chinchilla, rows);
    const held = fitLaw(chinchilla, rows, { held: { alpha: 0.5 } });
    expect(held.parameters[3]?.value).toBe(0.5);
    expect(held.objectiveValue).toBeGreaterThan(free.objectiveValue);
  });

  it("keeps a parameter within the law's bounds", () => {
    // Loss that rises with size: the best exponent is 0.
    const rows = lossRows();
    const rising = { ...rows, output: rows.output.map((loss, row) => loss + 0.01 * (row % 8)) };
    const fit = fitLaw(chinchilla, { ...rising, output: rising.output.map((loss, row) => loss * (1 + 0.02 * (row % 8))) });
    expect(fit.parameters[3]?.value).toBeGreaterThanOrEqual(0);
  });

  it("weighs rows below the prediction as asked: the frontier moves down", () => {
    const rows = lossRows({ noise: 0.02 });
    const level = (overestimatePenalty: number): number => {
      const fit = fitLaw(chinchilla, rows, { objective: { kind: "asymmetric", overestimatePenalty } });
      const residuals = prepareFit(chinchilla, rows).residualsAt(coordinates(fit));
      return residuals.reduce((count, residual) => count + (residual < 0 ? 1 : 0), 0);
    };
    expect(level(10)).toBeLessThan(level(1) / 2);
  });

  it("is the same to the bit when asked again", () => {
    const rows = lossRows({ noise: 0.01 });
    expect(fitLaw(chinchilla, rows)).toEqual(fitLaw(chinchilla, rows));
  });

  it("ranks on a selection of many rows and ends at the minimum of all", () => {
    const few = lossRows({ noise: 0.01 });
    const copies = 60;
    const many = (column: Float64Array): Float64Array =>
      Float64Array.from({ length: column.length * copies }, (_, row) => column[row % column.length] ?? 0);
    const rows = {
      columns: { N: many(few.columns["N"] ?? few.output), D: many(few.columns["D"] ?? few.output) },
      output: many(few.output),
    };
    expect(fitLaw(chinchilla, rows).objectiveValue / copies / fitLaw(chinchilla, few).objectiveValue).toBeCloseTo(1, 8);
  });
});

describe("a fit refuses", () => {
  const refusal = (rows: FitRows): unknown => {
    try {
      return fitLaw(chinchilla, rows);
    } catch (error) {
      return error;
    }
  };
  const rows = lossRows();

  it.each([
    [
      "fewer rows than parameters",
      { columns: { N: new Float64Array([1e8, 2e8]), D: new Float64Array([1e9, 2e9]) }, output: new Float64Array([3, 2]) },
      "FIT_ROWS_TOO_FEW",
    ],
    ["a column that is not there", { ...rows, columns: { N: rows.columns["N"] ?? rows.output } }, "COLUMN_MISSING"],
    ["a size of 0", { ...rows, columns: { ...rows.columns, N: rows.output.map(() => 0) } }, "ROW_OUT_OF_RANGE"],
    ["a loss of NaN", { ...rows, output: rows.output.map(() => Number.NaN) }, "ROW_OUT_OF_RANGE"],
    ["a loss of 0 on a logarithmic scale", { ...rows, output: rows.output.map(() => 0) }, "OUTPUT_NOT_POSITIVE"],
    ["a weight below 0", { ...rows, weights: rows.output.map(() => -1) }, "WEIGHT_INVALID"],
  ])("%s", (_name, wrong, code) => {
    expect(refusal(wrong)).toMatchObject({ kind: "input", code });
  });

  it("starts of which none gives a finite objective, and lives with some that give none", () => {
    const overflowing = [[800], [0], [0], [0.3], [0.3]];
    expect(() => fitLaw(chinchilla, rows, { starts: overflowing })).toThrow(/none of the 1 starts of chinchilla/);
    expect(() => fitLaw(chinchilla, rows, { starts: overflowing, search: { starts: "all" } })).toThrow(/none of the 1 starts/);
    const some = fitLaw(chinchilla, rows, { starts: [[800, 0.5], [6], [7], [0.3], [0.3]], search: { starts: "all" } });
    expect(some.starts).toEqual({ ranked: 2, run: 2, shareReached: 0.5 });
  });

  it("a law that nobody knows, and lists those that are", () => {
    expect(() => findLaw("hubble")).toThrow(/there is no law "hubble"; known: .*chinchilla/);
  });
});
