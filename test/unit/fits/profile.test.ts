import { describe, expect, it } from "vitest";
import type { FitRows } from "../../../analysis/fits/contract.ts";
import { fitLaw, type FitOptions } from "../../../analysis/fits/fit-law.ts";
import { assessIdentifiability } from "../../../analysis/fits/identifiability.ts";
import { prepareFit } from "../../../analysis/fits/prepared-fit.ts";
import { profileParameter } from "../../../analysis/fits/profile.ts";
import { chinchilla } from "../../../analysis/laws/chinchilla.ts";
import type { Law } from "../../../analysis/laws/contract.ts";
import { leastSquares, leverage } from "../../../analysis/numerics/least-squares.ts";
import { studentTFactor } from "../../../analysis/numerics/student-t.ts";
import { lossRows } from "./size-token-rows.ts";
import { lineRows, straightLine } from "./straight-line.ts";

const squares: FitOptions = { objective: { kind: "leastSquares" } };

function fitted(law: Law, rows: FitRows, options: FitOptions = {}) {
  return {
    prepared: prepareFit(law, rows, options),
    best: Float64Array.from(fitLaw(law, rows, options).parameters, ({ coordinate }) => coordinate),
  };
}

describe("a profile", () => {
  it("of a straight line's slope is Student's interval, up to the spread of the sandwich", () => {
    const rows = lineRows(400);
    const { prepared, best } = fitted(straightLine, rows, squares);
    const reference = leastSquares(
      [...(rows.columns["x"] ?? [])].map((x) => [1, x]),
      [...rows.output],
    );
    const half = studentTFactor(0.95, 398) * (reference.residualStandardDeviation ?? 0) * leverage(reference, [0, 1]);
    const profile = profileParameter(prepared, best, 1);
    for (const end of [profile.low ?? 0, profile.high ?? 0]) {
      expect(Math.abs(end - (best[1] ?? 0)) / half).toBeGreaterThan(0.95);
      expect(Math.abs(end - (best[1] ?? 0)) / half).toBeLessThan(1.1);
    }
  });

  it("of rows told four times over is as wide as of rows told once, when they are clusters", () => {
    const rows = lineRows(40);
    const repeat = (column: Float64Array): Float64Array => Float64Array.from({ length: 160 }, (_, row) => column[Math.floor(row / 4)] ?? 0);
    const clusters = Int32Array.from({ length: 160 }, (_, row) => Math.floor(row / 4));
    const repeated = { columns: { x: repeat(rows.columns["x"] ?? rows.output) }, output: repeat(rows.output), clusters };
    const width = (of: FitRows): number => {
      const { prepared, best } = fitted(straightLine, of, squares);
      const { low, high } = profileParameter(prepared, best, 1);
      return (high ?? Infinity) - (low ?? 0);
    };
    expect(width(repeated) / width(rows)).toBeGreaterThan(0.8);
    expect(width(repeated) / width(rows)).toBeLessThan(1.2);
  });

  it("rises from the best point on both sides", () => {
    const { prepared, best } = fitted(chinchilla, lossRows({ noise: 0.01 }));
    const { points, threshold } = profileParameter(prepared, best, 3);
    const lowest = points.findIndex(({ coordinate }) => coordinate === best[3]);
    expect(points[lowest]?.ratio).toBe(0);
    for (const [index, { ratio }] of points.entries()) {
      if (index > 0 && index <= lowest) expect(ratio).toBeLessThanOrEqual((points[index - 1]?.ratio ?? 0) + 1e-6);
      if (index > lowest) expect(ratio).toBeGreaterThanOrEqual((points[index - 1]?.ratio ?? 0) - 1e-6);
    }
    expect(points.at(-1)?.ratio).toBeGreaterThan(threshold);
  });
});

describe("identifiability", () => {
  it("tells an irreducible loss from none when the rows do", () => {
    const { prepared, best } = fitted(chinchilla, lossRows({ noise: 0.003 }));
    const { parameters, ridges } = assessIdentifiability(prepared, best);
    expect(parameters.map(({ identified }) => identified)).toEqual([true, true, true, true, true]);
    // A and alpha are read off sizes far from 1: they trade for each other.
    expect(ridges.map((ridge) => ridge.parameters)).toContainEqual(["A", "alpha"]);
  });

  it("says so when they do not", () => {
    const { prepared, best } = fitted(chinchilla, lossRows({ E: 0.05, noise: 0.05 }));
    const [irreducible] = assessIdentifiability(prepared, best).parameters;
    expect(irreducible?.identified).toBe(false);
    expect(irreducible?.words).toMatch(/^E is not identified: the rows do not tell it from 0 \(95 %: up to /);
  });

  it("finds no interval for the exponent of a size that never changes", () => {
    const rows = lossRows({ noise: 0.003 });
    const oneSize = { ...rows, columns: { ...rows.columns, N: rows.output.map(() => 1e8) } };
    const { prepared, best } = fitted(chinchilla, oneSize);
    const told = Object.fromEntries(assessIdentifiability(prepared, best).parameters.map(({ name, identified }) => [name, identified]));
    expect(told["alpha"]).toBe(false);
    expect(told["A"]).toBe(false);
  });
});
