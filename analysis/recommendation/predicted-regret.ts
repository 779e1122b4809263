import { exp, log2 } from "../numerics/elementary.ts";
import type { Interval } from "../numerics/interval.ts";
import { latticeCoordinate, latticeSize, sampleQuantile, studentTNodes } from "../numerics/lattice.ts";
import { LadderError } from "../study/ladder-error.ts";
import { regretAt } from "../transfer/regret-curve.ts";
import { shapeSpread, type TargetPrediction } from "./target-prediction.ts";

/** The loss that a value is expected to cost at the target, against the best value there. Plain JSON. */
export interface PredictedRegret {
  readonly parametrization: string;
  readonly value: number;
  readonly log2Value: number;
  /** Octaves above (+) or below (-) the predicted optimum. */
  readonly offset: number;
  /** Nats per token; a lower bound when `isLowerBound`. */
  readonly expectedRegret: number;
  /** Of the regret of one run at the target, nats per token, >= 0. */
  readonly interval: Interval;
  /** Share of the predictive distribution that falls outside the measured grid. */
  readonly shareBeyond: number;
  /** Share that falls where runs diverged. */
  readonly shareDiverged: number;
  readonly isLowerBound: boolean;
  readonly words: string;
  readonly method: string;
}

const method =
  "expectation of the regret curve of the largest measured scale, moved to the predicted optimum, over the Student t distribution of that optimum (midpoint rule on 2,039 quantiles); interval: quantiles on a rank-1 lattice over the optimum and the change of shape with scale";

/** Shares above this make the expected regret a lower bound, in words too. */
const noticeableShare = 0.05;

/**
 * Predicts the regret of any value at the target.
 *
 * @param value of the hyperparameter, > 0
 * @param level of the interval
 * @throws LadderError `input` HYPERPARAMETER_NOT_POSITIVE
 */
export function predictRegretOf(prediction: TargetPrediction, value: number, level = 0.95): PredictedRegret {
  if (!(value > 0 && Number.isFinite(value)))
    throw new LadderError(
      "input",
      "HYPERPARAMETER_NOT_POSITIVE",
      `${prediction.hyperparameter} = ${value} has no logarithm, so its regret cannot be predicted`,
    );
  const readings = optimumReadings(prediction, value);
  const expectedRegret = readings.reduce((sum, reading) => sum + reading.regret, 0) / latticeSize;
  const samples = regretSamples(prediction, value, 0);
  const share = (reach: "beyond" | "diverged"): number => readings.filter((reading) => reading.reach === reach).length / latticeSize;
  const [shareBeyond, shareDiverged] = [share("beyond"), share("diverged")];
  const tail = (1 - level) / 2;
  return {
    parametrization: prediction.parametrization,
    value,
    log2Value: log2(value),
    offset: log2(value) - prediction.optimum.log2,
    expectedRegret,
    interval: {
      low: sampleQuantile(samples, tail),
      high: sampleQuantile(samples, 1 - tail),
      level,
      method: "quantiles of the predictive distribution of the regret",
      covers: "prediction",
      degreesOfFreedom: null,
    },
    shareBeyond,
    shareDiverged,
    isLowerBound: shareBeyond + shareDiverged > noticeableShare,
    words: describeReach(prediction, shareBeyond, shareDiverged),
    method,
  };
}

/**
 * Equally likely regrets of a value at the target, in the order of the lattice: uncertain optimum, and where scales
 * differ in shape, an uncertain factor on the regret.
 *
 * @param coordinate first of the two lattice coordinates to use; choices compared with each other take different ones
 */
export function regretSamples(prediction: TargetPrediction, value: number, coordinate: number): readonly number[] {
  const readings = optimumReadings(prediction, value);
  const order = latticeCoordinate(coordinate);
  const spread = shapeSpread(prediction, log2(value) - prediction.optimum.log2);
  const shapeOrder = latticeCoordinate(coordinate + 1);
  const shapeNodes = spread === null ? null : studentTNodes(spread.degreesOfFreedom);
  return order.map((node, point) => {
    const regret = readings[node]?.regret ?? Number.NaN;
    if (spread === null || shapeNodes === null) return regret;
    return regret * exp(spread.logStandardDeviation * (shapeNodes[shapeOrder[point] ?? 0] ?? 0));
  });
}

/** Regret at every quantile of the predicted optimum, lowest optimum first. */
function optimumReadings(prediction: TargetPrediction, value: number): readonly ReturnType<typeof regretAt>[] {
  const { optimum, regret } = prediction;
  return studentTNodes(optimum.degreesOfFreedom).map((node) =>
    regretAt(regret, log2(value) - (optimum.log2 + optimum.standardError * node)),
  );
}

function describeReach(prediction: TargetPrediction, shareBeyond: number, shareDiverged: number): string {
  const percent = (share: number): string => `${Math.round(100 * share)} %`;
  const where = `at ${prediction.axis} ${prediction.regret.axisValue}`;
  const clauses = [
    ...(shareBeyond > noticeableShare
      ? [
          `${percent(shareBeyond)} of the predicted distances to the optimum lie outside the grid measured ${where}, where regret is held at its last measured value`,
        ]
      : []),
    ...(shareDiverged > noticeableShare ? [`${percent(shareDiverged)} lie where runs diverged ${where}`] : []),
  ];
  return clauses.length === 0 ? `read off the basin measured ${where}` : `a lower bound: ${clauses.join("; ")}`;
}
