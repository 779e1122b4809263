import { mean } from "../numerics/mean.ts";
import { canonicalJson } from "../study/content-hash.ts";
import { type Scale, scaleAxes } from "../study/scale.ts";
import type { TrialStatus } from "./searchers/contract.ts";

/** All that a run is given but its seed. */
export interface Place {
  readonly parametrization: string;
  readonly scale: Scale;
  readonly hyperparameters: Readonly<Record<string, number>>;
}

/** What one seed says of a place. */
export interface Reading {
  /** 0 is the first of the study's seeds. */
  readonly seedIndex: number;
  readonly status: TrialStatus;
  /** Null unless finished. */
  readonly loss: number | null;
}

/** What is known of a place: one reading for each seed that was asked for, none where nobody has asked. */
export type Readings = (place: Place) => readonly Reading[];

/** What the seeds of a place say together. */
export type PlaceOutcome =
  | { readonly state: "waiting" | "diverged" | "failed" }
  /** `losses` by seed; null for a seed that failed. `mean` is over those there are, nats per token. */
  | { readonly state: "measured"; readonly mean: number; readonly losses: readonly (number | null)[] };

/**
 * The outcome of a place with `seedCount` seeds. A place where a seed diverged is no candidate, whatever the others say. A seed that failed
 * or ran out of memory says nothing; where all did, nothing is known of the place. `lost` is temporary, and waited for.
 */
export function outcomeOf(readings: readonly Reading[], seedCount: number): PlaceOutcome {
  const isOpen = ({ status }: Reading): boolean => status === "outstanding" || status === "lost";
  if (readings.length < seedCount || readings.some(isOpen)) return { state: "waiting" };
  if (readings.some(({ status }) => status === "diverged")) return { state: "diverged" };
  const losses = Array.from({ length: seedCount }, (_, index) => readings.find(({ seedIndex }) => seedIndex === index)?.loss ?? null);
  const known = losses.filter((loss) => loss !== null);
  return known.length === 0 ? { state: "failed" } : { state: "measured", mean: mean(known), losses };
}

/** The mean loss of a place; null unless it was measured. */
export function meanLoss(outcome: PlaceOutcome): number | null {
  return outcome.state === "measured" ? outcome.mean : null;
}

/** One text for one place. */
export function placeKey({ parametrization, scale, hyperparameters }: Place): string {
  return canonicalJson([parametrization, scaleAxes.map((axis) => scale[axis]), hyperparameters]);
}
