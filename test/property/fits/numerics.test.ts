import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { logChiSquareSurvival } from "../../../analysis/numerics/chi-square.ts";
import { exp, log } from "../../../analysis/numerics/elementary.ts";
import { nonnegativeLeastSquares } from "../../../analysis/numerics/nonnegative-least-squares.ts";
import { quickExp, quickLog } from "../../../analysis/numerics/quick-exp-log.ts";
import { quantileOfSorted } from "../../../analysis/numerics/quantile.ts";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import { penaltySum, type RobustPenalty } from "../../../analysis/numerics/robust-penalty.ts";
import { createRegressionWorkspace, solveRobustRegression } from "../../../analysis/numerics/robust-regression.ts";

describe("exp and log for inner loops", () => {
  const same = (x: number): boolean => Object.is(quickExp(x), exp(x)) && Object.is(quickLog(x), log(x));

  it("have the bits of the elementary functions, for any double", () => {
    fc.assert(fc.property(fc.double(), same), { numRuns: 20_000, seed: 1 });
    fc.assert(fc.property(fc.double({ min: -760, max: 760, noNaN: true }), same), { numRuns: 20_000, seed: 2 });
    fc.assert(fc.property(fc.double({ min: 0.4, max: 2.1, noNaN: true }), same), { numRuns: 20_000, seed: 3 });
  });

  it("have them at the edges of their quick paths", () => {
    const powers = Array.from({ length: 2200 }, (_, index) => exp((index - 1100) * 0.6931471805599453));
    for (const x of [
      0,
      -0,
      1,
      3.725290298461914e-9,
      -3.725290298461914e-9,
      700,
      -700,
      4.49423283715579e307,
      2.2250738585072014e-308,
      5e-324,
      ...powers,
    ])
      for (const near of [x, x * (1 + 2.220446049250313e-16), x * (1 - 1.110223e-16)]) expect(same(near), String(near)).toBe(true);
  });
});

describe("nonnegative least squares", () => {
  it("meets the conditions of Karush, Kuhn and Tucker", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.integer(), (size, seed) => {
        const stream = randomStream(seed, "nnls");
        const design = Array.from({ length: 12 }, () => Array.from({ length: size }, () => stream.normal()));
        const target = design.map(() => stream.normal());
        const gram = new Float64Array(size * size);
        const products = new Float64Array(size);
        for (const [row, entries] of design.entries())
          for (const [j, entry] of entries.entries()) {
            products[j] = (products[j] ?? 0) + entry * (target[row] ?? 0);
            for (const [k, other] of entries.entries()) gram[j * size + k] = (gram[j * size + k] ?? 0) + entry * other;
          }
        const solution = nonnegativeLeastSquares(gram, products, size);
        for (const [j, value] of solution.entries()) {
          const slope = (products[j] ?? 0) - solution.reduce((sum, x, k) => sum + (gram[j * size + k] ?? 0) * x, 0);
          expect(value).toBeGreaterThanOrEqual(0);
          if (value > 0) expect(Math.abs(slope)).toBeLessThan(1e-9);
          else expect(slope).toBeLessThan(1e-9);
        }
      }),
      { numRuns: 200, seed: 1 },
    );
  });
});

const penalties: readonly RobustPenalty[] = [
  { delta: 0.05, curvatureAbove: 1, curvatureBelow: 1 },
  { delta: Infinity, curvatureAbove: 2, curvatureBelow: 2 },
  { delta: Infinity, curvatureAbove: 2, curvatureBelow: 20 },
  { delta: 1e-6, curvatureAbove: 1e6, curvatureBelow: 1e6 },
];

describe("linear robust regression", () => {
  it("is within its bounds, and no point there is lower", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...penalties),
        fc.integer({ min: 1, max: 4 }),
        fc.integer(),
        fc.boolean(),
        (penalty, size, seed, bounded) => {
          const rowCount = 25;
          const stream = randomStream(seed, "regression");
          const columns = Float64Array.from({ length: rowCount * size }, () => stream.normal());
          const residuals = Float64Array.from({ length: rowCount }, () => stream.normal());
          const weights = Float64Array.from({ length: rowCount }, () => stream.uniform());
          const lower = new Float64Array(size).fill(bounded ? -0.1 : -Infinity);
          const upper = new Float64Array(size).fill(bounded ? 0.2 : Infinity);
          const workspace = createRegressionWorkspace(rowCount, size);
          const problem = { rowCount, columns, residuals, weights, penalty, damping: new Float64Array(size), lower, upper };
          solveRobustRegression(problem, workspace, 1e-12);
          const objectiveAt = (step: readonly number[]): number => {
            const left = residuals.map(
              (value, row) => value - step.reduce((sum, part, j) => sum + part * (columns[j * rowCount + row] ?? 0), 0),
            );
            return penaltySum(penalty, left, weights, rowCount);
          };
          const best = [...workspace.step];
          const lowest = objectiveAt(best);
          for (const [j, part] of best.entries()) {
            expect(part).toBeGreaterThanOrEqual(lower[j] ?? 0);
            expect(part).toBeLessThanOrEqual(upper[j] ?? 0);
          }
          for (let attempt = 0; attempt < 40; attempt += 1) {
            const size = exp(-12 * stream.uniform());
            const other = best.map((part, j) => Math.min(Math.max(part + size * stream.normal(), lower[j] ?? 0), upper[j] ?? 0));
            expect(objectiveAt(other)).toBeGreaterThanOrEqual(lowest * (1 - 1e-6));
          }
        },
      ),
      { numRuns: 300, seed: 1 },
    );
  });
});

it.each([
  [3.841458820694124, 1, -2.995732273553993],
  [0.1, 5, -0.0001623297866895432],
  [238, 5, -112.10341928631125],
  [4, 4, -0.9013877113318907],
  [1, 7, -0.005184881782251555],
])("chi-square above %d on %d has the probability that SciPy gives", (value, degreesOfFreedom, logProbability) => {
  expect(logChiSquareSurvival(value, degreesOfFreedom) / logProbability).toBeCloseTo(1, 10);
});

it("quantiles interpolate between order statistics", () => {
  expect(quantileOfSorted([1, 2, 4], 0.75)).toBe(3);
  expect(quantileOfSorted([5], 0.025)).toBe(5);
  expect(quantileOfSorted([0, 0, Infinity], 0.25)).toBe(0);
});
