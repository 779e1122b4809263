import { LadderError } from "../study/ladder-error.ts";
import type { knownHyperparameters } from "../study/study-spec.ts";

/** A hyperparameter that the rules resolve. All values are those of the base scale. */
export interface KnownHyperparameter {
  readonly name: (typeof knownHyperparameters)[number];
  /** Null: it must be given. */
  readonly defaultValue: number | null;
  /** Smallest legal value; `exclusive` when it is itself illegal. */
  readonly minimum: number;
  readonly exclusive: boolean;
  readonly meaning: string;
}

/** What every known architecture understands. */
export const hyperparameterDefinitions: readonly KnownHyperparameter[] = [
  { name: "learningRate", defaultValue: null, minimum: 0, exclusive: true, meaning: "peak learning rate; the schedule multiplies it" },
  { name: "weightDecay", defaultValue: 0, minimum: 0, exclusive: false, meaning: "decoupled weight decay coefficient" },
  { name: "epsilon", defaultValue: 1e-8, minimum: 0, exclusive: false, meaning: "Adam's epsilon" },
  { name: "initStd", defaultValue: 1, minimum: 0, exclusive: true, meaning: "factor on every tensor's initial standard deviation" },
  { name: "outputMultiplier", defaultValue: 1, minimum: 0, exclusive: true, meaning: "factor on the logits" },
  { name: "embeddingMultiplier", defaultValue: 1, minimum: 0, exclusive: true, meaning: "factor on the embedding" },
];

export type ResolvedHyperparameters = Readonly<Record<KnownHyperparameter["name"], number>>;

/**
 * The known hyperparameters with defaults filled in; others are left out.
 *
 * @throws LadderError `input` HYPERPARAMETER_MISSING or HYPERPARAMETER_OUT_OF_RANGE
 */
export function fillHyperparameters(given: Readonly<Record<string, number>>): ResolvedHyperparameters {
  const value = (name: KnownHyperparameter["name"]): number => {
    const definition = hyperparameterDefinitions.find((candidate) => candidate.name === name);
    const found = given[name] ?? definition?.defaultValue ?? null;
    if (found === null)
      throw new LadderError("input", "HYPERPARAMETER_MISSING", `${name} has no value and no default`, {
        fields: { name },
        hint: `put ${name} into space or hyperparameters`,
      });
    if (definition !== undefined && !isInRange(definition, found))
      throw new LadderError("input", "HYPERPARAMETER_OUT_OF_RANGE", `${name} is ${found}, but must be ${describeRange(definition)}`, {
        fields: { name, value: found },
      });
    return found;
  };
  return {
    learningRate: value("learningRate"),
    weightDecay: value("weightDecay"),
    epsilon: value("epsilon"),
    initStd: value("initStd"),
    outputMultiplier: value("outputMultiplier"),
    embeddingMultiplier: value("embeddingMultiplier"),
  };
}

/** True for finite values at or above (above, when exclusive) the minimum. */
export function isInRange(definition: KnownHyperparameter, value: number): boolean {
  return Number.isFinite(value) && (definition.exclusive ? value > definition.minimum : value >= definition.minimum);
}

/** `above 0` or `at least 0`. */
export function describeRange(definition: KnownHyperparameter): string {
  return `${definition.exclusive ? "above" : "at least"} ${definition.minimum}`;
}
