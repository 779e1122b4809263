import { exp, sqrt } from "../../numerics/elementary.ts";
import { dot, leastSquares } from "../../numerics/least-squares.ts";
import { randomStream } from "../../numerics/random-stream.ts";
import { type BasinFitOptions, basinLossAt, type FittedBasin, fitBasin } from "../basin-fit.ts";
import { type BudgetReading, edgeBudget, nounOf, type ReadBudget, refusedBudget } from "./budget-optimum.ts";
import type { BudgetPoint, ComputeBudget, OptimumOf } from "./budgets.ts";

/** One parabola through all runs of a budget. The coordinate is ln instead of log2: nothing but the unit differs. */
export const wholeBudget: BasinFitOptions = { degree: 2, windowPoints: Infinity, windowOctaves: Infinity };

/**
 * Hoffmann's approach 2 (arXiv:2203.15556, section 3.2): a parabola of loss on ln N or ln D by least squares over all runs of a budget;
 * its vertex is the optimum. Known to be biased where alpha and beta differ and the grid is wide. Redraws are a wild bootstrap: residuals,
 * widened by sqrt(n / (n - 3)), keep or change their sign, runs of one cluster together in all budgets (Cameron, Gelbach and Miller 2008).
 *
 * @param clusters of all budgets: each redraw gives every cluster one sign
 * @param draws number of redraws
 */
export function parabolaReader(clusters: readonly number[], draws: number, seed: number): ReadBudget {
  const stream = randomStream(seed, "isoflop", "wild-signs");
  const distinct = [...new Set(clusters)];
  const signs = Array.from({ length: draws }, () => new Map(distinct.map((cluster) => [cluster, stream.uniform() < 0.5 ? -1 : 1])));
  return (budget, optimumOf) => {
    const { points } = budget;
    const fit = fitBasin(
      points.map(({ coordinate, loss }) => ({ log2Value: coordinate, loss })),
      wholeBudget,
    );
    if (fit.status !== "fitted") return refusal(budget, optimumOf, fit);
    return {
      budget: {
        status: "fitted",
        compute: budget.compute,
        points: points.length,
        optimum: exp(fit.vertexLog2),
        logStandardError: fit.standardError,
        loss: fit.vertexLoss,
      },
      draws: redrawnVertices(points, fit, signs),
    };
  };
}

/** The vertex of each redraw under the same rules as the first: lowest point and vertex inside, curved upwards; null otherwise. */
function redrawnVertices(
  points: readonly BudgetPoint[],
  fit: FittedBasin,
  signs: readonly ReadonlyMap<number, number>[],
): (number | null)[] {
  const expected = points.map(({ coordinate }) => basinLossAt(fit, coordinate));
  const widening = fit.degreesOfFreedom > 0 ? sqrt(points.length / fit.degreesOfFreedom) : 1;
  const residuals = points.map(({ loss }, index) => (loss - (expected[index] ?? 0)) * widening);
  const design = points.map(({ coordinate }) => [
    1,
    coordinate - fit.centerLog2,
    (coordinate - fit.centerLog2) * (coordinate - fit.centerLog2),
  ]);
  // The design stays: slope and curvature are fixed linear functions of the losses.
  const { inverseGram } = leastSquares(design, expected);
  const [, slopeOf = [], curvatureOf = []] = inverseGram.map((row) => design.map((at) => dot(row, at)));
  return signs.map((signOf) => {
    const losses = points.map(({ cluster }, index) => (expected[index] ?? 0) + (signOf.get(cluster) ?? 1) * (residuals[index] ?? 0));
    const best = losses.indexOf(Math.min(...losses));
    const curvature = dot(curvatureOf, losses);
    if (best === 0 || best === losses.length - 1 || !(curvature > 0)) return null;
    const vertex = fit.centerLog2 - dot(slopeOf, losses) / (2 * curvature);
    return vertex >= fit.windowLow && vertex <= fit.windowHigh ? vertex : null;
  });
}

function refusal(budget: ComputeBudget, optimumOf: OptimumOf, fit: Exclude<ReturnType<typeof fitBasin>, FittedBasin>): BudgetReading {
  if (fit.status === "edge" && fit.side !== null) return edgeBudget(budget, optimumOf, fit.side, fit.widenToLog2);
  if (fit.status === "too-few-points")
    return refusedBudget(
      budget,
      "too-few-points",
      `${budget.points.length} runs of different ${nounOf[optimumOf]}, 4 needed: a parabola has three unknowns`,
    );
  return refusedBudget(budget, "no-minimum", fit.words);
}
