import { describe, expect, it } from "vitest";
import { studentTCdf, studentTFactor, studentTQuantile } from "../../../analysis/numerics/student-t.ts";

describe("Student's t", () => {
  it.each([
    // Tables of the distribution, two-sided 95 %.
    [1, 12.7062],
    [2, 4.3027],
    [5, 2.5706],
    [10, 2.2281],
    [30, 2.0423],
    [1e7, 1.96],
  ])("has the tabulated factor at %d degrees of freedom", (degreesOfFreedom, factor) => {
    expect(studentTFactor(0.95, degreesOfFreedom)).toBeCloseTo(factor, 4);
  });

  it("is odd to the bit and inverts its distribution function", () => {
    for (const probability of [0.001, 0.2, 0.5, 0.77]) {
      expect(studentTQuantile(1 - probability, 4)).toBeCloseTo(-studentTQuantile(probability, 4), 12);
      expect(studentTCdf(studentTQuantile(probability, 4), 4)).toBeCloseTo(probability, 10);
    }
    expect(studentTQuantile(0.25, 3)).toBe(-studentTQuantile(0.75, 3));
  });

  it("refuses what has no quantile", () => {
    expect(() => studentTQuantile(1, 3)).toThrow(/no t quantile/);
    expect(() => studentTQuantile(0.9, 0)).toThrow(/degrees of freedom/);
  });
});
