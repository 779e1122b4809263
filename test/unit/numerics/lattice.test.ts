import { describe, expect, it } from "vitest";
import { latticeCoordinate, latticeSize, sampleQuantile, studentTNodes } from "../../../analysis/numerics/lattice.ts";

describe("the lattice", () => {
  it("visits every index of every coordinate once", () => {
    for (const coordinate of [0, 1, 2, 5]) expect(new Set(latticeCoordinate(coordinate)).size).toBe(latticeSize);
  });

  it("averages a product of two coordinates as if they were independent", () => {
    for (const [left, right] of [
      [0, 1],
      [0, 2],
      [1, 3],
      [2, 4],
      [3, 5],
    ] as const) {
      const [a, b] = [latticeCoordinate(left), latticeCoordinate(right)];
      const mean =
        a.reduce((sum, value, point) => sum + ((value + 0.5) / latticeSize) * (((b[point] ?? 0) + 0.5) / latticeSize), 0) / latticeSize;
      expect(Math.abs(mean - 0.25)).toBeLessThan(1e-3);
    }
  });

  it("has Student t nodes with the variance of the distribution and no mean", () => {
    const nodes = studentTNodes(8);
    expect(nodes.map((value) => -value).reverse()).toEqual(nodes.map((value) => (value === 0 ? -0 : value)));
    // Variance of t with 8 degrees of freedom: 8 / 6; the midpoint rule loses 0.7 % of it in the tails.
    expect(nodes.reduce((sum, value) => sum + value * value, 0) / latticeSize / (8 / 6)).toBeCloseTo(0.997, 2);
  });
});

describe("sampleQuantile", () => {
  it("interpolates between order statistics", () => {
    expect(sampleQuantile([3, 1, 2, 4], 0.5)).toBe(2.5);
    expect(sampleQuantile([3, 1, 2], 0)).toBe(1);
    expect(sampleQuantile([3, 1, 2], 1)).toBe(3);
  });
});
