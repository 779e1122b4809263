import { describe, expect, it } from "vitest";
import { akimaSlopes } from "../../../../analysis/numerics/akima.ts";

describe("Akima's derivatives", () => {
  // By scipy.interpolate.Akima1DInterpolator, SciPy 1.17.
  it.each([
    [
      [0, 1, 2.5, 3, 5, 5.5],
      [1, 0.4, 0.1, 0.15, 0.9, 2],
      [-0.8, -0.371428571429, -0.0222222222222, 0.138823529412, 0.613988095238, 3.1125],
    ],
    [
      [0, 1, 3],
      [2, 1, 4],
      [-2.25, 0.25, 2.75],
    ],
    [
      [0, 1, 2, 3, 4, 6],
      [0, 1, 2, 3, 3, 3],
      [1, 1, 1, 0.5, 0, 0],
    ],
  ])("at %j through %j are SciPy's", (x, y, slopes) => {
    for (const [index, slope] of akimaSlopes(x, y).entries()) expect(slope).toBeCloseTo(slopes[index] ?? Number.NaN, 11);
  });

  it("need three rising points", () => {
    expect(() => akimaSlopes([0, 1], [0, 1])).toThrow("at least three rising points");
    expect(() => akimaSlopes([0, 1, 1], [0, 1, 2])).toThrow("at least three rising points");
  });
});
