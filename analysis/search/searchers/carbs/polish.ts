import { believeAt, type Beliefs, type Surrogates } from "../../models/surrogates.ts";
import { candidateAt, featuresOf, knownLogCosts, streamOf, type Candidate, type Question } from "./question.ts";
import { quasiRandomPoints } from "./quasi-random.ts";
import { step } from "./candidates.ts";
import type { Acquisition } from "./score.ts";

/** A candidate with its score. */
export interface Scored {
  readonly candidate: Candidate;
  readonly score: number;
}

/** How the best candidates are improved before one is chosen. */
const kept = 6;
const rounds = 7;
const joint = 6;

/** Whether a candidate may be suggested beside those there are. */
export type Admission = (candidate: Candidate) => boolean;

/** Candidates and what is believed of each. */
export interface Pool {
  readonly candidates: readonly Candidate[];
  readonly beliefs: Beliefs;
}

/** Asks the models about candidates; those that are not admitted are dropped. */
export function poolOf(question: Question, models: Surrogates, admits: Admission, candidates: readonly Candidate[]): Pool {
  const admitted = candidates.filter(admits);
  const features = featuresOf(admitted, models.dimensions);
  return { candidates: admitted, beliefs: believeAt(models, features, admitted.length, knownLogCosts(question, admitted)) };
}

/** The candidates that may be suggested, with their scores. */
export function scorePool({ candidates, beliefs }: Pool, acquisition: Acquisition): Scored[] {
  const scores = acquisition(beliefs);
  return candidates.map((candidate, index) => ({ candidate, score: scores[index] ?? -Infinity })).filter(({ score }) => score > -Infinity);
}

/**
 * Improves the best candidates by a pattern search among legal values: steps along each coordinate and a few along all, each half as long
 * when none helps. Steps land on values that can be suggested, so rounding and constraints are no afterthought.
 *
 * @param scored not empty
 */
export function polish(
  question: Question,
  models: Surrogates,
  acquisition: Acquisition,
  admits: Admission,
  scored: readonly Scored[],
  steps: Float64Array,
): Scored {
  const size = question.space.dimensions.length;
  const best = [...scored].sort((left, right) => right.score - left.score).slice(0, kept);
  const lengths = best.map(() => 0.25);
  const random = streamOf(question, "polish");
  for (let round = 0; round < rounds; round += 1) {
    const moves: { readonly from: number; readonly candidate: Candidate }[] = [];
    for (const [from, { candidate }] of best.entries()) {
      const length = lengths[from] ?? 0;
      const add = (unit: Float64Array): void => {
        const moved = candidateAt(question, unit);
        if (moved !== null && admits(moved)) moves.push({ from, candidate: moved });
      };
      for (const [axis, dimension] of question.space.dimensions.entries()) {
        if (dimension.kind === "choice" || dimension.kind === "special") {
          const unit = Float64Array.from(candidate.unit);
          unit[axis] = random.uniform();
          add(unit);
          continue;
        }
        for (const side of [0, 1]) {
          const unit = Float64Array.from(candidate.unit);
          unit[axis] = step(dimension, unit[axis] ?? 0, side, length * (steps[axis] ?? 0));
          add(unit);
        }
      }
      const about = quasiRandomPoints(random, size, joint);
      for (let index = 0; index < joint; index += 1) {
        const unit = Float64Array.from(candidate.unit);
        for (const [axis, dimension] of question.space.dimensions.entries()) {
          const radius = (dimension.kind === "choice" || dimension.kind === "special" ? 0 : length) * (steps[axis] ?? 0);
          if (radius > 0) unit[axis] = step(dimension, unit[axis] ?? 0, about[index * size + axis] ?? 0, radius);
        }
        add(unit);
      }
    }
    if (moves.length === 0) break;
    const candidates = moves.map(({ candidate }) => candidate);
    const scores = acquisition(
      believeAt(models, featuresOf(candidates, models.dimensions), candidates.length, knownLogCosts(question, candidates)),
    );
    const before = best.map(({ score }) => score);
    for (const [index, { from, candidate }] of moves.entries()) {
      const score = scores[index] ?? -Infinity;
      if (score > (best[from]?.score ?? -Infinity)) best[from] = { candidate, score };
    }
    for (const [from, score] of before.entries()) if (best[from]?.score === score) lengths[from] = (lengths[from] ?? 0) * 0.4;
  }
  return best.reduce((winner, scoredOne) => (scoredOne.score > winner.score ? scoredOne : winner));
}
