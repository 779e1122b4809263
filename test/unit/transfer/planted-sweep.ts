import type { RandomStream } from "../../../analysis/numerics/random-stream.ts";
import type { CountedScale } from "../../../analysis/study/scale.ts";
import type { TrialRunResult } from "../../../analysis/study/trial.ts";

/** A sweep whose truth is known: log2 optimum = intercept + slope * log2(width / 16), plus what is said here. */
export interface PlantedSweep {
  readonly parametrization?: string;
  readonly slope: number;
  /** log2 optimum at width 16. */
  readonly intercept: number;
  readonly widths?: readonly number[];
  readonly seeds?: readonly number[];
  readonly grid?: readonly number[];
  /** Half the second derivative of the basin, nats per octave squared. */
  readonly depth?: number;
  /** Cubic term, nats per octave cubed: basins are steeper towards small learning rates. */
  readonly skew?: number;
  /** Standard deviation of a seed's common shift of all its optima, octaves. */
  readonly seedShift?: number;
  /** Standard deviation of the optimum of one seed at one width, octaves. */
  readonly cellShift?: number;
  /** Standard deviation of a run's loss, nats per token. */
  readonly lossNoise?: number;
}

export const octaveGrid = [-9, -8, -7, -6, -5, -4, -3] as const;

export function scaleOfWidth(width: number): CountedScale {
  return {
    width,
    depth: 2,
    headDimension: 8,
    batchSizeTokens: 256,
    tokenHorizon: 51200,
    parameterCountTotal: 24 * width * width,
    parameterCountNonEmbedding: 24 * width * width,
    trainingFlops: 6 * 24 * width * width * 51200,
    trainingFlopsFormula: "6ND",
  };
}

/** The results of a planted sweep; noise only where a stream is given. */
export function plantSweep(sweep: PlantedSweep, random?: RandomStream): TrialRunResult[] {
  const {
    parametrization = "planted",
    slope,
    intercept,
    depth = 0.02,
    skew = 0,
    widths = [16, 32, 64, 128],
    seeds = [1, 2],
    grid = octaveGrid,
  } = sweep;
  const noise = (deviation: number | undefined): number =>
    random === undefined || deviation === undefined ? 0 : deviation * random.normal();
  return seeds.flatMap((seed) => {
    const seedShift = noise(sweep.seedShift);
    return widths.flatMap((width) => {
      const optimum = intercept + slope * Math.log2(width / 16) + seedShift + noise(sweep.cellShift);
      const floor = 2.6 - 0.03 * Math.log2(width / 16);
      return grid.map((log2Value): TrialRunResult => {
        const u = log2Value - optimum;
        return resultOf({
          parametrization,
          width,
          seed,
          log2Value,
          loss: floor + depth * u * u + skew * u * u * u + noise(sweep.lossNoise),
        });
      });
    });
  });
}

export function resultOf(row: {
  readonly parametrization: string;
  readonly width: number;
  readonly seed: number;
  readonly log2Value: number;
  readonly loss: number | null;
  readonly runKey?: string;
}): TrialRunResult {
  const runKey = row.runKey ?? `${row.parametrization}-${row.width}-${row.log2Value}-${row.seed}`;
  return {
    runKey,
    parametrization: row.parametrization,
    hyperparameters: { learningRate: 2 ** row.log2Value },
    scale: scaleOfWidth(row.width),
    seed: row.seed,
    state: row.loss === null ? "diverged" : "finished",
    loss: row.loss,
    cluster: runKey,
  };
}
