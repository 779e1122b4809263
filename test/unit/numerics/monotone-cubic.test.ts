import { describe, expect, it } from "vitest";
import { interpolate, monotoneCubic } from "../../../analysis/numerics/monotone-cubic.ts";

describe("monotoneCubic", () => {
  const curve = monotoneCubic([0, 1, 2.5, 4, 5], [1, 0.2, 0, 0.3, 1.1]);

  it("goes through its points and stays between neighbours", () => {
    expect([0, 1, 2.5, 4, 5].map((x) => interpolate(curve, x))).toEqual([1, 0.2, 0, 0.3, 1.1]);
    for (let x = 0; x <= 5; x += 0.01) {
      const value = interpolate(curve, x);
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(1.1);
    }
  });

  it("has its minimum at the lowest point, level there", () => {
    expect(curve.slope[2]).toBe(0);
    expect(interpolate(curve, 2.4)).toBeGreaterThan(0);
    expect(interpolate(curve, 2.6)).toBeGreaterThan(0);
  });

  it("takes the weighted harmonic mean of the secants inside (Fritsch and Butland)", () => {
    // Steps 1 and 1.5, secants -0.8 and -2/15: weights 2*1.5+1 = 4 and 1.5+2*1 = 3.5.
    expect(curve.slope[1]).toBeCloseTo((4 + 3.5) / (4 / -0.8 + 3.5 / (-2 / 15)), 14);
  });

  it("is held at its ends and refuses points that do not rise", () => {
    expect(interpolate(curve, -3)).toBe(1);
    expect(interpolate(curve, 9)).toBe(1.1);
    expect(() => monotoneCubic([0, 0], [1, 2])).toThrow(/rising points/);
  });
});
