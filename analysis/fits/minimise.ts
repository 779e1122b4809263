import { penaltySum } from "../numerics/robust-penalty.ts";
import type { RobustMinimum, RobustProblem, RobustSearch, RobustSettings } from "../numerics/robust-gauss-newton.ts";
import type { Objective } from "./contract.ts";
import { absoluteWithin, penaltyOf } from "./objective.ts";

/** Ratio of one rounding of |r| to the next, and of the finest to the mean residual. */
const refinement = 8;
const finest = 1e-9;

/**
 * Minimises an objective from `coordinates` and leaves the minimum there. |r| has a corner at 0, so least absolute deviations is reached
 * through ever finer roundings of it, each from the minimum before; the objective returned is that of |r| itself.
 */
export function minimiseObjective(
  search: RobustSearch,
  problem: Omit<RobustProblem, "penalty">,
  objective: Objective,
  coordinates: Float64Array,
  settings: RobustSettings,
): RobustMinimum {
  const penalty = penaltyOf(objective);
  if (objective.kind !== "leastAbsoluteDeviations") return search.minimise({ ...problem, penalty }, coordinates, settings);
  const { model, measured, weights } = problem;
  const residuals = new Float64Array(model.rowCount);
  const absoluteSum = (): number => {
    model.predict(coordinates, residuals);
    for (let row = 0; row < model.rowCount; row += 1) residuals[row] = (measured[row] ?? 0) - (residuals[row] ?? 0);
    return penaltySum(penalty, residuals, weights, model.rowCount);
  };
  let totalWeight = 0;
  for (let row = 0; row < model.rowCount; row += 1) totalWeight += weights[row] ?? 0;
  const meanResidual = absoluteSum() / totalWeight;
  if (!(meanResidual > 0 && meanResidual < Infinity)) return { objective: absoluteSum(), gradientNorm: 0, evaluations: 2 };
  let evaluations = 2;
  let gradientNorm = Infinity;
  for (let delta = meanResidual; delta > finest * meanResidual; delta /= refinement) {
    const minimum = search.minimise({ ...problem, penalty: absoluteWithin(delta) }, coordinates, settings);
    evaluations += minimum.evaluations;
    gradientNorm = minimum.gradientNorm;
  }
  return { objective: absoluteSum(), gradientNorm, evaluations };
}
