import { exp2, log, log2, sqrt } from "../numerics/elementary.ts";
import { studentTInterval, type Interval } from "../numerics/interval.ts";
import { leastSquares, leverage } from "../numerics/least-squares.ts";
import type { ScaleAxis } from "../study/scale.ts";
import type { Basin } from "../transfer/basins.ts";
import type { Drift } from "../transfer/drift.ts";
import { regretAt, regretCurve, type RegretCurve } from "../transfer/regret-curve.ts";

/** What the sweep says about a scale that was not in it: where the optimum lies and what a miss costs. Plain JSON. */
export interface TargetPrediction {
  readonly parametrization: string;
  readonly axis: ScaleAxis;
  readonly hyperparameter: string;
  readonly targetAxisValue: number;
  /** Doublings from the nearest measured scale; 0 inside the measured range. */
  readonly doublingsBeyond: number;
  readonly optimum: {
    readonly log2: number;
    readonly value: number;
    /** On the log2 scale; covers the optimum of one new run at the target. */
    readonly log2Interval: Interval;
    /** Scale of the t distribution of the optimum, octaves. */
    readonly standardError: number;
    readonly degreesOfFreedom: number;
  };
  /** Shape of the basin at the largest measured scale. */
  readonly regret: RegretCurve;
  /** Regret curves of the other scales, smaller ones first: how much the shape changes with scale. */
  readonly smaller: readonly RegretCurve[];
  /** Fitted lowest loss of each seed at each scale, nats per token. */
  readonly minima: readonly {
    readonly axisValue: number;
    readonly seed: number;
    readonly loss: number;
    readonly runKeys: readonly string[];
  }[];
  /** Scatter of one run's loss that its seed does not explain, nats per token; null with one seed. */
  readonly runNoise: { readonly standardDeviation: number; readonly degreesOfFreedom: number } | null;
}

/**
 * Predicts the optimum at a target: the straight line through all optima (every scale, every seed), with the prediction
 * interval of ordinary least squares. Its residual scatter holds seeds and scales together, so the interval covers the
 * optimum that one new run at the target would show, and not the line only.
 *
 * @param basins of one family, each with an optimum (a drift without blockers)
 * @returns null when no regret curve can be read off the largest scale
 */
export function predictTarget(basins: readonly Basin[], drift: Drift, targetAxisValue: number, level: number): TargetPrediction | null {
  const cells = basins.filter((basin) => basin.isSweep).sort((left, right) => left.axisValue - right.axisValue);
  const curves = cells.flatMap((basin) => regretCurve(basin) ?? []);
  const largest = cells.at(-1);
  const regret = curves.at(-1);
  if (largest === undefined || regret === undefined || regret.axisValue !== largest.axisValue) return null;
  const places = drift.optima.map((optimum) => optimum.log2Axis);
  const center = places.reduce((sum, place) => sum + place, 0) / places.length;
  const fit = leastSquares(
    places.map((place) => [1, place - center]),
    drift.optima.map((optimum) => optimum.log2Optimum),
  );
  const direction = [1, log2(targetAxisValue) - center];
  const predicted = (fit.coefficients[0] ?? 0) + (fit.coefficients[1] ?? 0) * (direction[1] ?? 0);
  const reach = leverage(fit, direction);
  const standardError = (fit.residualStandardDeviation ?? Number.NaN) * sqrt(1 + reach * reach);
  return {
    parametrization: largest.parametrization,
    axis: largest.axis,
    hyperparameter: largest.hyperparameter,
    targetAxisValue,
    doublingsBeyond: Math.max(0, log2(targetAxisValue) - Math.max(...places), Math.min(...places) - log2(targetAxisValue)),
    optimum: {
      log2: predicted,
      value: exp2(predicted),
      log2Interval: studentTInterval(
        predicted,
        standardError,
        fit.degreesOfFreedom,
        level,
        "prediction interval of the least-squares line through the optima of all seeds and scales; Student t",
        "prediction",
      ),
      standardError,
      degreesOfFreedom: fit.degreesOfFreedom,
    },
    regret,
    smaller: curves.slice(0, -1),
    minima: cells.flatMap((basin) =>
      basin.seeds.flatMap(({ seed, fit: seedFit }) =>
        seedFit.status === "fitted"
          ? [{ axisValue: basin.axisValue, seed, loss: seedFit.vertexLoss, runKeys: runKeysOf(basin, seed) }]
          : [],
      ),
    ),
    runNoise: runNoise(cells),
  };
}

/**
 * How much the shape of the basin changes with scale, at one offset: the root mean square, over neighbouring measured
 * scales, of the log ratio of their regrets per doubling, times the doublings to the target. A systematic trend is not
 * averaged away by it. The offset is held inside what both scales measured, and at least half an octave from the
 * optimum, where the ratio is one of curvatures.
 */
export function shapeSpread(
  prediction: TargetPrediction,
  offset: number,
): { readonly logStandardDeviation: number; readonly degreesOfFreedom: number } | null {
  const curves = [...prediction.smaller, prediction.regret];
  const rates = curves.slice(1).flatMap((larger, index) => {
    const smaller = curves[index];
    if (smaller === undefined) return [];
    const low = Math.max(smaller.curve.x[0] ?? 0, larger.curve.x[0] ?? 0);
    const high = Math.min(smaller.curve.x.at(-1) ?? 0, larger.curve.x.at(-1) ?? 0);
    const far = offset < 0 ? Math.min(offset, -0.5) : Math.max(offset, 0.5);
    const at = Math.min(Math.max(far, low), high);
    const [a, b] = [regretAt(smaller, at).regret, regretAt(larger, at).regret];
    return a > 0 && b > 0 ? [log(b / a) / log2(larger.axisValue / smaller.axisValue)] : [];
  });
  if (rates.length === 0) return null;
  const rootMeanSquare = sqrt(rates.reduce((sum, rate) => sum + rate * rate, 0) / rates.length);
  const distance = Math.abs(log2(prediction.targetAxisValue / prediction.regret.axisValue));
  return { logStandardDeviation: rootMeanSquare * distance, degreesOfFreedom: rates.length };
}

/** Interaction of seed and grid value: residual of loss = value + seed, pooled over the cells. */
function runNoise(cells: readonly Basin[]): TargetPrediction["runNoise"] {
  let sum = 0;
  let degreesOfFreedom = 0;
  for (const cell of cells) {
    const rows = cell.points.filter(
      (point) => point.meanLoss !== null && point.runs.length === cell.seeds.length && point.runs.every((run) => run.loss !== null),
    );
    if (rows.length < 2 || cell.seeds.length < 2) continue;
    const grand = average(rows.map((row) => row.meanLoss ?? 0));
    for (const [seedIndex] of cell.seeds.entries()) {
      const seedMean = average(rows.map((row) => row.runs[seedIndex]?.loss ?? 0));
      for (const row of rows) {
        const residual = (row.runs[seedIndex]?.loss ?? 0) - (row.meanLoss ?? 0) - seedMean + grand;
        sum += residual * residual;
      }
    }
    degreesOfFreedom += (rows.length - 1) * (cell.seeds.length - 1);
  }
  return degreesOfFreedom === 0 ? null : { standardDeviation: sqrt(sum / degreesOfFreedom), degreesOfFreedom };
}

function runKeysOf(basin: Basin, seed: number): readonly string[] {
  return basin.points.flatMap((point) => point.runs.filter((run) => run.seed === seed).map((run) => run.runKey));
}

function average(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}
