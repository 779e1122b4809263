import { describe, expect, it } from "vitest";
import { budgetLevels } from "../../../../analysis/fits/calibration/budget-levels.ts";
import { calibrate } from "../../../../analysis/fits/calibration/calibrate.ts";
import { type FitAndPredict, type HeldOutError, rollingOrigin } from "../../../../analysis/fits/calibration/rolling-origin.ts";
import { leastSquares } from "../../../../analysis/numerics/least-squares.ts";
import { randomStream } from "../../../../analysis/numerics/random-stream.ts";
import { studentTQuantile } from "../../../../analysis/numerics/student-t.ts";

const budgets = (...values: number[]) => Float64Array.from(values, Math.log);

describe("budget levels", () => {
  it("put rows of one nominal budget together, in order, whatever the order of the rows", () => {
    expect(budgetLevels(budgets(9.9e18, 1e18, 1e19, 1.02e18, 3e18)).map(({ rows }) => rows)).toEqual([[1, 3], [4], [0, 2]]);
  });

  it("are at most twelve where every row has its own budget", () => {
    const levels = budgetLevels(Float64Array.from({ length: 100 }, (_, index) => index));
    expect(levels).toHaveLength(12);
    expect(levels.flatMap(({ rows }) => rows)).toEqual(Array.from({ length: 100 }, (_, index) => index));
    for (const { rows } of levels) expect(Math.abs(rows.length - 100 / 12)).toBeLessThan(2);
  });

  it("keep a cluster on one side of every split, that of its largest row", () => {
    const levels = budgetLevels(budgets(1, 8, 64, 8), Int32Array.from([0, 0, 0, 1]));
    expect(levels.map(({ rows }) => rows)).toEqual([[3], [0, 1, 2]]);
  });

  it("refuse no rows", () => {
    expect(() => budgetLevels(new Float64Array(0))).toThrow(/no rows to hold out/);
  });
});

/** A line in ln budget with its textbook prediction deviation. */
function lineThrough(x: Float64Array, y: Float64Array): FitAndPredict {
  return (fitted, asked) => {
    const levels = new Set(fitted.map((row) => x[row]));
    if (levels.size < 2 || fitted.length < 4) return null;
    const { coefficients, inverseGram, residualStandardDeviation } = leastSquares(
      fitted.map((row) => [1, x[row] ?? 0]),
      fitted.map((row) => y[row] ?? 0),
    );
    return asked.map((row) => {
      const design = [1, x[row] ?? 0];
      const spread = design.reduce(
        (sum, left, i) => sum + design.reduce((inner, right, j) => inner + left * right * (inverseGram[i]?.[j] ?? 0), 0),
        0,
      );
      return {
        center: (coefficients[0] ?? 0) + (coefficients[1] ?? 0) * (x[row] ?? 0),
        deviation: (residualStandardDeviation ?? 0) * Math.sqrt(1 + spread),
        meanDeviation: (residualStandardDeviation ?? 0) * Math.sqrt(spread),
      };
    });
  };
}

function simulate(seed: number, noise: number, bend = 0) {
  const random = randomStream(seed, "calibration");
  const step = Math.log(4);
  const x = Float64Array.from({ length: 48 }, (_, row) => Math.floor(row / 8) * step);
  const truth = (at: number) => 1 - 0.05 * at + bend * at * at;
  const y = x.map((at) => truth(at) + noise * random.normal());
  const target = 6 * step;
  return { x, y, target, measured: truth(target) + noise * random.normal(), step };
}

describe("the interval of a new run, one budget four times beyond", () => {
  it("covers 93 to 97 % of 1,000 simulated sets", () => {
    const held = Array.from({ length: 1000 }, (_, seed) => {
      const { x, y, target, measured, step } = simulate(seed, 0.005);
      const fit = lineThrough(Float64Array.from([...x, target]), y);
      const calibration = calibrate(rollingOrigin(budgetLevels(x), y, fit, step), step, 46);
      const [prediction] = fit(Array.from(x.keys()), [48]) ?? [];
      if (prediction === undefined) throw new Error("a line can be fitted");
      return Math.abs(measured - prediction.center) <= calibration.multiplier * prediction.deviation;
    }).filter(Boolean).length;
    expect(held / 1000).toBeGreaterThanOrEqual(0.93);
    expect(held / 1000).toBeLessThanOrEqual(0.97);
  });

  it("widens where the law bends away from the line, which the residuals of the fit do not show", () => {
    const { x, y, step } = simulate(1, 0.001, 0.002);
    const calibration = calibrate(rollingOrigin(budgetLevels(x), y, lineThrough(x, y), step), step, 46);
    expect(calibration.method).toBe("conformal");
    expect(calibration.multiplier).toBeGreaterThan(3);
    expect(calibration.words).toBe("rank 24 of 24 held-out rows, each predicted from smaller budgets alone");
  });
});

describe("calibration with little to go by", () => {
  const held = (row: number, error: number, logDistance = 1): HeldOutError => ({
    row,
    levelsFitted: 2,
    logDistance,
    error,
    deviation: 1,
    meanDeviation: 0,
  });

  it("takes a rank where there are enough rows, each once, by the origin that is as far away as what is asked", () => {
    const errors = Array.from({ length: 19 }, (_, row) => [held(row, (row + 1) / 10), held(row, 5, 3)]).flat();
    expect(calibrate(errors, 1, 10)).toMatchObject({ method: "conformal", heldOutRows: 19, inside: 19, multiplier: 1.9 });
    expect(calibrate(errors, 3, 10).multiplier).toBe(5);
  });

  it("widens by a stated rule with fewer, and farther away than any held-out row", () => {
    const few = calibrate([held(0, 1), held(1, -1)], 1, 10);
    expect(few).toMatchObject({ method: "widened", heldOutRows: 2 });
    expect(few.multiplier).toBeCloseTo(studentTQuantile(0.975, 1) * Math.sqrt(1.5), 12);
    const far = calibrate([held(0, 1), held(1, -1)], 2.5, 10);
    expect(far.multiplier).toBeCloseTo(2.5 * few.multiplier, 12);
    expect(far.words).toContain("times 2.50");
  });

  it("says that it is not calibrated without any", () => {
    expect(calibrate([], 1, 5)).toMatchObject({ method: "uncalibrated", heldOutRows: 0, multiplier: studentTQuantile(0.975, 5) });
  });
});
