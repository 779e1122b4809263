import { describe, expect, it } from "vitest";
import { allocateCompute } from "../../analysis/fits/allocation.ts";
import { bootstrapFits, bootstrapInterval } from "../../analysis/fits/bootstrap.ts";
import { budgetLevels } from "../../analysis/fits/calibration/budget-levels.ts";
import { rollingOrigin } from "../../analysis/fits/calibration/rolling-origin.ts";
import type { FitResult, FitRows } from "../../analysis/fits/contract.ts";
import { fitLaw } from "../../analysis/fits/fit-law.ts";
import { reportFit } from "../../analysis/fits/fit-report.ts";
import { logBudgets } from "../../analysis/fits/log-budgets.ts";
import { optimumCells } from "../../analysis/fits/optima/cells.ts";
import { fitSurface } from "../../analysis/fits/optima/fit-surface.ts";
import { regretAt } from "../../analysis/fits/optima/regret.ts";
import { predictOutput } from "../../analysis/fits/output-scale.ts";
import { prepareFit } from "../../analysis/fits/prepared-fit.ts";
import { selectRows } from "../../analysis/fits/row-selection.ts";
import { chinchilla } from "../../analysis/laws/chinchilla.ts";
import { findLaw } from "../../analysis/laws/index.ts";
import { log } from "../../analysis/numerics/elementary.ts";
import { bestBatch, bestLearningRate, sweepRows } from "../unit/fits/optima/synthetic.ts";
import { lossRows } from "../unit/fits/size-token-rows.ts";

const coordinatesOf = (fit: FitResult): Float64Array => Float64Array.from(fit.parameters, ({ coordinate }) => coordinate);

/** Every row this many times, each copy beside its original. */
function copies(rows: FitRows, count: number): FitRows {
  return selectRows(
    rows,
    [...rows.output.keys()].flatMap((row) => Array.from({ length: count }, () => row)),
  );
}

describe("trap: 1 - exp(-x) in place of expm1 in the law of repeated tokens", () => {
  it("leaves nothing of three repetitions at a huge scale; here they keep their full worth", () => {
    const columns = { N: Float64Array.of(1e7), D: Float64Array.of(4e9), U: Float64Array.of(1e9) };
    const lossAt = (scale: number): number =>
      predictOutput(findLaw("data-constrained"), Float64Array.of(log(1.8), log(500), log(1400), 0.35, log(scale), log(5)), columns)[0] ?? 0;
    // What a plain difference makes of it.
    expect(1e17 * (1 - Math.exp(-3 / 1e17))).toBe(0);
    const fresh = predictOutput(findLaw("data-constrained"), Float64Array.of(log(1.8), log(500), log(1400), 0.35, log(15), log(5)), {
      ...columns,
      U: columns.D,
    })[0];
    expect(lossAt(1e17)).toBeCloseTo(fresh ?? 0, 10);
    expect(lossAt(1e17)).toBeCloseTo(lossAt(1e12), 9);
  });
});

describe("trap: 6 N D beyond signed 64 bits", () => {
  it("would wrap around to a wrong budget; here budgets keep their order and the fit its optimum", () => {
    expect(BigInt.asIntN(64, 6n * 1_200_000_000n * 21_000_000_000n)).not.toBe(6n * 1_200_000_000n * 21_000_000_000n);
    const budgets = logBudgets({ N: [1.2e9, 7e10], D: [2.1e10, 1.4e12] }, 2);
    expect(budgets?.[0]).toBeCloseTo(log(1.512e20), 12);
    expect(budgets?.[1]).toBeCloseTo(log(5.88e23), 12);
    const fit = fitLaw(chinchilla, lossRows());
    const { size, tokens } = allocateCompute(chinchilla, coordinatesOf(fit), 1e30);
    expect((6 * size * tokens) / 1e30).toBeCloseTo(1, 9);
  });
});

describe("trap: the mean of the objective under default tolerances", () => {
  it.each([1, 7, 40])("ends far from the optimum; here %d copies of every row end where the rows do", (count) => {
    const rows = lossRows({ noise: 0.01 });
    const once = fitLaw(chinchilla, rows);
    const often = fitLaw(chinchilla, copies(rows, count));
    expect(often.objectiveValue / once.objectiveValue / count).toBeCloseTo(1, 9);
    for (const [index, { coordinate }] of once.parameters.entries())
      expect(often.parameters[index]?.coordinate ?? 0).toBeCloseTo(coordinate, 4);
    expect(often.starts.shareReached).toBeGreaterThan(0.5);
    expect(often.gradientNorm).toBeLessThan(1e-6 * often.objectiveValue);
  });
});

describe("trap: checkpoints of one run as independent runs", () => {
  const rows = lossRows({ noise: 0.01 });
  const tenfold = copies(rows, 10);
  const clustered: FitRows = { ...tenfold, clusters: Int32Array.from(tenfold.output.keys(), (row) => Math.floor(row / 10)) };
  const widthOf = (of: FitRows): number => {
    const prepared = prepareFit(chinchilla, of);
    const draws = bootstrapFits(prepared, coordinatesOf(fitLaw(chinchilla, of)), { kind: "pairs", seed: 3, count: 200 });
    const { low, high } = bootstrapInterval(draws, (point) => point[4] ?? 0);
    return high - low;
  };

  it("makes intervals 3 times too narrow with ten of them; as one cluster they say what one run says", () => {
    const truth = widthOf(rows);
    expect(widthOf(clustered) / truth).toBeCloseTo(1, 6);
    expect(widthOf(tenfold) / truth).toBeLessThan(0.5);
  });

  it("puts a run on both sides of a hold-out; a cluster is never split", () => {
    // One trunk of 8 checkpoints over all budgets: it belongs to its largest.
    const budgets = Float64Array.from(rows.output.keys(), (row) => row % 8);
    const trunk = Int32Array.from(rows.output.keys(), (row) => (row < 8 ? -1 : row));
    const levels = budgetLevels(budgets, trunk);
    const holding = levels.filter((level) => level.rows.some((row) => row < 8));
    expect(holding).toHaveLength(1);
    const seen: boolean[] = [];
    const split = (fitted: readonly number[], asked: readonly number[]): null => {
      const [isFitted, isAsked] = [fitted, asked].map((part) => part.some((row) => row < 8));
      expect(isFitted && isAsked).toBe(false);
      seen.push(isAsked ?? false);
      return null;
    };
    rollingOrigin(levels, rows.output, split, Infinity, trunk);
    expect(seen).toContain(true);
  });
});

describe("trap: an irreducible loss of 1e-90", () => {
  it("is null in the document, its interval begins at 0, and the words say that it is not identified", () => {
    const { parameters, warnings } = reportFit(chinchilla, lossRows({ E: -0.05, noise: 0.003 }), {
      holdoutBudgets: 0,
      draws: 100,
      seed: 1,
    });
    expect(parameters["E"]).toMatchObject({ value: null, identified: false });
    expect(parameters["E"]?.interval95?.[0]).toBe(0);
    expect(warnings.join("\n")).toContain("E is not identified: the rows do not tell it from 0");
    expect(JSON.stringify(parameters)).not.toMatch(/e-\d\d/);
  });
});

describe("trap: the best of many noisy runs", () => {
  it("lies below what anybody can have again; regret is read off the surface, where the optimum costs nothing", () => {
    const sweep = { size: 1e8, tokens: 8e9 };
    const noise = 0.002;
    const regrets = [1, 2, 3, 4, 5, 6].map((seed) => {
      const rows = sweepRows([sweep], { noise, seed });
      const [cell] = optimumCells(rows);
      if (cell === undefined) throw new Error("one cell");
      const surface = fitSurface(cell);
      if (surface.status !== "fitted") throw new Error(surface.words);
      const lowest = Math.min(...rows.output);
      // Loss of the true optimum over the luckiest run: a regret that nobody could ever avoid.
      return {
        luck: 2.5 / lowest - 1,
        bySurface: regretAt(surface, { learningRate: bestLearningRate(sweep), B: bestBatch(sweep) }).relative,
      };
    });
    const mean = (of: (row: (typeof regrets)[number]) => number): number => regrets.reduce((sum, row) => sum + of(row), 0) / regrets.length;
    expect(mean(({ luck }) => luck)).toBeGreaterThan(0.5 * noise);
    expect(mean(({ bySurface }) => bySurface)).toBeLessThan(0.2 * mean(({ luck }) => luck));
  });
});
