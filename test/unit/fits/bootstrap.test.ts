import { describe, expect, it } from "vitest";
import { bootstrapFits, bootstrapInterval, bootstrapRefits } from "../../../analysis/fits/bootstrap.ts";
import type { FitRows } from "../../../analysis/fits/contract.ts";
import { vanishedCoordinate } from "../../../analysis/fits/coordinates.ts";
import { fitLaw, type FitOptions } from "../../../analysis/fits/fit-law.ts";
import { parameterIntervals } from "../../../analysis/fits/parameter-intervals.ts";
import { prepareFit, type PreparedFit } from "../../../analysis/fits/prepared-fit.ts";
import { chinchilla } from "../../../analysis/laws/chinchilla.ts";
import type { Law } from "../../../analysis/laws/contract.ts";
import { lossRows } from "./size-token-rows.ts";
import { lineRows, straightLine } from "./straight-line.ts";

const squares: FitOptions = { objective: { kind: "leastSquares" } };
const slope = (point: Float64Array): number => point[1] ?? 0;

function fitted(law: Law, rows: FitRows, options: FitOptions = {}): { prepared: PreparedFit; best: Float64Array } {
  return {
    prepared: prepareFit(law, rows, options),
    best: Float64Array.from(fitLaw(law, rows, options).parameters, ({ coordinate }) => coordinate),
  };
}

describe("a bootstrap", () => {
  it.each(["pairs", "wild"] as const)("of %s gives a draw by its index alone, whatever was drawn before", (kind) => {
    const { prepared, best } = fitted(chinchilla, lossRows({ noise: 0.01 }));
    const { coordinates, size } = bootstrapFits(prepared, best, { kind, seed: 7, count: 12 });
    const refitOf = bootstrapRefits(prepared, best, { kind, seed: 7 });
    for (const draw of [11, 0, 5, 5]) expect(refitOf(draw)).toEqual(coordinates.slice(draw * size, (draw + 1) * size));
  });

  it.each(["pairs", "wild"] as const)("of %s has the spread of the textbook's standard error", (kind) => {
    const rows = lineRows(60);
    const { prepared, best } = fitted(straightLine, rows, squares);
    const interval = bootstrapInterval(bootstrapFits(prepared, best, { kind, seed: 1, count: 1500 }), slope);
    const x = rows.columns["x"] ?? rows.output;
    const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
    const residuals = prepared.residualsAt(best);
    const variance = residuals.reduce((sum, residual) => sum + residual * residual, 0) / (x.length - 2);
    const standardError = Math.sqrt(variance / x.reduce((sum, value) => sum + (value - mean) * (value - mean), 0));
    expect((interval.high - interval.low) / (2 * 1.96 * standardError)).toBeGreaterThan(0.85);
    expect((interval.high - interval.low) / (2 * 1.96 * standardError)).toBeLessThan(1.15);
  });

  it("never splits a cluster: rows told four times over are as uncertain as told once", () => {
    const rows = lineRows(30);
    const repeat = (column: Float64Array): Float64Array => Float64Array.from({ length: 120 }, (_, row) => column[Math.floor(row / 4)] ?? 0);
    const repeated = { columns: { x: repeat(rows.columns["x"] ?? rows.output) }, output: repeat(rows.output) };
    const clusters = Int32Array.from({ length: 120 }, (_, row) => 1000 - Math.floor(row / 4));
    const width = (of: FitRows): number => {
      const { prepared, best } = fitted(straightLine, of, squares);
      const interval = bootstrapInterval(bootstrapFits(prepared, best, { kind: "pairs", seed: 1, count: 400 }), slope);
      return interval.high - interval.low;
    };
    expect(width({ ...repeated, clusters }) / width(rows)).toBeCloseTo(1, 6);
    expect(width(repeated) / width(rows)).toBeLessThan(0.65);
  });

  it("refuses rows that are all of one cluster", () => {
    const { prepared, best } = fitted(straightLine, { ...lineRows(10), clusters: new Int32Array(10) }, squares);
    expect(() => bootstrapFits(prepared, best, { kind: "pairs", seed: 1, count: 1 })).toThrow(/one cluster/);
  });

  it("tells each parameter's interval, and which term the rows do not tell from none", () => {
    const intervals = (E: number, noise: number) => {
      const { prepared, best } = fitted(chinchilla, lossRows({ E, noise }));
      return parameterIntervals(chinchilla, bootstrapFits(prepared, best, { kind: "pairs", seed: 1, count: 100 }), best);
    };
    const [weak] = intervals(0.02, 0.05);
    expect(weak).toMatchObject({ name: "E", identified: false, interval: { low: 0, level: 0.95, covers: "parameter" } });
    expect(weak?.vanishedShare).toBeGreaterThan(0.2);
    const strong = intervals(1.8, 0.005);
    expect(strong.map(({ identified }) => identified)).toEqual([true, true, true, true, true]);
    for (const [index, truth] of [1.8, 400, 2000, 0.34, 0.37].entries()) {
      expect(strong[index]?.interval.low).toBeLessThan(truth);
      expect(strong[index]?.interval.high).toBeGreaterThan(truth);
    }
  });

  it("finds a vanished term again in draws that have it, and leaves it out of those that do not", () => {
    const { prepared, best } = fitted(chinchilla, lossRows({ E: 0, noise: 0.02, seed: 6 }));
    expect(best[0]).toBe(vanishedCoordinate);
    const [irreducible] = parameterIntervals(chinchilla, bootstrapFits(prepared, best, { kind: "pairs", seed: 1, count: 100 }), best);
    expect(irreducible?.vanishedShare).toBeGreaterThan(0.3);
    expect(irreducible?.vanishedShare).toBeLessThan(0.99);
    expect(irreducible?.interval.high).toBeGreaterThan(0.01);
  });
});
