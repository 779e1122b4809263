import { describe, expect, it } from "vitest";
import type { FitRows } from "../../../../analysis/fits/contract.ts";
import { optimumCells } from "../../../../analysis/fits/optima/cells.ts";
import { fitSurface } from "../../../../analysis/fits/optima/fit-surface.ts";
import { regretAt } from "../../../../analysis/fits/optima/regret.ts";
import type { FittedSurface, RefusedSurface } from "../../../../analysis/fits/optima/surface.ts";
import { bestBatch, bestLearningRate, rise, sweepRows } from "./synthetic.ts";

const sweep = { size: 1e8, tokens: 8e9 };

function surfaceOf(rows: FitRows, band = 0.02): FittedSurface {
  const [cell] = optimumCells(rows);
  const surface = cell === undefined ? undefined : fitSurface(cell, { band, level: 0.95 });
  if (surface?.status !== "fitted") throw new Error(surface?.words ?? "no cell");
  return surface;
}

function refusalOf(rows: FitRows, band = 0.02): RefusedSurface {
  const [cell] = optimumCells(rows);
  const surface = cell === undefined ? undefined : fitSurface(cell, { band, level: 0.95 });
  if (surface === undefined || surface.status === "fitted") throw new Error("nothing was refused");
  return surface;
}

describe("the surface of a cell", () => {
  it("has its vertex, curvature and loss where they are", () => {
    const surface = surfaceOf(sweepRows([sweep]), 0.05);
    expect(surface.axes).toEqual(["learningRate", "B"]);
    expect(surface.scale).toEqual({ N: 1e8, D: 8e9 });
    expect(surface.optima[0]?.value).toBeCloseTo(bestLearningRate(sweep), 12);
    expect((surface.optima[1]?.value ?? 0) / bestBatch(sweep)).toBeCloseTo(1, 9);
    expect(Math.exp(surface.vertexLogLoss)).toBeCloseTo(2.5, 9);
    expect(surface.hessian[0]?.[0]).toBeCloseTo(0.02, 9);
    expect(surface.hessian[0]?.[1]).toBeCloseTo(-0.006, 9);
    expect(surface.hessian[1]?.[1]).toBeCloseTo(0.01, 9);
    expect(surface.bestRunAtEnd).toEqual([]);
  });

  it("holds the optimum in about 95 % of its intervals", () => {
    let held = 0;
    for (let seed = 0; seed < 100; seed += 1) {
      const surface = surfaceOf(sweepRows([sweep], { noise: 0.0015, seed }), 0.05);
      for (const { axis, interval } of surface.optima) {
        const best = axis === "B" ? bestBatch(sweep) : bestLearningRate(sweep);
        if (interval !== null && interval.low <= best && best <= interval.high) held += 1;
      }
    }
    expect(held).toBeGreaterThan(180);
    expect(held).toBeLessThan(199);
  });

  it("has one axis where the batch was not swept", () => {
    const surface = surfaceOf(sweepRows([sweep], { batches: [0.1] }), 0.05);
    expect(surface.axes).toEqual(["learningRate"]);
    expect(surface.optima[0]?.value).toBeCloseTo(bestLearningRate(sweep), 12);
    expect(surface.optima).toHaveLength(1);
  });

  it("lies above the luckiest of its noisy runs", () => {
    const surface = surfaceOf(sweepRows([sweep], { noise: 0.003 }));
    expect(surface.luckOfTheBest).toBeLessThan(-0.001);
  });

  it("knows diverged runs as no part of the fit", () => {
    const rows = sweepRows([sweep]);
    const diverged = { ...rows, output: rows.output.map((loss, row) => (row >= 42 ? Infinity : loss)) };
    expect(surfaceOf(diverged, 0.05).optima[0]?.value).toBeCloseTo(bestLearningRate(sweep), 10);
  });
});

describe("a cell without an optimum", () => {
  it.each([
    [2, "low"],
    [-2.2, "high"],
  ] as const)("with its grid moved by e^%d is refused at the %s end of the learning rate", (offset, side) => {
    const refusal = refusalOf(sweepRows([sweep], { offset }));
    expect(refusal.status).toBe("edge");
    expect(refusal.ends).toContainEqual({ axis: "learningRate", side });
    expect(refusal.words).toContain(`N = 1e+8, D = 8e+9: `);
    expect(refusal.words).toContain(`the ${side} end of learningRate`);
    expect(refusal.words).toContain("widen the grid there");
  });

  it("with too few runs near its best says how many", () => {
    expect(refusalOf(sweepRows([sweep]), 0.0005)).toMatchObject({ status: "too-few-runs" });
    expect(refusalOf(sweepRows([sweep]), 0.0005).words).toMatch(/within 0.05 % of the best, \d needed$/);
  });

  it("turned upside down has no minimum", () => {
    const rows = sweepRows([sweep]);
    const hill = { ...rows, output: rows.output.map((loss, row) => (row === 24 ? 2.3 : 5 - loss)) };
    expect(refusalOf(hill, 0.1).status).toBe("no-minimum");
  });

  it("of diverged runs alone, or of one setting, is refused", () => {
    const rows = sweepRows([sweep]);
    expect(refusalOf({ ...rows, output: rows.output.map(() => Infinity) }).words).toContain("no run has finished with a finite loss");
    const same = {
      columns: { N: Float64Array.of(1, 1), D: Float64Array.of(1, 1), learningRate: Float64Array.of(1, 1), B: Float64Array.of(2, 2) },
      output: Float64Array.of(3, 3),
    };
    expect(refusalOf(same).words).toContain("every run has the same hyperparameters");
  });

  it("swept along a diagonal does not spread over both axes", () => {
    const rows = sweepRows([sweep]);
    const diagonal = Float64Array.from(rows.output, (_, row) => (Math.floor(row / 7) === row % 7 ? 1 : 0));
    const many = { ...rows, weights: diagonal, output: rows.output.map(() => 2.5) };
    const twice: FitRows = {
      columns: Object.fromEntries(Object.entries(many.columns).map(([name, values]) => [name, Float64Array.from([...values, ...values])])),
      output: Float64Array.from([...many.output, ...many.output]),
      weights: Float64Array.from([...diagonal, ...diagonal]),
    };
    expect(refusalOf(twice).status).not.toBe("no-minimum");
  });
});

describe("regret", () => {
  const surface = surfaceOf(sweepRows([sweep]), 0.05);

  it("is read off the surface at any point", () => {
    const at = { learningRate: bestLearningRate(sweep) * 1.5, B: bestBatch(sweep) / 2 };
    const regret = regretAt(surface, at);
    expect(regret.relative).toBeCloseTo(Math.expm1(rise(Math.log(1.5), -Math.LN2)), 9);
    expect(regret.nats).toBeCloseTo(2.5 * regret.relative, 9);
    expect(regret.withinWindow).toBe(true);
  });

  it("is 0 at the optimum, takes what is left out there, and says where it guesses", () => {
    expect(regretAt(surface, {}).relative).toBe(0);
    expect(regretAt(surface, { learningRate: bestLearningRate(sweep) * 2 }).relative).toBeCloseTo(Math.expm1(rise(Math.LN2, 0)), 9);
    expect(regretAt(surface, { learningRate: 1 }).withinWindow).toBe(false);
  });
});

describe("rows of cells", () => {
  it("must have their columns and values", () => {
    const rows = sweepRows([sweep]);
    const { N = new Float64Array(), D = new Float64Array(), learningRate = new Float64Array() } = rows.columns;
    expect(() => optimumCells({ ...rows, columns: { N, D, learningRate } })).toThrow("optima need a column B, got N, D, learningRate");
    const zero = { ...rows, columns: { ...rows.columns, learningRate: learningRate.map((value, row) => (row === 2 ? 0 : value)) } };
    expect(() => optimumCells(zero)).toThrow("rows[2].learningRate is not a number above 0: 0 (1 such values)");
    expect(() => optimumCells({ ...rows, output: rows.output.map(() => Number.NaN) })).toThrow(
      expect.objectContaining({ code: "OPTIMA_VALUES" }),
    );
    expect(() => optimumCells(rows, { scale: ["N"], axes: [] })).toThrow(expect.objectContaining({ code: "OPTIMA_AXES" }));
  });

  it("are grouped by scale, whatever their order", () => {
    const cells = optimumCells(
      sweepRows([
        { size: 2, tokens: 9 },
        { size: 1, tokens: 9 },
        { size: 1, tokens: 3 },
      ]),
    );
    expect(cells.map(({ scale }) => scale)).toEqual([
      { N: 1, D: 3 },
      { N: 1, D: 9 },
      { N: 2, D: 9 },
    ]);
    expect(cells.map(({ runs }) => runs.length)).toEqual([49, 49, 49]);
  });
});
