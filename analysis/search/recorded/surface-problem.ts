import { sqrt } from "../../numerics/elementary.ts";
import { randomStream } from "../../numerics/random-stream.ts";
import { LadderError } from "../../study/ladder-error.ts";
import { conditionGaussianProcess } from "../models/gaussian-process.ts";
import { fitKernel } from "../models/kernel-fit.ts";
import { kernelParameters } from "../models/kernel-matrix.ts";
import { negativeLogMarginalLikelihood } from "../models/marginal-likelihood.ts";
import { outputFrame, toReading, toTarget } from "../models/output-frame.ts";
import type { SearchValues } from "../space/search-space.ts";
import { nearestTable, type RecordedPlace, type RecordedProblem, type RecordedTable } from "./recorded-problem.ts";

/** A kernel is fitted to at most so many readings, and the surface laid through at most so many; chosen by a named stream. */
const mostFitted = 200;
const mostReadings = 800;
const kernelSettings = {
  prior: { smoothness: 1, scale: [2, 1], logLinear: [1, 1.5], noise: [1.1, 30] },
  leastNoise: 1e-6,
  evaluations: 50,
  starts: 2,
} as const;
/** The surface goes no further beyond the recorded losses than so many standard deviations of its noise. */
const reach = 3;

/** How well a surface tells the runs that it is laid through. */
export interface SurfaceQuality {
  /** Runs that it is laid through, and those there are. */
  readonly readings: number;
  readonly finished: number;
  /** Root mean square of the leave-one-out errors, in nats. */
  readonly leaveOneOutError: number;
  /** Standard deviation of the losses themselves, in nats: what a surface that knows nothing would miss. */
  readonly spreadOfLosses: number;
  /** Standard deviation of the noise that it adds to a run of middling loss, in nats. */
  readonly noise: number;
}

/**
 * The problem in which a smooth surface answers: a Gaussian process (Matern 5/2 on a straight line, see `models/kernel.ts`) through the
 * recorded runs, and for each run the noise that the process found in them. Values whose nearest recorded run diverged diverge. What
 * nobody knows beforehand to cost 6 N D costs what the nearest recorded run did.
 *
 * @param costOf exact cost of values that lie between runs; null: that of the nearest run
 * @throws LadderError as `nearestTable`; `input` SURFACE_NOT_FITTED where the runs give no surface
 */
export function surfaceProblem(
  table: RecordedTable,
  costOf: ((values: SearchValues) => number) | null,
): RecordedProblem & { readonly quality: SurfaceQuality } {
  const { space, prepared, designs, places, nearest } = nearestTable(table);
  const dimensions = prepared.features.length;
  const finished = designs.flatMap(({ losses }, design) => losses.flatMap((loss) => (loss === null ? [] : [{ design, loss }])));
  const order = shuffled(finished.length);
  const pointsOf = (chosen: readonly { readonly design: number }[]) => {
    const values = new Float64Array(chosen.length * dimensions);
    for (const [index, { design }] of chosen.entries())
      values.set(places.subarray(design * dimensions, (design + 1) * dimensions), index * dimensions);
    return { values, count: chosen.length, dimensions };
  };
  const take = (count: number) => order.slice(0, count).flatMap((index) => finished[index] ?? []);
  const readings = take(mostReadings);
  const frame = outputFrame(
    readings.map(({ loss }) => loss),
    true,
  );
  const targets = Float64Array.from(readings, ({ loss }) => toTarget(frame, loss));
  const points = pointsOf(readings);
  const centre = centreOf(points.values, dimensions);
  const few = Math.min(mostFitted, readings.length);
  const likelihood = negativeLogMarginalLikelihood(pointsOf(readings.slice(0, few)), centre, targets.subarray(0, few));
  const fit = fitKernel(likelihood, dimensions, null, kernelSettings);
  const parameters = kernelParameters(fit.coordinates);
  const process = conditionGaussianProcess(parameters, centre, points, targets);
  if (process === null || !Number.isFinite(fit.objective))
    throw new LadderError("input", "SURFACE_NOT_FITTED", `no smooth surface goes through these ${readings.length} runs`, {
      fields: { runs: readings.length },
      hint: "let the nearest recorded run answer: --answer nearest",
    });
  const deviation = sqrt(parameters.noise);
  const lowest = targets.reduce((least, value) => Math.min(least, value), Infinity) - reach * deviation;
  const highest = targets.reduce((most, value) => Math.max(most, value), -Infinity) + reach * deviation;
  const readingOf = (target: number): number => toReading(frame, Math.min(highest, Math.max(lowest, target)));
  const mean = new Float64Array(1);
  const variance = new Float64Array(1);
  const targetAt = (values: SearchValues): number => {
    process.predict(prepared.encode(values), 1, mean, variance);
    return mean[0] ?? 0;
  };
  const locate = (values: SearchValues): RecordedPlace => {
    const { index, distance } = nearest(values);
    const { meanLoss = null, cost = 1 } = designs[index] ?? {};
    return {
      design: index,
      distance,
      loss: meanLoss === null ? null : readingOf(targetAt(values)),
      cost: costOf?.(values) ?? cost,
      key: JSON.stringify(values),
    };
  };

  const { means } = process.leaveOneOut();
  const errors = readings.map(({ loss }, index) => readingOf(means[index] ?? 0) - loss);
  return {
    mode: "surface",
    space,
    designs,
    knownCost: table.isCostKnown ? (values) => costOf?.(values) ?? locate(values).cost : null,
    locate,
    draw({ loss, key }, seed, visit) {
      if (loss === null) return null;
      return readingOf(toTarget(frame, loss) + deviation * randomStream(seed, "recorded", "noise", key, visit).normal());
    },
    quality: {
      readings: readings.length,
      finished: finished.length,
      leaveOneOutError: rootMeanSquare(errors),
      spreadOfLosses: rootMeanSquare(readings.map(({ loss }) => loss - frame.middle)),
      noise: (readingOf(deviation) - readingOf(-deviation)) / 2,
    },
  };
}

function shuffled(count: number): readonly number[] {
  const random = randomStream(0, "recorded", "surface");
  const order = Array.from({ length: count }, (_, index) => index);
  for (let index = count - 1; index > 0; index -= 1) {
    const other = random.integer(index + 1);
    const [left = 0, right = 0] = [order[index], order[other]];
    order[index] = right;
    order[other] = left;
  }
  return order;
}

function centreOf(values: Float64Array, dimensions: number): Float64Array {
  const centre = new Float64Array(dimensions);
  const count = values.length / dimensions;
  for (let index = 0; index < values.length; index += 1) {
    const axis = index % dimensions;
    centre[axis] = (centre[axis] ?? 0) + (values[index] ?? 0) / count;
  }
  return centre;
}

function rootMeanSquare(values: readonly number[]): number {
  return sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}
