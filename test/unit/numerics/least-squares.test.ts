import { describe, expect, it } from "vitest";
import { leastSquares, leverage } from "../../../analysis/numerics/least-squares.ts";
import { LadderError } from "../../../analysis/study/ladder-error.ts";

// Longley's data (1967), a notoriously ill-conditioned design; certified values of NIST's Statistical Reference Datasets.
const longley = [
  [60323, 83.0, 234289, 2356, 1590, 107608, 1947],
  [61122, 88.5, 259426, 2325, 1456, 108632, 1948],
  [60171, 88.2, 258054, 3682, 1616, 109773, 1949],
  [61187, 89.5, 284599, 3351, 1650, 110929, 1950],
  [63221, 96.2, 328975, 2099, 3099, 112075, 1951],
  [63639, 98.1, 346999, 1932, 3594, 113270, 1952],
  [64989, 99.0, 365385, 1870, 3547, 115094, 1953],
  [63761, 100.0, 363112, 3578, 3350, 116219, 1954],
  [66019, 101.2, 397469, 2904, 3048, 117388, 1955],
  [67857, 104.6, 419180, 2822, 2857, 118734, 1956],
  [68169, 108.4, 442769, 2936, 2798, 120445, 1957],
  [66513, 110.8, 444546, 4681, 2637, 121950, 1958],
  [68655, 112.6, 482704, 3813, 2552, 123366, 1959],
  [69564, 114.2, 502601, 3931, 2514, 125368, 1960],
  [69331, 115.7, 518173, 4806, 2572, 127852, 1961],
  [70551, 116.9, 554894, 4007, 2827, 130081, 1962],
];

describe("leastSquares", () => {
  it("agrees with NIST's certified values for Longley's data", () => {
    // The year is centered: a shift of one column changes the intercept only.
    const fit = leastSquares(
      longley.map(([, ...row]) => [1, ...row.slice(0, 5), (row[5] ?? 0) - 1954.5]),
      longley.map(([response]) => response ?? 0),
    );
    const certified = [15.0618722713733, -0.035819179292591, -2.02022980381683, -1.03322686717359, -0.0511041056535807, 1829.15146461355];
    for (const [index, value] of certified.entries()) expect((fit.coefficients[index + 1] ?? 0) / value).toBeCloseTo(1, 7);
    expect(fit.residualStandardDeviation).toBeCloseTo(304.854073561965, 5);
    expect(fit.degreesOfFreedom).toBe(9);
  });

  it("gives the textbook standard error of a slope", () => {
    const fit = leastSquares(
      [1, 2, 3, 4].map((x) => [1, x]),
      [1, 3, 2, 5],
    );
    expect(fit.coefficients[1]).toBeCloseTo(1.1, 12);
    // s^2 = 2.7 / 2, Sxx = 5.
    expect((fit.residualStandardDeviation ?? 0) * leverage(fit, [0, 1])).toBeCloseTo(Math.sqrt(1.35 / 5), 12);
  });

  it("says that nothing is left over instead of dividing by zero", () => {
    expect(
      leastSquares(
        [
          [1, 0],
          [1, 1],
        ],
        [1, 2],
      ).residualStandardDeviation,
    ).toBeNull();
  });

  it("refuses a column that adds nothing, and shapes that do not fit", () => {
    expect(() =>
      leastSquares(
        [
          [1, 2],
          [1, 2],
          [1, 2],
        ],
        [1, 2, 3],
      ),
    ).toThrow(/combination of the columns/);
    expect(() => leastSquares([[1, 2]], [1])).toThrow(LadderError);
  });
});
