import { describe, expect, it } from "vitest";
import type { FitRows } from "../../analysis/fits/contract.ts";
import { optimumCells } from "../../analysis/fits/optima/cells.ts";
import { fitSurface } from "../../analysis/fits/optima/fit-surface.ts";
import { type HeldOutScales, leaveLargestOut, scoreGuess, splitLargest } from "../../analysis/fits/optima/held-out-scales.ts";
import type { OptimumLaw } from "../../analysis/fits/optima/optimum-law.ts";
import { bandSensitivity, fitOptima, pooledRule, vertexRule } from "../../analysis/fits/optima/rules.ts";
import { numbers, readTable } from "./isoflop/table.ts";

const table = readTable("steplaw/runs.csv");
/** Batches stand in sequences of 2,048 tokens. */
const rows: FitRows = {
  columns: {
    N: numbers(table, "N"),
    D: numbers(table, "D"),
    learningRate: numbers(table, "lr"),
    B: numbers(table, "bs").map((sequences) => 2048 * sequences),
  },
  output: numbers(table, "smooth loss"),
};
const cells = optimumCells(rows);

/** Intercept, then exponents. */
function coefficients(law: OptimumLaw | undefined): number[] {
  return law === undefined ? [] : [law.logCoefficient, ...law.terms.map(({ exponent }) => exponent)];
}

function expectNear(found: readonly number[], wanted: readonly number[], tolerance: number): void {
  expect(found).toHaveLength(wanted.length);
  for (const [index, value] of wanted.entries()) expect(Math.abs((found[index] ?? Number.NaN) - value)).toBeLessThan(tolerance);
}

function learningRates({ scales }: HeldOutScales): number[] {
  return scales.map(({ ratios }) => ratios["learningRate"] ?? 0);
}

describe("Step Law's table", () => {
  it("has 15 cells of parameters and tokens", () => {
    expect(cells).toHaveLength(15);
    expect(cells.reduce((sum, { runs }) => sum + runs.length, 0)).toBe(1746);
  });

  it("gives the pooled rule's laws, not those of the paper", () => {
    const { laws } = fitOptima(cells, pooledRule, { learningRate: ["N", "D"], B: ["N", "D"] });
    expect(laws["learningRate"]?.points).toBe(110);
    expectNear(coefficients(laws["learningRate"]), [4.416, -0.7712, 0.1984], 0.002);
    expectNear(coefficients(laws["B"]), [5.46, -0.3708, 0.6243], 0.002);
    const onTokens = fitOptima(cells, pooledRule).laws["B"];
    expectNear(coefficients(onTokens).slice(1), [0.6267], 0.002);
  });

  it("gives the vertex rule's laws with their errors", () => {
    const { laws, refused } = fitOptima(cells, vertexRule);
    expect(refused).toEqual([]);
    const { learningRate, B } = laws;
    expectNear(coefficients(learningRate), [4.181, -0.7865, 0.2067], 0.001);
    expectNear(learningRate?.terms.map(({ standardError }) => standardError ?? 0) ?? [], [0.047, 0.018], 0.0005);
    expect(learningRate?.rootMeanSquare).toBeCloseTo(0.057, 3);
    expectNear(coefficients(B), [-0.878, 0.5815], 0.001);
    expect(B?.rootMeanSquare).toBeCloseTo(0.107, 3);
  });

  it("shows that the band decides: -.92, -.93, -.79, -.69 as exponents of N", () => {
    const fits = bandSensitivity(cells);
    const exponents = fits.map(({ laws }) => coefficients(laws["learningRate"]).slice(1));
    expectNear(
      exponents.map(([size = 0]) => size),
      [-0.918, -0.932, -0.786, -0.687],
      0.01,
    );
    expectNear(
      exponents.map(([, tokens = 0]) => tokens),
      [0.234, 0.229, 0.207, 0.214],
      0.01,
    );
    expect(fits.map(({ refused }) => refused.length)).toEqual([1, 0, 0, 0]);
  });
});

describe("Step Law's largest token counts held out", () => {
  it("are predicted within 20 % by the vertex rule, at a regret below .1 %", () => {
    const held = leaveLargestOut(cells, vertexRule);
    expectNear(learningRates(held), [1.18, 1.15, 1.09, 0.98], 0.006);
    for (const ratio of learningRates(held)) expect(Math.abs(ratio - 1)).toBeLessThan(0.2);
    expect(held.maxRelativeRegret).toBeLessThan(0.001);
    expect(held.words).toMatch(/^regret 0\.0\d+ % of the loss on average, 0\.0\d+ % at most, over 4 held-out scales/);
  });

  it("are missed further by the pooled rule and by the published law, and cost more", () => {
    const pooled = leaveLargestOut(cells, pooledRule);
    expectNear(learningRates(pooled), [1.89, 1.77, 1.55, 1.35], 0.006);
    const published = scoreGuess(splitLargest(cells).heldOut, ({ N = 0, D = 0 }) => ({
      learningRate: 1.79 * N ** -0.713 * D ** 0.307,
      B: 0.58 * D ** 0.571,
    }));
    expectNear(learningRates(published), [1.49, 1.48, 1.46, 1.35], 0.006);
    const { meanRelativeRegret } = leaveLargestOut(cells, vertexRule);
    expect(pooled.meanRelativeRegret).toBeGreaterThan(4 * meanRelativeRegret);
    expect(published.meanRelativeRegret).toBeGreaterThan(meanRelativeRegret);
  });
});

describe("a larger model held out of Step Law's table", () => {
  it("is predicted within 10 % in learning rate, at less than .05 % of the loss", () => {
    const held = leaveLargestOut(cells, vertexRule, { variable: "N", of: "all" });
    expect(held.scales).toHaveLength(3);
    for (const ratio of learningRates(held)) expect(Math.abs(ratio - 1)).toBeLessThan(0.1);
    expect(held.maxRelativeRegret).toBeLessThan(0.0005);
  });
});

describe("the luck of the best run", () => {
  it("is larger than most regrets: regret is read off the surface", () => {
    const luck = cells.map((cell) => fitSurface(cell)).flatMap((surface) => (surface.status === "fitted" ? [-surface.luckOfTheBest] : []));
    const mean = luck.reduce((sum, value) => sum + value, 0) / luck.length;
    expect(mean).toBeCloseTo(0.0014, 4);
    expect(mean).toBeGreaterThan(5 * leaveLargestOut(cells, vertexRule).meanRelativeRegret);
  });
});
