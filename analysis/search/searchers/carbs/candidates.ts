import { sqrt } from "../../../numerics/elementary.ts";
import type { Surrogates } from "../../models/surrogates.ts";
import type { UnitDimension } from "../../space/parameter-geometry.ts";
import { candidateAt, streamOf, type Candidate, type Question } from "./question.ts";
import { quasiRandomPoints } from "./quasi-random.ts";

/** Steps about a front member, as shares of the radius, in turn. */
const reaches = [1, 0.4, 0.15] as const;
const leastRadius = 0.03;
const greatestRadius = 0.5;
/** A choice is left as it is by this share of the candidates about a member. */
const choiceKept = 0.8;
/** At most about so many coordinates of a member are moved at once. */
const movedAtOnce = 10;

/**
 * How far to step in each coordinate of the unit cube: half the lengthscale that the loss has along it, so that a parameter without
 * effect is crossed quickly and a sensitive one searched finely.
 */
export function radii({ space }: Question, models: Surrogates): Float64Array {
  const { inverseSquares } = models.loss.parameters;
  return Float64Array.from(space.dimensions, ({ parameter, kind }) => {
    if (kind === "choice" || kind === "special") return 1;
    const axis = space.features.findIndex((feature) => feature.parameter === parameter && feature.kind === "place");
    const length = 1 / sqrt(inverseSquares[axis] ?? 1);
    return Math.min(greatestRadius, Math.max(leastRadius, 0.5 * length));
  });
}

/** Candidates anywhere in the space, from the suggestion's own Sobol points. */
export function candidatesAnywhere(question: Question, count: number): Candidate[] {
  const size = question.space.dimensions.length;
  const everywhere = quasiRandomPoints(streamOf(question, "global"), size, count);
  const found: Candidate[] = [];
  for (let index = 0; index < count; index += 1) {
    const candidate = candidateAt(question, everywhere.subarray(index * size, (index + 1) * size));
    if (candidate !== null) found.push(candidate);
  }
  return found;
}

/**
 * Candidates about places: Sobol points within the steps of each coordinate, and within parts of them.
 *
 * @param centres places of the unit cube, in turn; none gives no candidates
 * @param use names the stream
 */
export function candidatesAbout(
  question: Question,
  centres: readonly Float64Array[],
  steps: Float64Array,
  count: number,
  use: string,
): Candidate[] {
  const { space } = question;
  const size = space.dimensions.length;
  const found: Candidate[] = [];
  if (centres.length === 0) return found;
  const about = quasiRandomPoints(streamOf(question, use), size, count);
  const random = streamOf(question, use, "moved");
  const moved = Math.min(1, movedAtOnce / size);
  for (let index = 0; index < count; index += 1) {
    const unit = Float64Array.from(centres[index % centres.length] ?? []);
    const reach = reaches[Math.floor(index / centres.length) % reaches.length] ?? 1;
    for (const [axis, dimension] of space.dimensions.entries()) {
      if (moved < 1 && random.uniform() > moved) continue;
      unit[axis] = step(dimension, unit[axis] ?? 0, about[index * size + axis] ?? 0, reach * (steps[axis] ?? 0));
    }
    const candidate = candidateAt(question, unit);
    if (candidate !== null) found.push(candidate);
  }
  return found;
}

/** A coordinate moved by a number in [0, 1), within the cube. */
export function step({ kind }: UnitDimension, from: number, random: number, radius: number): number {
  if (kind === "choice" || kind === "special") return random < choiceKept ? from : (random - choiceKept) / (1 - choiceKept);
  return Math.min(1, Math.max(0, from + (2 * random - 1) * radius));
}
