import { z } from "zod";
import { hyperparameterDefinitions, readModuleName } from "../../parametrizations/hyperparameters.ts";
import { LadderError } from "../../study/ladder-error.ts";
import type { Scale } from "../../study/scale.ts";
import { axisValues } from "../axis.ts";
import type { SearchProblem } from "../contract.ts";

/** Settings of strategy `independent`. */
export const independentSettingsSchema = z.strictObject({
  /** Whose line comes first; the others are searched at its best. */
  first: z.string().min(1).default("learningRate"),
  /** Where the others stand while it is searched; left out: the value that a run has which is told nothing, 1 for a multiplier. */
  defaults: z.record(z.string(), z.number()).default({}),
  /** Values of each hyperparameter around its best, of which the pairs' grids are made that measure interactions; 0: not measured. */
  interactionPoints: z.union([z.literal(0), z.int().min(2)]).default(0),
});
export type IndependentSettings = z.infer<typeof independentSettingsSchema>;

/** A hyperparameter that has a line: its values in rising order, with its default among them where it has one. */
export interface LineAxis {
  readonly name: string;
  readonly values: readonly number[];
  /** Null for the first line. */
  readonly defaultValue: number | null;
}

/** A parametrization at a scale: each is searched for itself. */
export interface Lane {
  readonly parametrization: string;
  readonly scale: Scale;
  readonly first: LineAxis;
  readonly others: readonly LineAxis[];
}

export function independentSettings(problem: Pick<SearchProblem, "settings">): IndependentSettings {
  return independentSettingsSchema.parse(problem.settings.settings ?? {});
}

/**
 * The lanes of a study, parametrization by parametrization.
 *
 * @throws LadderError `input` FIRST_LINE_MISSING, DEFAULT_MISSING; as `axisValues`
 */
export function lanesOf(problem: SearchProblem): readonly Lane[] {
  const settings = independentSettings(problem);
  return problem.parametrizations.flatMap((parametrization) => {
    const space = { ...problem.space, ...problem.spaceFor[parametrization] };
    const axis = space[settings.first];
    if (axis === undefined)
      throw new LadderError(
        "input",
        "FIRST_LINE_MISSING",
        `strategy independent begins with ${settings.first}, which space does not sweep`,
        {
          fields: { first: settings.first, space: Object.keys(space) },
          hint: `sweep ${settings.first}, or name another one in strategy.settings.first`,
        },
      );
    const first: LineAxis = { name: settings.first, values: rising(axisValues(axis)), defaultValue: null };
    const others = Object.entries(space)
      .filter(([name]) => name !== settings.first)
      .map(([name, other]): LineAxis => {
        const defaultValue = defaultOf(name, settings);
        return { name, values: rising([...axisValues(other), defaultValue]), defaultValue };
      });
    return problem.scales.map((scale) => ({ parametrization, scale, first, others }));
  });
}

function rising(values: readonly number[]): readonly number[] {
  return [...new Set(values)].sort((left, right) => left - right);
}

function defaultOf(name: string, { defaults }: IndependentSettings): number {
  const known = hyperparameterDefinitions.find((definition) => definition.name === name);
  // A factor on a module's share, or a name of somebody else's trainer: a multiplier.
  const preset = known === undefined || readModuleName(name) !== undefined ? 1 : known.defaultValue;
  const value = defaults[name] ?? preset;
  if (typeof value === "number") return value;
  throw new LadderError("input", "DEFAULT_MISSING", `${name} has no default to stand at while others are searched`, {
    fields: { name },
    hint: `write strategy.settings.defaults: { ${name}: … }`,
  });
}
