import { z } from "zod";
import { LadderError } from "../../study/ladder-error.ts";
import { numericAxis } from "../space/numeric-axis.ts";
import { prepareSpace } from "../space/prepare-space.ts";
import type { SearchParameter, SearchValue, SearchValues } from "../space/search-space.ts";
import type { Searcher, SearchTask } from "./contract.ts";
import { isWithinKnownCap } from "./known-cap.ts";
import { distinctTrials, modelFreeSuggestions, valuesKey } from "./model-free-suggestion.ts";

const mostCombinations = 100_000;
const settingsSchema = z.strictObject({
  /** Places of a number on its axis, both ends included; of numbers with so many steps or fewer, all of them. */
  points: z.int().min(1).default(5),
  /** The same for single parameters, by name. */
  pointsOf: z.record(z.string(), z.int().min(1)).default({}),
});
type EnumerateSettings = z.infer<typeof settingsSchema>;

/**
 * Every combination of the choices and of evenly spaced places of the numbers, the last parameter fastest; those that break a constraint
 * or are known to cost more than the cap are left out. Ends when all of them have been suggested.
 */
export const enumerate: Searcher = {
  id: "enumerate",
  summary: "Every combination of choices and evenly spaced numbers, once, within the cap where the cost is known.",
  source: "full factorial design",
  settingsSchema,
  suggest(task, trials, count) {
    const distinct = distinctTrials(trials);
    const seen = new Set(distinct.map(({ values }) => valuesKey(values)));
    const choices: { values: SearchValues; kind: "enumerated"; words: string }[] = [];
    const all = combinations(task, settingsSchema.parse(task.settings ?? {}));
    for (const [index, { values, key }] of all.entries()) {
      if (choices.length === count) break;
      if (!seen.has(key) && isWithinKnownCap(task, values))
        choices.push({ values, kind: "enumerated", words: `combination ${index + 1} of ${all.length}` });
    }
    return modelFreeSuggestions("enumerate", task, distinct, choices);
  },
};

interface Combination {
  readonly values: SearchValues;
  readonly key: string;
}

const remembered = new WeakMap<object, { readonly question: string; readonly combinations: readonly Combination[] }>();

/** @throws LadderError `input` GRID_TOO_LARGE, PARAMETER_UNKNOWN */
function combinations(task: SearchTask, settings: EnumerateSettings): readonly Combination[] {
  const question = JSON.stringify([settings, task.context]);
  const known = remembered.get(task.space);
  if (known?.question === question) return known.combinations;
  const { parameters } = task.space;
  const unknown = Object.keys(settings.pointsOf).find((name) => parameters.every((parameter) => parameter.name !== name));
  if (unknown !== undefined)
    throw new LadderError("input", "PARAMETER_UNKNOWN", `settings.pointsOf names ${unknown}, which is no parameter`, {
      fields: { parameter: unknown },
      hint: `one of ${parameters.map(({ name }) => name).join(", ")}`,
    });
  const space = prepareSpace(task.space);
  const center = space.center(task.context);
  const lists = parameters.map((parameter) => ({
    name: parameter.name,
    values: placesOf(parameter, settings.pointsOf[parameter.name] ?? settings.points, center[parameter.name]),
  }));
  const size = lists.reduce((product, { values }) => product * values.length, 1);
  if (size > mostCombinations)
    throw new LadderError("input", "GRID_TOO_LARGE", `${size} combinations are more than ${mostCombinations}`, {
      fields: { combinations: size },
      hint: "lower settings.points, name parameters in settings.pointsOf, or search at random",
    });
  const found = new Map<string, SearchValues>();
  for (let index = 0; index < size; index += 1) {
    const values: Record<string, SearchValue> = {};
    let rest = index;
    for (const { name, values: list } of lists.toReversed()) {
      const value = list[rest % list.length];
      rest = Math.floor(rest / list.length);
      if (value !== undefined) values[name] = value;
    }
    const there = space.adopt(values);
    if (space.isLegal(there)) found.set(valuesKey(there), there);
  }
  const all = [...found].map(([key, values]) => ({ key, values }));
  remembered.set(task.space, { question, combinations: all });
  return all;
}

/** @param center its value at the centre: what a context has been given */
function placesOf(parameter: SearchParameter, points: number, center: SearchValue | undefined): readonly SearchValue[] {
  if (parameter.kind === "fixed") return [parameter.value];
  if (parameter.kind === "choice") return parameter.values;
  if (parameter.kind === "context") return center === undefined ? [] : [center];
  const axis = numericAxis(parameter);
  const values = new Set<number>();
  if (axis.count !== null && axis.count <= points)
    for (let value: number | null = axis.lowest; value !== null; value = axis.step(value, 1)) values.add(value);
  else if (points === 1) values.add(axis.value(0.5));
  else for (let index = 0; index < points; index += 1) values.add(axis.value(index / (points - 1)));
  return [...values, ...parameter.special];
}
