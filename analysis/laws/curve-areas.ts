import { LadderError } from "../study/ladder-error.ts";
import type { Columns } from "./contract.ts";
import { scheduleAreas } from "./schedule-areas.ts";

/** Longest run whose every update is walked through. */
const mostUpdates = 100_000_000;

/**
 * S1 and S2 at the logged steps of one training curve. Between two of them the learning rate is taken to change linearly; up to its first
 * maximum it is warming up, and read as that maximum, as the authors of the law do.
 *
 * @param columns `step` (updates so far, whole, rising) and `learningRate` (at least 0) at each logged point
 * @throws LadderError `input` CURVE_INVALID for steps that are no whole numbers from 0 on, or do not rise
 */
export function curveAreas({ step = new Float64Array(0), learningRate = new Float64Array(0) }: Columns): Columns {
  for (const [index, value] of step.entries()) {
    const before = step[index - 1] ?? -1;
    if (Number.isInteger(value) && value > before && value <= mostUpdates) continue;
    throw new LadderError("input", "CURVE_INVALID", `steps of a curve are whole, at least 0, and rise: ${value} follows ${before}`, {
      fields: { step: value, before },
      hint: "--cluster COLUMN tells curves apart; leave repeated steps out with --where",
    });
  }
  const last = step.at(-1) ?? 0;
  const peak = learningRate.reduce((left, right) => Math.max(left, right), 0);
  const updates = new Float64Array(last + 1);
  let point = 0;
  for (let update = 0; update <= last; update += 1) {
    while ((step[point] ?? Infinity) < update) point += 1;
    const [from, to] = [step[point - 1] ?? 0, step[point] ?? last];
    const [low, high] = [learningRate[point - 1] ?? learningRate[0] ?? 0, learningRate[point] ?? 0];
    updates[update] = to === from ? high : low + ((high - low) * (update - from)) / (to - from);
  }
  const warmupSteps = step[learningRate.indexOf(peak)] ?? 0;
  const { trained, annealed } = scheduleAreas(updates, undefined, warmupSteps);
  const at = (values: Float64Array): Float64Array => step.map((update) => values[update] ?? Number.NaN);
  return { S1: at(trained), S2: at(annealed) };
}
