import { sqrt } from "../../../numerics/elementary.ts";
import type { Surrogates } from "../../models/surrogates.ts";
import type { UnitDimension } from "../../space/parameter-geometry.ts";
import type { FrontMember } from "./front.ts";
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

/**
 * Candidates: a share of them anywhere, the others about members of the front, those nearest in cost to the target first. Sobol points
 * from the suggestion's own stream.
 */
export function drawCandidates(
  question: Question,
  members: readonly FrontMember[],
  steps: Float64Array,
  targetLogCost: number,
): Candidate[] {
  const { space, settings } = question;
  const size = space.dimensions.length;
  const global = members.length === 0 ? settings.candidates : Math.round(settings.candidates * settings.globalShare);
  const found: Candidate[] = [];
  const add = (unit: Float64Array): void => {
    const candidate = candidateAt(question, unit);
    if (candidate !== null) found.push(candidate);
  };
  const everywhere = quasiRandomPoints(streamOf(question, "global"), size, global);
  for (let index = 0; index < global; index += 1) add(everywhere.slice(index * size, (index + 1) * size));
  if (members.length === 0) return found;

  const centres = members.map(({ placed }) => space.place(placed.trial.values));
  const near = members
    .map(({ logCost }, index) => ({ index, distance: Math.abs(logCost - targetLogCost) }))
    .sort((left, right) => left.distance - right.distance)
    .slice(0, 3)
    .map(({ index }) => index);
  const local = settings.candidates - global;
  const about = quasiRandomPoints(streamOf(question, "local"), size, local);
  const random = streamOf(question, "moved");
  const moved = Math.min(1, movedAtOnce / size);
  for (let index = 0; index < local; index += 1) {
    // Two of three about the nearest members, the third about any.
    const member = index % 3 < 2 ? near[index % near.length] : Math.floor(random.uniform() * members.length);
    const unit = Float64Array.from(centres[member ?? 0] ?? []);
    const reach = reaches[Math.floor(index / 3) % reaches.length] ?? 1;
    for (const [axis, dimension] of space.dimensions.entries()) {
      if (moved < 1 && random.uniform() > moved) continue;
      unit[axis] = step(dimension, unit[axis] ?? 0, about[index * size + axis] ?? 0, reach * (steps[axis] ?? 0));
    }
    add(unit);
  }
  return found;
}

/** A coordinate moved by a number in [0, 1), within the cube. */
export function step({ kind }: UnitDimension, from: number, random: number, radius: number): number {
  if (kind === "choice" || kind === "special") return random < choiceKept ? from : (random - choiceKept) / (1 - choiceKept);
  return Math.min(1, Math.max(0, from + (2 * random - 1) * radius));
}
