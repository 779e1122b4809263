import { describe, expect, it } from "vitest";
import { basinLossAt, defaultBasinFit, fitBasin, type BasinFit, type BasinSample } from "../../../analysis/fits/basin-fit.ts";
import { leastSquares } from "../../../analysis/numerics/least-squares.ts";

function basin(grid: readonly number[], loss: (log2Value: number) => number): BasinSample[] {
  return grid.map((log2Value) => ({ log2Value, loss: loss(log2Value) }));
}
const octaves = [-9, -8, -7, -6, -5, -4, -3];

function fitted(fit: BasinFit) {
  if (fit.status !== "fitted") throw new Error(`expected a fit, got ${fit.words}`);
  return fit;
}

describe("fitBasin", () => {
  it("recovers a planted parabola wherever it lies between grid points", () => {
    for (const optimum of [-7.4, -6, -5.37, -4.51]) {
      const fit = fitted(fitBasin(basin(octaves, (x) => 2.5 + 0.02 * (x - optimum) * (x - optimum))));
      expect(fit.vertexLog2).toBeCloseTo(optimum, 10);
      expect(fit.vertexLoss).toBeCloseTo(2.5, 12);
      expect(fit.curvature).toBeCloseTo(0.04, 12);
      expect(fit.degreesOfFreedom).toBe(2);
    }
  });

  it("recovers a planted cubic with degree 3, and says by how much a parabola misses it", () => {
    const skewed = basin(octaves, (x) => 2.5 + 0.02 * (x + 5.2) ** 2 - 0.0015 * (x + 5.2) ** 3);
    expect(fitted(fitBasin(skewed, { ...defaultBasinFit, degree: 3 })).vertexLog2).toBeCloseTo(-5.2, 8);
    // Least squares over ± 2 octaves: close to 3.4 skew / (2 depth) = 0.13 octave.
    expect(fitted(fitBasin(skewed)).vertexLog2 + 5.2).toBeCloseTo(0.13, 1);
  });

  it("takes five points around the best one, moved inward at the ends of the grid", () => {
    const inner = fitted(fitBasin(basin(octaves, (x) => (x + 6.1) ** 2)));
    expect([inner.windowLow, inner.windowHigh, inner.windowPoints]).toEqual([-8, -4, 5]);
    const outer = fitted(fitBasin(basin(octaves, (x) => (x + 7.8) ** 2)));
    expect([outer.windowLow, outer.windowHigh, outer.windowPoints]).toEqual([-9, -5, 5]);
  });

  it("averages over the same two octaves on a finer grid", () => {
    const half = Array.from({ length: 13 }, (_, index) => -9 + index / 2);
    expect(fitted(fitBasin(basin(half, (x) => (x + 6.1) ** 2))).windowPoints).toBe(9);
  });

  it("gives the vertex the standard error of the delta method", () => {
    const losses = [2.67, 2.594, 2.574, 2.577, 2.64];
    const fit = fitted(fitBasin([-7, -6, -5, -4, -3].map((log2Value, index) => ({ log2Value, loss: losses[index] ?? 0 }))));
    const [, b = 0, c = 0] = leastSquares(
      [-2, -1, 0, 1, 2].map((t) => [1, t, t * t]),
      losses,
    ).coefficients;
    // Orthogonal design: var b = s^2 / 10, var c = s^2 / 14; d(-b/2c) = (-1/2c, b/2c^2).
    const s = fit.residualStandardDeviation ?? 0;
    expect(fit.standardError).toBeCloseTo(s * Math.sqrt(1 / 10 / (4 * c * c) + (b * b) / (4 * c ** 4) / 14), 12);
  });

  it("evaluates the fitted curve", () => {
    const fit = fitted(fitBasin(basin(octaves, (x) => 1 + (x + 6) ** 2)));
    expect(basinLossAt(fit, -4.5)).toBeCloseTo(1 + 1.5 ** 2, 10);
  });
});

describe("what a grid does not bracket", () => {
  it("says which way to widen, and how far the fit asks for", () => {
    const low = fitBasin(basin(octaves, (x) => (x + 12) ** 2));
    expect(low).toMatchObject({ status: "edge", side: "low", bestGridLog2: -9, widenToLog2: -13 });
    expect(low.status === "edge" && low.words).toBe("the optimum lies on the low edge of the grid (2^-9): widen the grid down to 2^-13");
    expect(fitBasin(basin(octaves, (x) => (x + 3) ** 2))).toMatchObject({ status: "edge", side: "high", widenToLog2: -1 });
  });

  it("never asks for more than six steps at once", () => {
    expect(fitBasin(basin(octaves, (x) => (x + 90) ** 2))).toMatchObject({ status: "edge", widenToLog2: -15 });
  });

  it("treats divergence as infinitely bad and keeps it out of the fit", () => {
    const clean = fitBasin(basin(octaves.slice(0, 6), (x) => (x + 6) ** 2));
    const cut = fitBasin(basin(octaves, (x) => (x > -3.5 ? Infinity : (x + 6) ** 2)));
    expect(cut).toEqual(clean);
  });

  it("does not call the last finite point before divergence an edge, but asks for a finer grid there", () => {
    const cliff = fitBasin(basin(octaves, (x) => (x > -4.5 ? Infinity : (x + 3) ** 2)));
    expect(cliff).toMatchObject({ status: "cliff", side: "high", widenToLog2: null });
  });

  it("does not fit across a diverged point", () => {
    const fit = fitted(fitBasin(basin(octaves, (x) => (x === -8 ? Infinity : (x + 5) ** 2))));
    expect(fit.windowLow).toBe(-7);
  });

  it("needs a point left over", () => {
    expect(fitBasin(basin([-7, -6, -5], (x) => (x + 6) ** 2))).toMatchObject({ status: "too-few-points" });
    expect(
      fitBasin(
        basin([-7, -6, -5, -4], (x) => (x + 6) ** 2),
        { ...defaultBasinFit, degree: 3 },
      ),
    ).toMatchObject({ status: "too-few-points" });
    expect(fitBasin([])).toMatchObject({ status: "too-few-points", bestGridLog2: null });
  });

  it("finds no minimum in a curve that bends the other way", () => {
    const losses = [0.5, 0.9, 1, 0.2, 1, 0.9, 0.5];
    expect(
      fitBasin(
        octaves.map((log2Value, index) => ({ log2Value, loss: losses[index] ?? 0 })),
        { ...defaultBasinFit, windowPoints: 7, windowOctaves: 3 },
      ).status,
    ).toBe("no-minimum");
  });
});
