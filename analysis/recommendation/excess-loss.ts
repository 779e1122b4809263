import { sqrt } from "../numerics/elementary.ts";
import type { Interval } from "../numerics/interval.ts";
import { latticeCoordinate, latticeSize, sampleQuantile, studentTNodes } from "../numerics/lattice.ts";
import { predictRegretOf, regretSamples, type PredictedRegret } from "./predicted-regret.ts";
import type { TargetPrediction } from "./target-prediction.ts";

/** A value under a parametrization, at a target. */
export interface Choice {
  readonly prediction: TargetPrediction;
  readonly value: number;
}

/** By how much one choice is expected to end above another at the target. Plain JSON. */
export interface ExcessLossPrediction {
  readonly choice: PredictedRegret;
  readonly reference: PredictedRegret;
  /** Expected regret of the choice minus that of the reference, nats per token. */
  readonly regretDifference: number;
  /** Best loss of the choice's parametrization minus that of the reference's, where both were measured; 0 for one parametrization. */
  readonly bestLossDifference: { readonly mean: number; readonly standardDeviation: number; readonly pairs: number };
  /** regretDifference + bestLossDifference.mean: predicted loss(choice) - loss(reference), nats per token. */
  readonly excessLoss: number;
  /** Covers the difference between two new runs of one seed. */
  readonly interval: Interval;
  /** True when either regret is a lower bound. */
  readonly isBounded: boolean;
  readonly words: string;
}

/**
 * Predicts loss(choice) - loss(reference) at the target: difference of the regrets, plus the difference of the best
 * losses of the two parametrizations at the scales where both were trained by runs of their own (it need not be zero:
 * regrets are measured from each parametrization's own optimum). The interval holds, as independent parts, the
 * uncertainty of both regrets, the scatter of the best-loss differences over seeds and scales, and the noise of the two
 * runs; it is taken from the quantiles on a rank-1 lattice.
 */
export function predictExcessLoss(choice: Choice, reference: Choice, level = 0.95): ExcessLossPrediction {
  const own = predictRegretOf(choice.prediction, choice.value, level);
  const other = predictRegretOf(reference.prediction, reference.value, level);
  const bestLossDifference = compareMinima(choice.prediction, reference.prediction);
  const ownSamples = regretSamples(choice.prediction, choice.value, 0);
  const otherSamples = regretSamples(reference.prediction, reference.value, 2);
  const { mean, standardDeviation, pairs } = bestLossDifference;
  const floor = scatter(4, standardDeviation * sqrt(1 + 1 / Math.max(1, pairs)), pairs - 1);
  const ownNoise = choice.prediction.runNoise;
  const otherNoise = reference.prediction.runNoise;
  const noiseVariance = square(ownNoise?.standardDeviation ?? 0) + square(otherNoise?.standardDeviation ?? 0);
  const noise = scatter(5, sqrt(noiseVariance), Math.min(ownNoise?.degreesOfFreedom ?? 0, otherNoise?.degreesOfFreedom ?? 0));
  const samples = ownSamples.map((regret, point) => regret - (otherSamples[point] ?? 0) + mean + (floor[point] ?? 0) + (noise[point] ?? 0));
  const tail = (1 - level) / 2;
  const regretDifference = own.expectedRegret - other.expectedRegret;
  return {
    choice: own,
    reference: other,
    regretDifference,
    bestLossDifference,
    excessLoss: regretDifference + mean,
    interval: {
      low: sampleQuantile(samples, tail),
      high: sampleQuantile(samples, 1 - tail),
      level,
      method: "quantiles on a rank-1 lattice over both regrets, the difference of best losses and the noise of two runs",
      covers: "prediction",
      degreesOfFreedom: null,
    },
    isBounded: own.isLowerBound || other.isLowerBound,
    words: own.isLowerBound ? own.words : other.isLowerBound ? `of the reference, ${other.words}` : own.words,
  };
}

/** Differences of fitted minima, seed by seed and scale by scale, leaving out scales whose runs are the same runs. */
function compareMinima(choice: TargetPrediction, reference: TargetPrediction): ExcessLossPrediction["bestLossDifference"] {
  if (choice.parametrization === reference.parametrization) return { mean: 0, standardDeviation: 0, pairs: 0 };
  const differences = choice.minima.flatMap((own) => {
    const twin = reference.minima.find((other) => other.axisValue === own.axisValue && other.seed === own.seed);
    if (twin === undefined || twin.runKeys.some((key) => own.runKeys.includes(key))) return [];
    return [own.loss - twin.loss];
  });
  if (differences.length === 0) return { mean: 0, standardDeviation: 0, pairs: 0 };
  const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
  const squares = differences.reduce((sum, value) => sum + square(value - mean), 0);
  return { mean, standardDeviation: differences.length < 2 ? 0 : sqrt(squares / (differences.length - 1)), pairs: differences.length };
}

/** Student t scatter on one coordinate of the lattice; zeros when there is nothing to scale. */
function scatter(coordinate: number, scale: number, degreesOfFreedom: number): readonly number[] {
  if (!(scale > 0) || degreesOfFreedom < 1) return new Array<number>(latticeSize).fill(0);
  const nodes = studentTNodes(degreesOfFreedom);
  return latticeCoordinate(coordinate).map((node) => scale * (nodes[node] ?? 0));
}

function square(value: number): number {
  return value * value;
}
