import { sqrt } from "../numerics/elementary.ts";
import { holds, studentTInterval, type Interval } from "../numerics/interval.ts";
import { scaleAxes, type Scale } from "../study/scale.ts";
import type { TrialRunResult } from "../study/trial.ts";
import type { ExcessLossPrediction } from "./excess-loss.ts";

/** A finished run at the target. */
export interface MeasuredLoss {
  readonly seed: number;
  readonly runKey: string;
  /** Nats per token; null where the run diverged or has not finished. */
  readonly loss: number | null;
}

/** Predicted against measured, at the target. Plain JSON. */
export interface ProofComparison {
  readonly predicted: ExcessLossPrediction;
  /** Paired by seed, by rising seed; seeds with both losses only. */
  readonly perSeed: readonly {
    readonly seed: number;
    readonly choiceLoss: number;
    readonly referenceLoss: number;
    readonly excess: number;
    readonly isPredicted: boolean;
  }[];
  /** Mean paired difference, nats per token; null without pairs. */
  readonly meanExcess: number | null;
  /** Of the mean; null with fewer than two seeds. */
  readonly interval: Interval | null;
  readonly seedsPredicted: number;
  readonly isMeanPredicted: boolean;
  /** True when the reference ended below the choice in every seed. */
  readonly referenceWinsEverySeed: boolean;
  readonly unpairedSeeds: readonly number[];
  readonly words: string;
}

/**
 * The runs of one value at one scale, by seed.
 *
 * @param value matched within one part in 10^9, so that a value that went through a file is found
 */
export function measuredAt(
  results: readonly TrialRunResult[],
  where: { readonly parametrization: string; readonly hyperparameter: string; readonly value: number; readonly target: Scale },
): readonly MeasuredLoss[] {
  const bySeed = new Map<number, MeasuredLoss>();
  for (const result of results) {
    const value = result.hyperparameters[where.hyperparameter];
    if (
      result.parametrization !== where.parametrization ||
      value === undefined ||
      Math.abs(value - where.value) > 1e-9 * Math.abs(where.value)
    )
      continue;
    if (!scaleAxes.every((axis) => result.scale[axis] === where.target[axis])) continue;
    const loss = result.state === "finished" && result.loss !== null && Number.isFinite(result.loss) ? result.loss : null;
    bySeed.set(result.seed, { seed: result.seed, runKey: result.runKey, loss });
  }
  return [...bySeed.values()].sort((left, right) => left.seed - right.seed);
}

/** Compares a prediction with what was measured, seed by seed (the same seed sees the same batches under both choices). */
export function compareWithMeasured(
  predicted: ExcessLossPrediction,
  choice: readonly MeasuredLoss[],
  reference: readonly MeasuredLoss[],
): ProofComparison {
  const perSeed = choice.flatMap(({ seed, loss }) => {
    const other = reference.find((candidate) => candidate.seed === seed)?.loss ?? null;
    if (loss === null || other === null) return [];
    return [{ seed, choiceLoss: loss, referenceLoss: other, excess: loss - other, isPredicted: holds(predicted.interval, loss - other) }];
  });
  const seeds = [...new Set([...choice, ...reference].map((run) => run.seed))].sort((left, right) => left - right);
  const unpairedSeeds = seeds.filter((seed) => !perSeed.some((pair) => pair.seed === seed));
  const differences = perSeed.map((pair) => pair.excess);
  const meanExcess = differences.length === 0 ? null : differences.reduce((sum, value) => sum + value, 0) / differences.length;
  const seedsPredicted = perSeed.filter((pair) => pair.isPredicted).length;
  const isMeanPredicted = meanExcess !== null && holds(predicted.interval, meanExcess);
  return {
    predicted,
    perSeed,
    meanExcess,
    interval: meanExcess === null ? null : pairedInterval(differences, meanExcess, predicted.interval.level),
    seedsPredicted,
    isMeanPredicted,
    referenceWinsEverySeed: perSeed.length > 0 && differences.every((difference) => difference > 0),
    unpairedSeeds,
    words: describe(predicted, meanExcess, perSeed.length, seedsPredicted),
  };
}

function pairedInterval(differences: readonly number[], mean: number, level: number): Interval | null {
  if (differences.length < 2) return null;
  const squares = differences.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  const standardError = sqrt(squares / (differences.length - 1) / differences.length);
  return studentTInterval(
    mean,
    standardError,
    differences.length - 1,
    level,
    `mean of ${differences.length} paired differences; Student t`,
  );
}

function describe(predicted: ExcessLossPrediction, mean: number | null, pairs: number, held: number): string {
  const nats = (value: number): string => value.toFixed(3);
  const forecast = `predicted ${predicted.isBounded ? "at least " : ""}${nats(predicted.excessLoss)} nats per token more (${nats(predicted.interval.low)} to ${nats(predicted.interval.high)})`;
  if (mean === null) return `${forecast}; no seed finished under both choices`;
  return `${forecast}; measured ${nats(mean)} over ${pairs} ${pairs === 1 ? "seed" : "seeds"}; the interval holds ${held} of ${pairs}`;
}
