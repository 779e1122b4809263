import { findArchitecture } from "../../analysis/parametrizations/architectures/index.ts";
import { describeRange, hyperparameterDefinitions, isInRange } from "../../analysis/parametrizations/hyperparameters.ts";
import { findStrategy } from "../../analysis/search/index.ts";
import { axisEnds, axisValues } from "../../analysis/search/axis.ts";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import { scaleAxes } from "../../analysis/study/scale.ts";
import type { HyperparameterSpace } from "../../analysis/study/study-spec.ts";
import { suggestName } from "../near-names.ts";
import type { PartialSpec } from "./partial-spec.ts";
import { findDuplicates } from "./scale-checks.ts";
import type { FieldProblem } from "./schema-problems.ts";
import type { FieldPath } from "./yaml-document.ts";

/** Swept axes and fixed values: names that are known, values in range, nothing both fixed and swept. */
export function checkHyperparameters({ model, space, spaceFor, hyperparameters, strategy }: PartialSpec): readonly FieldProblem[] {
  const spaces: readonly { readonly space: HyperparameterSpace; readonly path: FieldPath }[] = [
    { space: space ?? {}, path: ["space"] },
    ...Object.entries(spaceFor ?? {}).map(([name, own]) => ({ space: own, path: ["spaceFor", name] })),
  ];
  const assignments: readonly { readonly values: Readonly<Record<string, number>>; readonly path: FieldPath }[] = [
    { values: hyperparameters ?? {}, path: ["hyperparameters"] },
    ...(strategy?.trials ?? []).map((trial, index) => ({
      values: trial.hyperparameters,
      path: ["strategy", "trials", index, "hyperparameters"],
    })),
  ];
  const strict = model !== undefined && findArchitecture(model.architecture).knowsItsHyperparameters;
  const problems = [
    ...spaces.flatMap((entry) =>
      Object.entries(entry.space).flatMap(([name, axis]) => checkAxis(name, axis, [...entry.path, name], strict)),
    ),
    ...assignments.flatMap((entry) =>
      Object.entries(entry.values).flatMap(([name, value]) => checkValue(name, value, [...entry.path, name], strict)),
    ),
    ...spaces.flatMap((entry) =>
      Object.keys(entry.space)
        .filter((name) => Object.hasOwn(hyperparameters ?? {}, name))
        .map((name) => ({
          path: ["hyperparameters", name],
          message: `is fixed here and swept in ${entry.path.join(".")}`,
          fix: "keep one of the two",
        })),
    ),
  ];
  const everywhere = [...spaces.map((entry) => entry.space), ...assignments.map((entry) => entry.values)].some((names) =>
    Object.hasOwn(names, "learningRate"),
  );
  const readable = space !== undefined && (findStrategy(strategy?.name ?? "grid")?.sweepsSpace ?? false);
  if (strict && readable && Object.keys(space).length > 0 && !everywhere)
    problems.push({
      path: ["space", "learningRate"],
      message: "is missing: it has no default",
      fix: "sweep it in space or fix it in hyperparameters",
    });
  return problems;
}

function checkAxis(name: string, axis: HyperparameterSpace[string], path: FieldPath, strict: boolean): readonly FieldProblem[] {
  // What a search may move: its ends are checked here, whether the strategy searches elsewhere.
  if (scaleAxes.some((known) => known === name)) return [];
  const kind = (["log", "linear", "logit"] as const).find((known) => known in axis);
  if (kind !== undefined) {
    const { from, to } = axisEnds(axis);
    return [
      ...checkName(name, path, strict),
      ...checkRange(name, from, [...path, kind, "from"]),
      ...checkRange(name, to, [...path, kind, "to"]),
    ];
  }
  try {
    const values = axisValues(axis);
    if (!("values" in axis)) return checkValue(name, values[0] ?? 1, path, strict);
    const unknown = checkName(name, path, strict);
    return [
      ...unknown,
      ...findDuplicates(values, [...path, "values"]),
      ...values.flatMap((value, index) => checkRange(name, value, [...path, "values", index])),
    ];
  } catch (error) {
    if (!(error instanceof LadderError)) throw error;
    return [{ path: [...path, "log2", "step"], message: error.message, fix: "use a larger step" }];
  }
}

/** One value of one hyperparameter; unknown names are legal unless `strict`. */
export function checkValue(name: string, value: number, path: FieldPath, strict: boolean): readonly FieldProblem[] {
  return [...checkName(name, path, strict), ...checkRange(name, value, path)];
}

function checkName(name: string, path: FieldPath, strict: boolean): readonly FieldProblem[] {
  const names = hyperparameterDefinitions.map((definition) => definition.name);
  return !strict || names.some((known) => known === name)
    ? []
    : [{ path, message: "is no hyperparameter of this architecture", fix: suggestName(name, names) }];
}

function checkRange(name: string, value: number, path: FieldPath): readonly FieldProblem[] {
  const definition = hyperparameterDefinitions.find((candidate) => candidate.name === name);
  return definition === undefined || isInRange(definition, value)
    ? []
    : [{ path, message: `must be ${describeRange(definition)}`, value: String(value) }];
}
