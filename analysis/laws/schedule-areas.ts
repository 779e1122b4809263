import { assertInvariant } from "../study/ladder-error.ts";

/** What a loss curve's law reads of a schedule. */
export interface ScheduleAreas {
  /** S1 after each update: the sum of the learning rate. Learning rate x steps. */
  readonly trained: Float64Array;
  /** S2 after each update: the sum of the decayed sum of falls. Learning rate x steps. */
  readonly annealed: Float64Array;
}

/**
 * S1 and S2 of the law `annealing`, after each update (Tissue, Wang and Wang 2024, arXiv:2408.11029, equation 1 and the authors' example
 * script): S1 adds up the learning rate; a momentum m = decay x m + (previous - current learning rate) remembers falls, and S2 adds up m.
 * Warm-up counts as if it were at the peak already: give `warmupSteps`, and it is read so, since S2 would else take a rise for a fall
 * undone.
 *
 * @param learningRates one for each update, at least 0
 * @param decay of the momentum, in 0 … 1; the authors use 0.99 to 0.999
 * @param warmupSteps updates at the start that are read as the learning rate that follows them
 */
export function scheduleAreas(learningRates: Float64Array, decay = 0.999, warmupSteps = 0): ScheduleAreas {
  assertInvariant(decay >= 0 && decay <= 1, `the decay of S2 is ${decay}; it lies in 0 … 1`, { decay });
  const peak = learningRates[warmupSteps] ?? learningRates[learningRates.length - 1] ?? 0;
  const trained = new Float64Array(learningRates.length);
  const annealed = new Float64Array(learningRates.length);
  let [sum, momentum, total] = [0, 0, 0];
  let previous = warmupSteps > 0 ? peak : (learningRates[0] ?? 0);
  for (const [step, given] of learningRates.entries()) {
    const current = step < warmupSteps ? peak : given;
    sum += current;
    momentum = decay * momentum + (previous - current);
    total += momentum;
    trained[step] = sum;
    annealed[step] = total;
    previous = current;
  }
  return { trained, annealed };
}
