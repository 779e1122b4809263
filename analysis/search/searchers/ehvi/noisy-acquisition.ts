import { rangeDot } from "../../../numerics/column-products.ts";
import { sqrt } from "../../../numerics/elementary.ts";
import { normalQuantile } from "../../../numerics/normal-distribution.ts";
import { quickExp, quickLog } from "../../../numerics/quick-exp-log.ts";
import { factorSymmetric, solveLower } from "../../../numerics/symmetric-factor.ts";
import { readingSlope, toReading } from "../../models/output-frame.ts";
import { placesOf, type PlacedTrial } from "../../models/trial-data.ts";
import { levelAt } from "../carbs/front.ts";
import { quasiRandomPoints } from "../carbs/quasi-random.ts";
import { streamOf } from "../carbs/question.ts";
import type { Acquisition } from "../carbs/score.ts";
import type { Situation } from "../carbs/situation.ts";
import { logExpectedArea, type Staircase } from "./hypervolume.ts";

/** Fronts that are drawn. */
const draws = 8;
/** Trials beside the believed front that may be on it instead, and all of them at most. */
const others = 12;
const mostContenders = 96;

/**
 * ln of the noisy expected hypervolume improvement on (loss, ln cost): the exact improvement of each of some fronts that the noise leaves
 * possible, averaged (Daulton, Balandat and Bakshy 2021, "Parallel Bayesian optimization of multiple noisy objectives with expected
 * hypervolume improvement"; logarithms as in Ament et al. 2023). Fronts are drawn with fixed scrambled Sobol points, so the score is
 * smooth; a candidate's loss is conditioned on each.
 *
 * @returns null where the covariances of the contenders have no factor
 */
export function noisyAcquisition(situation: Situation): Acquisition | null {
  const { question, models, span, front, isWithinCap } = situation;
  const chosen = contendersOf(situation);
  const size = chosen.length;
  const anchors = placesOf(chosen);
  const means = new Float64Array(size);
  const factor = new Float64Array(size * size);
  models.loss.predictJointly(anchors.values, size, means, factor);
  let largest = 0;
  for (let row = 0; row < size; row += 1) largest = Math.max(largest, factor[row * size + row] ?? 0);
  for (let row = 0; row < size; row += 1) factor[row * size + row] = (factor[row * size + row] ?? 0) * (1 + 1e-6) + 1e-8 * largest + 1e-14;
  if (factorSymmetric(factor, size) !== -1) return null;
  const uniform = quasiRandomPoints(streamOf(question, "fronts"), size, draws);
  const normals = uniform.map((value) => normalQuantile(Math.min(1 - 1e-9, Math.max(1e-9, value))));
  const staircases = Array.from({ length: draws }, (_, draw): Staircase => {
    const points = chosen.map(({ logCost }, row) => ({
      logCost,
      level: (means[row] ?? 0) + rangeDot(factor, row * size, normals, draw * size, row + 1),
    }));
    return staircaseOf(points, span, front.worst, (level) => {
      const reading = toReading(models.lossFrame, level);
      return Number.isFinite(reading) ? quickLog(Math.max(1e-300, readingSlope(models.lossFrame, reading))) : 0;
    });
  });
  const beside = models.loss.predictBeside(anchors);
  const { caution } = question.settings;
  return ({ features, count, logCosts, logCostDeviations, success }) => {
    const scores = new Float64Array(count);
    const placeMeans = new Float64Array(count);
    const variances = new Float64Array(count);
    const crossed = new Float64Array(count * size);
    beside(features, count, placeMeans, variances, crossed);
    const room = new Float64Array(size + 2);
    const values = new Float64Array(draws);
    for (let index = 0; index < count; index += 1) {
      if (!isWithinCap({ logCosts, logCostDeviations }, index)) {
        scores[index] = -Infinity;
        continue;
      }
      const start = index * size;
      solveLower(factor, size, size, crossed, start);
      const left = Math.max(0, (variances[index] ?? 0) - rangeDot(crossed, start, crossed, start, size));
      const deviation = sqrt(left);
      let greatest = -Infinity;
      for (let draw = 0; draw < draws; draw += 1) {
        const mean = (placeMeans[index] ?? 0) + rangeDot(crossed, start, normals, draw * size, size);
        const staircase = staircases[draw];
        if (staircase === undefined) continue;
        const value = logExpectedArea(staircase, mean, deviation, logCosts[index] ?? 0, Math.min(1e3, logCostDeviations[index] ?? 0), room);
        values[draw] = value;
        if (value > greatest) greatest = value;
      }
      let sum = 0;
      for (let draw = 0; draw < draws; draw += 1) sum += quickExp((values[draw] ?? 0) - greatest) / draws;
      scores[index] = greatest + quickLog(sum) + caution * quickLog(Math.max(1e-300, success[index] ?? 1));
    }
    return scores;
  };
}

/** The trials within the cap that come nearest to the front, by belief. */
function contendersOf({ models, affordable, front }: Situation): readonly PlacedTrial[] {
  const means = new Float64Array(affordable.length);
  models.loss.predict(placesOf(affordable).values, affordable.length, means, new Float64Array(affordable.length));
  const believed = affordable
    .map((placed, index) => ({ placed, behind: (means[index] ?? 0) - levelAt(front, placed.logCost) }))
    .sort((left, right) => left.behind - right.behind)
    .slice(0, Math.min(mostContenders, front.members.length + others));
  return believed.map(({ placed }) => placed);
}

function staircaseOf(
  points: readonly { readonly logCost: number; readonly level: number }[],
  span: { readonly from: number; readonly to: number },
  worst: number,
  logWorth: (level: number) => number,
): Staircase {
  const starts = new Float64Array(points.length + 1);
  const levels = new Float64Array(points.length + 1);
  const logWorths = new Float64Array(points.length + 1);
  const sorted = [...points].sort((left, right) => left.logCost - right.logCost);
  starts[0] = span.from;
  levels[0] = worst;
  let strips = 1;
  for (const { logCost, level } of sorted) {
    const last = strips - 1;
    if (level >= (levels[last] ?? 0)) continue;
    if (logCost <= (starts[last] ?? 0)) levels[last] = level;
    else {
      starts[strips] = logCost;
      levels[strips] = level;
      strips += 1;
    }
  }
  for (let strip = 0; strip < strips; strip += 1) logWorths[strip] = logWorth(levels[strip] ?? 0);
  return { starts, levels, logWorths, strips, end: span.to };
}
