import { log } from "../../numerics/elementary.ts";
import type { SearchTask, SearchTrial } from "../searchers/contract.ts";
import type { PreparedSpace } from "../space/prepared-space.ts";
import type { Points } from "./kernel.ts";

/** A trial with its place in the model's coordinates and what it told. */
export interface PlacedTrial {
  readonly trial: SearchTrial;
  readonly features: Float64Array;
  /** ln of the cost: exact where the task knows it, as told otherwise; NaN where nobody knows. */
  readonly logCost: number;
}

/** Trials by what they say to a model, each in the order in which they were suggested. */
export interface TrialData {
  /** A finite loss was told. */
  readonly finished: readonly PlacedTrial[];
  /** Diverged, out of memory, or a loss that is no number: the values do not work. What they cost says nothing of a whole trial. */
  readonly unsuccessful: readonly PlacedTrial[];
  /** Those of the two lists above in one, in the order in which they were suggested. */
  readonly judged: readonly PlacedTrial[];
  readonly outstanding: readonly PlacedTrial[];
}

/**
 * Sorts trials. `failed` and `lost` say nothing of their values and are left out.
 *
 * @param trials with an id of its own each
 */
export function trialData(task: SearchTask, space: PreparedSpace, trials: readonly SearchTrial[]): TrialData {
  const finished: PlacedTrial[] = [];
  const unsuccessful: PlacedTrial[] = [];
  const judged: PlacedTrial[] = [];
  const outstanding: PlacedTrial[] = [];
  for (const trial of trials) {
    const features = space.encode(trial.values);
    const isTold = trial.cost !== null && trial.cost > 0 && Number.isFinite(trial.cost);
    const cost = task.knownCost?.(trial.values) ?? (isTold && trial.status === "finished" ? trial.cost : Number.NaN);
    const placed = { trial, features, logCost: cost > 0 ? log(cost) : Number.NaN };
    if (trial.status === "outstanding") outstanding.push(placed);
    if (trial.status === "outstanding" || trial.status === "failed" || trial.status === "lost") continue;
    judged.push(placed);
    (isSuccessful(placed) ? finished : unsuccessful).push(placed);
  }
  return { finished, unsuccessful, judged, outstanding };
}

/** Whether a trial told a finite loss. */
export function isSuccessful({ trial: { status, loss } }: PlacedTrial): boolean {
  return status === "finished" && loss !== null && Number.isFinite(loss);
}

/** The coordinates of trials, one after another. */
export function placesOf(trials: readonly PlacedTrial[]): Points {
  const dimensions = trials[0]?.features.length ?? 0;
  const values = new Float64Array(trials.length * dimensions);
  for (const [index, { features }] of trials.entries()) values.set(features, index * dimensions);
  return { values, count: trials.length, dimensions };
}
