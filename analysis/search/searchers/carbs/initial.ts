import { believedCosts, costModel, type CostModel } from "../../models/cost-model.ts";
import type { SearchSuggestion } from "../contract.ts";
import { nothingWithinCap } from "../known-cap.ts";
import { hashTrials } from "../model-free-suggestion.ts";
import { plainExplanation, suggestionOf } from "./explanation.ts";
import { candidateAt, knownLogCosts, featuresOf, streamOf, type Candidate, type Question } from "./question.ts";
import { quasiRandomPoints } from "./quasi-random.ts";
import { capGuard } from "./score.ts";
import { apartFrom } from "./separation.ts";

/** Trials with a cost before the model of it is asked whether a first trial keeps to the cap. */
const trialsForCost = 4;
/** Tries of one place: ever nearer to the centre. */
const shrinkings = 6;
const places = 256;

/** How many trials come before a model leads. */
export function initialTrials({ settings, space }: Question): number {
  return settings.initialTrials ?? 4 + Math.ceil(space.dimensions.length / 2);
}

/**
 * A trial of the beginning: the centre first, then scrambled Sobol points within `initialReach` of it, or over the preferred ranges. What
 * is known to break the cap, or likely to, is drawn towards the centre, and where the centre itself breaks it, to the nearest place that
 * does not.
 *
 * @throws LadderError `input` NOTHING_WITHIN_CAP where costs are known, and none of the places keeps to the cap
 */
export function initialSuggestion(question: Question): SearchSuggestion {
  const { space, task, settings, number, data } = question;
  const size = space.dimensions.length;
  const trialsHash = hashTrials(question.trials);
  const cost = data.finished.length >= trialsForCost ? costModel(data.finished) : null;
  const fits = withinCap(question, cost === null || "failure" in cost ? null : cost);
  const admits = apartFrom(question);
  const centre = space.center(task.context);
  const middle = { unit: space.place(centre), values: centre, features: space.encode(centre) };
  const say = (candidate: Candidate, words: string): SearchSuggestion =>
    suggestionOf(question, "initial", candidate.values, plainExplanation(trialsHash, words));
  if (number === 0 && fits(middle)) return say(middle, "the centre of the space");

  const stream = streamOf({ ...question, number: 0 }, "initial");
  const points = quasiRandomPoints(stream, size, number + 8);
  for (let index = Math.max(0, number - 1); index < number + 8; index += 1) {
    for (let shrink = 0; shrink < shrinkings; shrink += 1) {
      const unit = new Float64Array(size);
      for (const [axis, { kind, center, preferred }] of space.dimensions.entries()) {
        const random = points[index * size + axis] ?? 0.5;
        const isFree = kind === "choice" || kind === "special";
        const isPreferred = preferred.from > 0 || preferred.to < 1;
        const from = isPreferred ? preferred.from : Math.max(0, center - settings.initialReach);
        const to = isPreferred ? preferred.to : Math.min(1, center + settings.initialReach);
        const near = middle.unit[axis] ?? center;
        let nearer = 1;
        for (let halving = 0; halving < shrink; halving += 1) nearer *= 0.6;
        unit[axis] = isFree ? random : near + nearer * (from + random * (to - from) - near);
      }
      const candidate = candidateAt(question, unit);
      if (candidate !== null && admits(candidate) && fits(candidate)) return say(candidate, "spread about the centre");
    }
  }
  const far = quasiRandomPoints(streamOf(question, "initial"), size, places);
  const anywhere: Candidate[] = [];
  for (let index = 0; index < places; index += 1) {
    const candidate = candidateAt(question, far.subarray(index * size, (index + 1) * size));
    if (candidate !== null && fits(candidate)) anywhere.push(candidate);
  }
  const distance = ({ features }: Candidate): number =>
    features.reduce((sum, value, axis) => sum + (value - (middle.features[axis] ?? 0)) * (value - (middle.features[axis] ?? 0)), 0);
  const apart = anywhere.filter(admits);
  const nearest = [...(apart.length > 0 ? apart : anywhere)].sort((left, right) => distance(left) - distance(right))[0];
  if (nearest === undefined && task.knownCost !== null) throw nothingWithinCap(task);
  return nearest === undefined
    ? say(middle, "the centre of the space: no place is known to keep to the cap")
    : say(nearest, "near the centre, and within the cap");
}

/** Whether a candidate keeps to the cap as far as is known: not known to break it, or likely enough to keep to it by the model. */
function withinCap(question: Question, cost: CostModel | null): (candidate: Candidate) => boolean {
  const guard = capGuard(question.logCap, question.settings.capProbability);
  return (candidate) => {
    const known = knownLogCosts(question, [candidate]);
    if (known === null && cost === null) return true;
    const features = featuresOf([candidate], candidate.features.length);
    const costs = known === null ? believedCosts(cost, features, 1) : { logCosts: known, logCostDeviations: new Float64Array(1) };
    return guard(costs, 0);
  };
}
