import { z } from "zod";
import { randomStream } from "../../numerics/random-stream.ts";
import { LadderError } from "../../study/ladder-error.ts";
import { numericAxis } from "../space/numeric-axis.ts";
import { prepareSpace } from "../space/prepare-space.ts";
import type { SearchSpace, SearchValues } from "../space/search-space.ts";
import type { Searcher, SearchTask, SearchTrial } from "./contract.ts";
import { drawWithinCap, isWithinKnownCap } from "./known-cap.ts";
import { distinctTrials, modelFreeSuggestions, valuesKey } from "./model-free-suggestion.ts";

const settingsSchema = z.strictObject({
  /** The number that says how long a trial trains, for example tokenHorizon. */
  fidelity: z.string().min(1),
  /** Its value for the first rung. Left out: the lowest. */
  first: z.number().optional(),
  /** Its value for those that are kept. Left out: the highest. */
  full: z.number().optional(),
  /** Trials of the first rung. */
  candidates: z.int().min(1).default(20),
  /** How many of them, the best, are trained in full. */
  keep: z.int().min(1).default(3),
});

/** The two rungs. */
interface Rungs {
  readonly fidelity: string;
  readonly first: number;
  readonly full: number;
}

/**
 * The one-epoch baseline (Egele et al. 2023, "Is one epoch all you need for multi-fidelity hyperparameter optimization?", arXiv 2307.15422):
 * random trials at the first rung; once all have ended, the best of them in full; nothing after that. While first-rung trials are
 * outstanding it asks for nothing. A trial that is lost is not waited for.
 */
export const oneEpoch: Searcher = {
  id: "one-epoch",
  summary: "Random trials at the first rung, then the best of them in full: the baseline of every multi-fidelity method.",
  source: "Egele et al. 2023, arXiv 2307.15422",
  settingsSchema,
  suggest(task, trials, count) {
    const { candidates, keep, ...named } = settingsSchema.parse(task.settings ?? {});
    const rungs = rungsOf(task.space, named);
    const distinct = distinctTrials(trials);
    const at = (value: number): readonly SearchTrial[] => distinct.filter(({ values }) => values[rungs.fidelity] === value);
    const firstRung = at(rungs.first);
    if (firstRung.length < candidates) {
      const choices = Array.from({ length: Math.min(count, candidates - firstRung.length) }, (_, index) => ({
        values: firstRungValues(task, rungs, firstRung.length + index),
        kind: "global" as const,
        words: `drawn at random for the first rung, ${rungs.fidelity} = ${rungs.first}`,
      }));
      return modelFreeSuggestions("one-epoch", task, distinct, choices);
    }
    if (firstRung.some(({ status }) => status === "outstanding")) return [];
    const inFull = at(rungs.full);
    const done = new Set(inFull.map(({ values }) => valuesKey(values)));
    const left = Math.max(0, Math.min(count, keep - inFull.length));
    const choices = ranked(firstRung)
      .slice(0, keep)
      .map(({ values }, index) => ({
        values: { ...values, [rungs.fidelity]: rungs.full },
        kind: "explore" as const,
        words: `number ${index + 1} of ${firstRung.length} at the first rung, now in full`,
      }))
      .filter(({ values }) => !done.has(valuesKey(values)))
      .slice(0, left);
    return modelFreeSuggestions("one-epoch", task, distinct, choices);
  },
};

/** Finished trials, the best first; of equal ones the earlier. */
function ranked(trials: readonly SearchTrial[]): readonly SearchTrial[] {
  return trials
    .filter(({ status, loss }) => status === "finished" && loss !== null && Number.isFinite(loss))
    .sort((left, right) => (left.loss ?? Infinity) - (right.loss ?? Infinity));
}

/** @throws LadderError `input` FIDELITY_INVALID */
function rungsOf(space: SearchSpace, named: Pick<z.infer<typeof settingsSchema>, "fidelity" | "first" | "full">): Rungs {
  const { fidelity } = named;
  const parameter = space.parameters.find(({ name }) => name === fidelity);
  const refuse = (words: string, value: unknown, hint: string): LadderError =>
    new LadderError("input", "FIDELITY_INVALID", words, { fields: { fidelity, value }, hint });
  if (parameter?.kind !== "numeric" || parameter.when !== undefined)
    throw refuse(
      `settings.fidelity names ${fidelity}, which is no number that every trial has`,
      fidelity,
      `one of ${space.parameters.flatMap(({ kind, name }) => (kind === "numeric" ? [name] : [])).join(", ") || "none: add one"}`,
    );
  const axis = numericAxis(parameter);
  const { first = axis.lowest, full = axis.highest } = named;
  for (const [field, value] of Object.entries({ first, full }))
    if (!axis.isAllowed(value))
      throw refuse(`settings.${field}: ${fidelity} cannot be ${value}`, value, `an allowed value in ${axis.lowest} to ${axis.highest}`);
  if (first === full) throw refuse(`both rungs have ${fidelity} = ${first}`, first, "a settings.first below settings.full");
  return { fidelity, first, full };
}

const rungSpaces = new WeakMap<SearchSpace, Map<string, SearchSpace>>();

/** The space with its fidelity fixed; one object for each, so that it is prepared once. */
function spaceAt(space: SearchSpace, { fidelity, first }: Rungs): SearchSpace {
  const known = rungSpaces.get(space) ?? new Map<string, SearchSpace>();
  rungSpaces.set(space, known);
  const key = JSON.stringify([fidelity, first]);
  const made = known.get(key) ?? {
    ...space,
    parameters: space.parameters.map((parameter) =>
      parameter.name === fidelity ? { kind: "fixed" as const, name: fidelity, value: first } : parameter,
    ),
  };
  known.set(key, made);
  return made;
}

/** Values of the first rung that may also be trained in full. */
function firstRungValues(task: SearchTask, rungs: Rungs, number: number): SearchValues {
  const space = prepareSpace(spaceAt(task.space, rungs));
  const whole = prepareSpace(task.space);
  const stream = randomStream(task.seed, "search", "one-epoch", number);
  return drawWithinCap(task, () => {
    const values = space.sample(stream, task.context);
    const inFull = { ...values, [rungs.fidelity]: rungs.full };
    return whole.isLegal(inFull) && isWithinKnownCap(task, inFull) ? values : null;
  });
}
