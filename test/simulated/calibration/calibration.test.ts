import { describe, expect, it } from "vitest";
import { budgetLevels } from "../../../analysis/fits/calibration/budget-levels.ts";
import { calibrate } from "../../../analysis/fits/calibration/calibrate.ts";
import { type FitAndPredict, type HeldOutError, rollingOrigin } from "../../../analysis/fits/calibration/rolling-origin.ts";
import { leastSquares } from "../../../analysis/numerics/least-squares.ts";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import { studentTQuantile } from "../../../analysis/numerics/student-t.ts";

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

describe("a rolling origin", () => {
  const levels = budgetLevels(budgets(1, 2, 4, 8, 16, 32, 64, 128));
  const asked: [number, number[]][] = [];
  const none: FitAndPredict = (fitted, rows) => {
    asked.push([fitted.length, [...rows]]);
    return null;
  };

  it("starts at half of the levels, and looks no farther than is asked", () => {
    rollingOrigin(levels, new Float64Array(8), none, Math.log(3.9));
    expect(asked).toEqual([
      [4, [4, 5]],
      [5, [5, 6]],
      [6, [6, 7]],
      [7, [7]],
    ]);
  });

  it("starts at three levels where there are few", () => {
    asked.length = 0;
    rollingOrigin(budgetLevels(budgets(1, 2, 4, 8)), new Float64Array(4), none, 1);
    expect(asked.map(([fitted]) => fitted)).toEqual([3]);
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
        degreesOfFreedom: fitted.length - 2,
      };
    });
  };
}

interface Truth {
  readonly noise: number;
  readonly bend?: number;
  /** Standard deviation of what all rows of a budget share. */
  readonly shared?: number;
  readonly budgets?: number;
}

/** Budgets of eight rows, and one new run at four times the largest: its half-width and whether it is held. */
function predictNext(seed: number, { noise, bend = 0, shared = 0, budgets: count = 6 }: Truth) {
  const random = randomStream(seed, "calibration");
  const step = Math.log(4);
  const biases = Array.from({ length: count + 1 }, () => shared * random.normal());
  const x = Float64Array.from({ length: 8 * count + 1 }, (_, row) => Math.floor(row / 8) * step);
  const y = x.map((at, row) => 1 - 0.05 * at + bend * at * at + (biases[Math.floor(row / 8)] ?? 0) + noise * random.normal());
  const fit = lineThrough(x, y);
  const rows = x.subarray(0, -1);
  const [place] = fit(Array.from(rows.keys()), [8 * count]) ?? [];
  if (place === undefined) throw new Error("a line can be fitted");
  const { newRunHalfWidth, calibration } = calibrate(rollingOrigin(budgetLevels(rows), y, fit, step), place, step);
  return { isInside: Math.abs((y.at(-1) ?? 0) - place.center) <= newRunHalfWidth, newRunHalfWidth, calibration, place };
}

const shareInside = (sets: number, truth: Truth): number =>
  Array.from({ length: sets }, (_, seed) => predictNext(seed, truth)).filter(({ isInside }) => isInside).length / sets;

describe("the interval of a new run, one budget four times beyond", () => {
  it("covers 93 to 97 % of 1,000 simulated sets", () => {
    const covered = shareInside(1000, { noise: 0.005 });
    expect(covered).toBeGreaterThanOrEqual(0.93);
    expect(covered).toBeLessThanOrEqual(0.97);
  });

  it.each([5, 6, 10])("after %i, covers more than 0.9 where all rows of a budget are wrong together", (count) => {
    expect(shareInside(300, { noise: 0.003, shared: 0.006, budgets: count })).toBeGreaterThan(0.9);
  });

  it("widens where the law bends away from the line, which the residuals of the fit do not show", () => {
    const { calibration, newRunHalfWidth, place } = predictNext(1, { noise: 0.001, bend: 0.002 });
    expect(calibration.method).toBe("calibrated");
    expect(newRunHalfWidth / place.deviation).toBeGreaterThan(3);
    expect(calibration.misfit).toBeGreaterThan(0.005);
    expect(calibration.words).toBe(
      "errors of 3 budgets (24 rows), each predicted from smaller ones alone, are larger than their fits expect, and widen the interval",
    );
  });
});

describe("a calibration", () => {
  const held = (level: number, error: number, more: Partial<HeldOutError> = {}): HeldOutError => ({
    row: level,
    cluster: level,
    level,
    levelsFitted: level,
    logDistance: 1,
    error,
    deviation: 1,
    meanDeviation: 0,
    degreesOfFreedom: 1e6,
    ...more,
  });
  const place = { center: 0, deviation: 1, meanDeviation: 0.5, degreesOfFreedom: 1e6 };
  const normal = 1.959963984540054;

  it("leaves the fit's own deviations where held-out errors are what the fit expects", () => {
    const { newRunHalfWidth, meanHalfWidth, calibration } = calibrate([held(3, 1), held(4, -1), held(5, 0.9)], place, 1);
    expect(newRunHalfWidth).toBeCloseTo(normal, 4);
    expect(meanHalfWidth).toBeCloseTo(normal / 2, 4);
    expect(calibration).toMatchObject({ method: "calibrated", misfit: 0, heldOutLevels: 3, heldOutRows: 3, inside: 3, calibratedReach: 1 });
    expect(calibration.words).toContain("no larger than their fits expect");
  });

  it("adds the variance at which errors are as large as expected, of as many degrees of freedom as levels", () => {
    const { newRunHalfWidth, calibration } = calibrate([held(3, 3), held(4, -3), held(5, 3)], place, 1);
    expect(calibration.misfit).toBeCloseTo(Math.sqrt(8), 3);
    expect(newRunHalfWidth).toBeCloseTo(3 * studentTQuantile(0.975, 81 / (64 / 3)), 3);
  });

  it("takes each level by the origin that is as far away as what is asked, and lets a misfit grow with the distance", () => {
    const near = [3, 4, 5].map((level) => held(level, 0.1));
    const far = [3, 4, 5].map((level) => held(level, 9, { levelsFitted: level - 1, logDistance: 3 }));
    expect(calibrate([...near, ...far], place, 1).calibration.misfit).toBe(0);
    expect(calibrate([...near, ...far], place, 3).calibration.misfit).toBeCloseTo(Math.sqrt(80), 3);
    const weak = held(6, 0, { deviation: 5 });
    expect(calibrate([...far, weak], place, 2).calibration.misfit).toBeCloseTo(Math.sqrt((80 * 2) / 3), 3);
  });

  it("counts rows of one cluster as one, and a level that a weak fit predicted not at all", () => {
    const rows = [1, 2, 3, 4].map((row) => held(3, 1, { row, cluster: 7 }));
    const alone = [1, 2, 3, 4].map((row) => held(3, 1, { row, cluster: row }));
    expect(calibrate(rows, place, 1).newRunHalfWidth).toBeGreaterThan(2 * calibrate(alone, place, 1).newRunHalfWidth);
    expect(calibrate([held(3, 1), held(4, 9, { deviation: 4 })], place, 1).calibration.heldOutLevels).toBe(1);
  });

  it("takes errors of fits with hardly more rows than parameters for less", () => {
    const misfit = (degreesOfFreedom: number): number =>
      calibrate(
        [3, 4, 5].map((level) => held(level, 6, { degreesOfFreedom })),
        place,
        1,
      ).calibration.misfit;
    expect(misfit(2)).toBeLessThan(misfit(1e6) / 2);
  });

  it("widens by stated rules with fewer than three levels, and farther away than any was", () => {
    const few = calibrate([held(3, 1), held(4, -1)], place, 1);
    expect(few.calibration).toMatchObject({ method: "widened", misfit: 0, heldOutLevels: 2 });
    expect(few.newRunHalfWidth).toBeCloseTo(studentTQuantile(0.975, 2), 4);
    expect(few.calibration.words).toContain("widened, for fewer than 3 budgets are too few to rely on");
    const far = calibrate([held(3, 1), held(4, -1)], place, 2.5);
    expect(far.newRunHalfWidth).toBeCloseTo(2.5 * few.newRunHalfWidth, 12);
    expect(far.calibration.words).toContain("times 2.50");
  });

  it("says that it is not calibrated without any, and is wider beyond the rows", () => {
    const [beyond, within] = [calibrate([], place, 1), calibrate([], { ...place, degreesOfFreedom: 5 }, 0)];
    expect(beyond.calibration).toMatchObject({ method: "uncalibrated", heldOutLevels: 0, heldOutRows: 0, inside: 0 });
    expect(beyond.newRunHalfWidth).toBe(studentTQuantile(0.975, 2));
    expect(within.newRunHalfWidth).toBe(studentTQuantile(0.975, 5));
    expect(calibrate([held(3, 1, { deviation: 0 })], place, 1).calibration.method).toBe("uncalibrated");
  });
});
