import { akimaSlopes } from "../../numerics/akima.ts";
import { exp, log, sqrt } from "../../numerics/elementary.ts";
import { sampleQuantile } from "../../numerics/lattice.ts";
import { mean } from "../../numerics/mean.ts";
import { randomStream } from "../../numerics/random-stream.ts";
import { type BudgetReading, edgeBudget, nounOf, type ReadBudget, refusedBudget } from "./budget-optimum.ts";
import type { ComputeBudget } from "./budgets.ts";

/** Grid points per gap between neighbouring runs. */
const gridPerGap = 25;
/** Floor of an optimum's standard deviation, in gaps: the curve knows nothing finer. */
const smallestDeviation = 0.33;
const fewestRuns = 4;

/**
 * The reading of Porian et al. 2024 (arXiv:2406.19146; formll/resolving-scaling-law-discrepancies, `interpolation`): ln loss on ln N or
 * ln D by Akima's cubic through the runs, its minimum on an even grid of 25 points a gap; that again for every redraw with seed noise added
 * to the losses; the median is the optimum when the plain curve and at least half of the redraws have theirs inside.
 *
 * @param lossNoise standard deviation of a run's loss over seeds, nats; 0.005 there
 */
export function akimaReader(draws: number, lossNoise: number, seed: number): ReadBudget {
  return (budget, optimumOf) => {
    const { points } = budget;
    if (points.length < fewestRuns)
      return refusedBudget(budget, "too-few-points", `${points.length} runs of different ${nounOf[optimumOf]}, ${fewestRuns} needed`);
    const curve = curveThrough(points.map(({ coordinate }) => coordinate));
    const losses = points.map(({ loss }) => loss);
    const plain = curve.minimum(losses.map((loss) => log(loss)));
    if (plain.side !== null) return edgeBudget(budget, optimumOf, plain.side, null);
    const stream = randomStream(seed, "isoflop", "akima", optimumOf, budget.compute);
    const redraws = Array.from({ length: draws }, () => {
      const noisy = losses.map((loss) => loss + lossNoise * stream.normal());
      if (!noisy.every((loss) => loss > 0)) return null;
      const { side, coordinate } = curve.minimum(noisy.map((loss) => log(loss)));
      return side === null ? coordinate : null;
    });
    return summary(budget, redraws, plain, curve.gap);
  };
}

function summary(budget: ComputeBudget, draws: readonly (number | null)[], plain: CurveMinimum, gap: number): BudgetReading {
  const inside = draws.filter((draw) => draw !== null);
  if (2 * inside.length < draws.length) {
    const why = `with seed noise ${inside.length} of ${draws.length} redraws have their minimum inside, half of them needed: train sizes further out`;
    return refusedBudget(budget, "no-minimum", why);
  }
  const center = inside.length === 0 ? plain.coordinate : mean(inside);
  const deviation = inside.length === 0 ? 0 : sqrt(mean(inside.map((value) => (value - center) * (value - center))));
  return {
    budget: {
      status: "fitted",
      compute: budget.compute,
      points: budget.points.length,
      optimum: exp(inside.length === 0 ? plain.coordinate : sampleQuantile(inside, 0.5)),
      logStandardError: Math.max(deviation, smallestDeviation * gap) * (inside.length === 0 ? 1 : draws.length / inside.length),
      loss: exp(plain.logLoss),
    },
    draws,
  };
}

interface CurveMinimum {
  readonly coordinate: number;
  readonly logLoss: number;
  /** Which end of the grid it lies on; null inside. */
  readonly side: "low" | "high" | null;
}

/** A grid over the runs with its Hermite weights: only the heights differ between redraws. */
function curveThrough(x: readonly number[]): { readonly gap: number; minimum(y: readonly number[]): CurveMinimum } {
  const size = (x.length - 1) * gridPerGap;
  const [first = 0, last = 0] = [x[0], x.at(-1)];
  const coordinates = Float64Array.from({ length: size }, (_, index) =>
    index === size - 1 ? last : first + ((last - first) * index) / (size - 1),
  );
  const segments = new Int32Array(size);
  const weights = new Float64Array(4 * size);
  let segment = 0;
  for (const [index, coordinate] of coordinates.entries()) {
    while (segment < x.length - 2 && coordinate > (x[segment + 1] ?? Infinity)) segment += 1;
    const step = (x[segment + 1] ?? 0) - (x[segment] ?? 0);
    const t = (coordinate - (x[segment] ?? 0)) / step;
    const rest = 1 - t;
    segments[index] = segment;
    // Cubic Hermite basis, as in numerics/monotone-cubic.ts.
    weights.set([(1 + 2 * t) * rest * rest, t * rest * rest * step, t * t * (3 - 2 * t), -t * t * rest * step], 4 * index);
  }
  return {
    gap: (last - first) / (x.length - 1),
    minimum(y) {
      const slopes = akimaSlopes(x, y);
      let best = 0;
      let least = Infinity;
      for (let index = 0; index < size; index += 1) {
        const at = segments[index] ?? 0;
        const logLoss =
          (weights[4 * index] ?? 0) * (y[at] ?? 0) +
          (weights[4 * index + 1] ?? 0) * (slopes[at] ?? 0) +
          (weights[4 * index + 2] ?? 0) * (y[at + 1] ?? 0) +
          (weights[4 * index + 3] ?? 0) * (slopes[at + 1] ?? 0);
        if (logLoss < least) {
          least = logLoss;
          best = index;
        }
      }
      const side = best === 0 ? "low" : best === size - 1 ? "high" : null;
      return { coordinate: coordinates[best] ?? first, logLoss: least, side };
    },
  };
}
