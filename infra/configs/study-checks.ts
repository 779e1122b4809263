import { findArchitecture } from "../../analysis/parametrizations/architectures/index.ts";
import { textAlphabetSize } from "../../analysis/parametrizations/architectures/transformer.ts";
import { describeRange, hyperparameterDefinitions, isInRange } from "../../analysis/parametrizations/hyperparameters.ts";
import { findParametrization } from "../../analysis/parametrizations/index.ts";
import { axisValues } from "../../analysis/search/axis.ts";
import { searchStrategies } from "../../analysis/search/index.ts";
import { untuned } from "../../analysis/search/untuned.ts";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import { type HyperparameterSpace, modelSpecSchema, scheduleSpecSchema } from "../../analysis/study/study-spec.ts";
import { suggestName } from "../near-names.ts";
import type { PartialSpec } from "./partial-spec.ts";
import { findDuplicates } from "./scale-checks.ts";
import { type FieldProblem, findSchemaProblems, showValue } from "./schema-problems.ts";
import type { FieldPath } from "./yaml-document.ts";

/** Names that a study file may use. */
export interface KnownNames {
  readonly parametrizations: readonly string[];
  readonly strategies: readonly string[];
  readonly executors: readonly string[];
}

/** What is wrong beyond shapes: names that nobody knows, values out of range, sections that contradict each other. */
export function checkStudy(spec: PartialSpec, known: KnownNames): readonly FieldProblem[] {
  return [
    ...checkNames(spec, known),
    ...checkTrainer(spec),
    ...checkStrategy(spec),
    ...checkHyperparameters(spec),
    ...checkSchedule(spec),
    ...checkUntuned(spec),
    ...findDuplicates(spec.seeds ?? [], ["seeds"]),
  ];
}

function checkNames(spec: PartialSpec, known: KnownNames): readonly FieldProblem[] {
  const unknown = (name: string, path: FieldPath, names: readonly string[]): readonly FieldProblem[] =>
    names.includes(name) ? [] : [{ path, message: "is not known", value: showValue(name), fix: suggestName(name, names) }];
  const listed = spec.parametrizations ?? [];
  const variants = Object.keys(spec.variants ?? {});
  const ruleSet = (name: string, path: FieldPath): readonly FieldProblem[] =>
    variants.includes(name) ? [] : checkRuleSet(name, path, [...variants, ...known.parametrizations]);
  return [
    ...listed.flatMap((name, index) => ruleSet(name, ["parametrizations", index])),
    ...Object.entries(spec.variants ?? {}).flatMap(([name, variant]) => [
      ...checkRuleSet(variant.parametrization, ["variants", name, "parametrization"], known.parametrizations),
      ...checkVariantParts(spec, name),
    ]),
    ...findDuplicates(listed, ["parametrizations"]),
    ...(spec.parametrizations === undefined
      ? []
      : Object.keys(spec.spaceFor ?? {}).flatMap((name) => unknown(name, ["spaceFor", name], listed))),
    ...(spec.strategy === undefined ? [] : unknown(spec.strategy.name, ["strategy", "name"], known.strategies)),
    ...(spec.strategy?.trials ?? []).flatMap((trial, index) =>
      ruleSet(trial.parametrization, ["strategy", "trials", index, "parametrization"]),
    ),
    ...(spec.executor === undefined ? [] : unknown(spec.executor.name, ["executor", "name"], known.executors)),
  ];
}

/** A rule set with options and components, `mup:epsilon=hidden+depth-mup`: what is wrong with it, in the words of the registry. */
function checkRuleSet(name: string, path: FieldPath, names: readonly string[]): readonly FieldProblem[] {
  try {
    findParametrization(name);
    return [];
  } catch (error) {
    if (!(error instanceof LadderError)) throw error;
    if (error.code === "PARAMETRIZATION_UNKNOWN")
      return [{ path, message: "is not known", value: showValue(name), fix: suggestName(String(error.fields?.["id"] ?? name), names) }];
    return [
      { path, message: `is refused: ${error.message}`, value: showValue(name), ...(error.hint === undefined ? {} : { fix: error.hint }) },
    ];
  }
}

/** The parts that a variant changes, read as if they stood in the study itself. */
function checkVariantParts({ variants, model, schedule }: PartialSpec, name: string): readonly FieldProblem[] {
  const variant = variants?.[name];
  if (variant === undefined) return [];
  return [
    ...(model === undefined ? [] : findSchemaProblems(modelSpecSchema, { ...model, ...variant.model }, ["variants", name, "model"])),
    ...(schedule === undefined
      ? []
      : findSchemaProblems(scheduleSpecSchema, { ...schedule, ...variant.schedule }, ["variants", name, "schedule"])),
  ];
}

function checkTrainer({ trainer, model, data }: PartialSpec): readonly FieldProblem[] {
  if (model === undefined) return [];
  const { id, referenceData } = findArchitecture(model.architecture);
  const isText = data?.kind === "package" || data?.kind === "text";
  if (trainer !== undefined && trainer !== "reference") {
    const unknown =
      model.architecture === "transformer" && model.vocabularySize === undefined && data !== undefined && data.kind !== "markov";
    return unknown
      ? [
          {
            path: ["model", "vocabularySize"],
            message: "is missing: only your trainer knows how it reads this data",
            fix: "write a whole number",
          },
        ]
      : [];
  }
  if (referenceData.length === 0)
    return [
      {
        path: ["trainer"],
        message: `is the reference trainer, which cannot train a ${id} model`,
        fix: 'write trainer: { command: ["python3", "train.py"] }',
      },
    ];
  if (data !== undefined && !referenceData.includes(data.kind))
    return [
      {
        path: ["data", "kind"],
        message: `does not fit: the reference trainer trains ${id} on ${referenceData.join(", ")}`,
        value: showValue(data.kind),
        fix: `one of: ${referenceData.join(", ")}`,
      },
    ];
  const symbols = data?.kind === "markov" ? data.vocabularySize : isText ? textAlphabetSize : undefined;
  if (model.architecture === "transformer" && model.vocabularySize !== undefined && symbols !== undefined && model.vocabularySize < symbols)
    return [
      {
        path: ["model", "vocabularySize"],
        message: `is smaller than the ${symbols} symbols of this data`,
        value: String(model.vocabularySize),
        fix: `leave it out, or write at least ${symbols}`,
      },
    ];
  return [];
}

function checkStrategy({ strategy, space }: PartialSpec): readonly FieldProblem[] {
  const name = strategy?.name ?? "grid";
  const found = searchStrategies.find((candidate) => candidate.id === name);
  if (found === undefined) return [];
  const problems = strategy === undefined ? [] : findSchemaProblems(found.settingsSchema, strategy, ["strategy"]);
  const swept = Object.keys(space ?? {}).length > 0;
  if (found.sweepsSpace && !swept && space !== undefined)
    return [
      ...problems,
      { path: ["space"], message: "sweeps nothing", fix: "for example learningRate: { log2: { from: -9, to: -3, step: 1 } }" },
    ];
  if (!found.sweepsSpace && swept)
    return [...problems, { path: ["space"], message: `is not read by strategy ${name}`, fix: "remove it, or use strategy grid" }];
  return problems;
}

function checkHyperparameters({ model, space, spaceFor, hyperparameters, strategy }: PartialSpec): readonly FieldProblem[] {
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
  const readable = space !== undefined && (strategy === undefined || strategy.name === "grid");
  if (strict && readable && Object.keys(space).length > 0 && !everywhere)
    problems.push({
      path: ["space", "learningRate"],
      message: "is missing: it has no default",
      fix: "sweep it in space or fix it in hyperparameters",
    });
  return problems;
}

function checkAxis(name: string, axis: HyperparameterSpace[string], path: FieldPath, strict: boolean): readonly FieldProblem[] {
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

function checkValue(name: string, value: number, path: FieldPath, strict: boolean): readonly FieldProblem[] {
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

/** The baseline without tuning is Adafactor by its own schedule; another optimizer would train at 0.01 by accident. */
function checkUntuned({ strategy, optimizer, schedule }: PartialSpec): readonly FieldProblem[] {
  if (strategy?.name !== untuned.id) return [];
  return [
    ...(optimizer === undefined || (optimizer.name === "adafactor" && optimizer.parameterScale)
      ? []
      : [
          {
            path: ["optimizer", "name"],
            message: "does not fit strategy untuned",
            value: showValue(optimizer.name),
            fix: "adafactor with parameterScale",
          },
        ]),
    ...(schedule?.shape === "inverseSquareRoot"
      ? []
      : [
          {
            path: ["schedule", "shape"],
            message: "does not fit strategy untuned",
            value: showValue(schedule?.shape ?? "linear"),
            fix: "inverseSquareRoot",
          },
        ]),
  ];
}

function checkSchedule({ schedule }: PartialSpec): readonly FieldProblem[] {
  if (schedule?.shape !== "warmupStableDecay" || schedule.warmupFraction + schedule.decayFraction <= 1) return [];
  return [
    {
      path: ["schedule", "decayFraction"],
      message: `and warmupFraction ${schedule.warmupFraction} add up to more than the whole run`,
      value: String(schedule.decayFraction),
      fix: `at most ${1 - schedule.warmupFraction}`,
    },
  ];
}
