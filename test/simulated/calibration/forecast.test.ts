import { describe, expect, it } from "vitest";
import { calibratedForecast, forecast } from "../../../analysis/fits/calibration/forecast.ts";
import type { FitRows } from "../../../analysis/fits/contract.ts";
import { findLaw } from "../../../analysis/laws/index.ts";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";

const law = findLaw("chinchilla");
const truth = (size: number, tokens: number) => 1.8172 + 482 / size ** 0.3478 + 2085 / tokens ** 0.3658;

/** Six budgets, each four times the one before, eight model sizes in each. */
function simulate(seed: number, noise = 0.005) {
  const random = randomStream(seed, "forecast");
  const rows = Array.from({ length: 48 }, (_, row) => {
    const compute = 1e18 * 4 ** Math.floor(row / 8);
    const size = 0.6 * Math.sqrt(compute / 120) * 2 ** (((row % 8) - 3.5) * 0.8);
    return { size, tokens: compute / 6 / size, compute };
  });
  const fitRows: FitRows = {
    columns: { N: Float64Array.from(rows, ({ size }) => size), D: Float64Array.from(rows, ({ tokens }) => tokens) },
    output: Float64Array.from(rows, ({ size, tokens }) => truth(size, tokens) * Math.exp(noise * random.normal())),
  };
  return { fitRows, logBudgets: Float64Array.from(rows, ({ compute }) => Math.log(compute)) };
}

describe("a forecast", () => {
  it("finds the noise of runs, and is less sure of a new run than of the law, and of what is farther away", () => {
    const { fitRows } = simulate(1);
    const found = forecast(law, fitRows);
    expect(found.noise).toBeGreaterThan(0.0035);
    expect(found.noise).toBeLessThan(0.0065);
    const [near, far] = found.predict({ N: Float64Array.of(1e9, 1e11), D: Float64Array.of(2e10, 2e12) });
    expect(Math.exp(near?.center ?? 0) / truth(1e9, 2e10)).toBeCloseTo(1, 2);
    for (const point of [near, far]) expect(point?.deviation).toBeCloseTo(Math.hypot(point?.meanDeviation ?? 0, found.noise), 12);
    expect(far?.meanDeviation).toBeGreaterThan(near?.meanDeviation ?? Infinity);
  });

  it("takes the noise of runs from residuals whatever the penalty", () => {
    const noises = Array.from({ length: 6 }, (_, seed) => simulate(seed).fitRows).map((rows) =>
      (["leastSquares", "leastAbsoluteDeviations"] as const).map(
        (kind) => forecast(law, rows, { objective: { kind }, search: { polished: 3 } }).noise,
      ),
    );
    for (const index of [0, 1]) {
      const meanSquare = noises.reduce((sum, pair) => sum + (pair[index] ?? 0) ** 2, 0) / noises.length;
      expect(Math.sqrt(meanSquare) / 0.005, `${index}`).toBeCloseTo(1, 1);
    }
  });

  it("is calibrated on every budget that half of the smaller ones could predict, and covers a run one budget beyond", () => {
    const covered = [1, 2, 3, 4, 5, 6, 7, 8].filter((seed) => {
      const { fitRows, logBudgets } = simulate(seed);
      const found = calibratedForecast(law, fitRows, logBudgets, { reach: Math.log(4) });
      const [size, tokens] = [0.6 * Math.sqrt(4 ** 6 * (1e18 / 120)), (4 ** 3 * Math.sqrt((1e18 * 120) / 36)) / 0.6];
      const columns = { N: Float64Array.of(size), D: Float64Array.of(tokens) };
      const [place] = found.intervalsAt(columns, Float64Array.of(Math.log(1e18 * 4 ** 6)));
      expect(found.heldOut).toHaveLength(24);
      expect(place?.calibration.calibratedReach).toBeCloseTo(Math.log(4), 6);
      expect(place?.meanHalfWidth).toBeLessThan(place?.newRunHalfWidth ?? 0);
      return Math.abs(Math.log(truth(size, tokens)) - (place?.center ?? 0)) <= (place?.newRunHalfWidth ?? 0);
    });
    expect(covered.length).toBeGreaterThanOrEqual(7);
  });

  it("is finite, and says so, where the rows leave the irreducible loss open", () => {
    const { fitRows, logBudgets } = simulate(3);
    const flat = { ...fitRows, output: fitRows.output.map((value) => value - 1.8) };
    const [place] = calibratedForecast(law, flat, logBudgets, { reach: 1 }).intervalsAt(
      { N: Float64Array.of(1e10), D: Float64Array.of(4e11) },
      Float64Array.of(Math.log(1e22)),
    );
    expect(Number.isFinite(place?.newRunHalfWidth)).toBe(true);
    expect(place?.newRunHalfWidth).toBeGreaterThan(0.01);
  });
});
