import type { RobustPenalty } from "../numerics/robust-penalty.ts";
import type { Objective } from "./contract.ts";

/** The usual choice: Huber's penalty on ln loss (Hoffmann et al. 2022, appendix D.3; the sum and never the mean of it). */
export const defaultObjective: Objective = { kind: "huber", delta: 1e-3 };

/**
 * The penalty whose sum an objective is: Huber r^2/2 within delta and delta (|r| - delta/2) beyond; least squares r^2; least absolute
 * deviations |r|, up to 1e-200; asymmetric r^2, times the penalty where the row lies below the prediction.
 */
export function penaltyOf(objective: Objective): RobustPenalty {
  switch (objective.kind) {
    case "huber":
      return { delta: objective.delta, curvatureAbove: 1, curvatureBelow: 1 };
    case "leastSquares":
      return { delta: Infinity, curvatureAbove: 2, curvatureBelow: 2 };
    case "leastAbsoluteDeviations":
      return absoluteWithin(1e-200);
    case "asymmetric":
      return { delta: Infinity, curvatureAbove: 2, curvatureBelow: 2 * objective.overestimatePenalty };
  }
}

/** |r|, rounded off within delta of 0: what is minimised for ever smaller deltas in place of |r| itself. */
export function absoluteWithin(delta: number): RobustPenalty {
  return { delta, curvatureAbove: 1 / delta, curvatureBelow: 1 / delta };
}
