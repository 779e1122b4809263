import type { TrainerEvent, TrainerRun } from "../../../analysis/study/trainer-contract.ts";
import type { Engine } from "../engine/engine.ts";
import { createObserver, type Observer } from "../models/observer.ts";
import type { Parameter } from "./parameters.ts";

type Train = (step: number) => number;
type Write = (event: TrainerEvent) => void;

/** A check of coordinates: how a run that has one trains, and what it writes. */
export interface Coordinates {
  /** Looks into the model. */
  readonly observer: Observer;
  /** Keeps the first outputs of a run that goes on: the model must hold its first weights. */
  readonly remember: (train: Train) => void;
  /** Trains on the batch of step 0 and, when `step` updates are in the list, writes their event. Returns the loss. */
  readonly train: (step: number, train: Train, write: Write) => number;
  /** Writes the event of the run's last step, which no further update passes through the model for. */
  readonly finish: (step: number, train: Train, write: Write) => void;
}

/**
 * The check of coordinates that a run asks for, if it does. Outputs are measured in the very pass that the next update is made of, so
 * that a listed step costs only sums over outputs; what later steps are compared with is kept from the first pass.
 */
export function coordinatesOf(
  engine: Engine,
  settings: TrainerRun["coordinates"],
  parameters: readonly Parameter[],
): Coordinates | undefined {
  if (settings === undefined) return undefined;
  const observer = createObserver(engine);
  const listed = new Set(settings.steps);
  let started = false;
  const observed = (train: Train) => {
    observer.active = true;
    const loss = train(0);
    observer.active = false;
    started = true;
    return { loss, values: { ...observer.take(), ...weightGradients() } };
  };
  const weightGradients = () =>
    Object.fromEntries(
      parameters.map(({ row, gradient, length }) => [`weightGradientRms/${row.name}`, engine.kernels.rootMeanSquare(gradient, length)]),
    );
  return {
    observer,
    remember: observed,
    train(step, train, write) {
      if (started && !listed.has(step)) return train(0);
      const { loss, values } = observed(train);
      if (listed.has(step)) write({ event: "coordinates", step, values });
      return loss;
    },
    finish(step, train, write) {
      if (listed.has(step)) write({ event: "coordinates", step, values: observed(train).values });
    },
  };
}
