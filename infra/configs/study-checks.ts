import { findArchitecture } from "../../analysis/parametrizations/architectures/index.ts";
import { textAlphabetSize } from "../../analysis/parametrizations/architectures/transformer.ts";
import { findParametrization } from "../../analysis/parametrizations/index.ts";
import { findStrategy, searchStrategies } from "../../analysis/search/index.ts";
import { rangeTest } from "../../analysis/search/range-test.ts";
import { untuned } from "../../analysis/search/untuned.ts";
import { scaleAxes } from "../../analysis/study/scale.ts";
import type { HyperparameterAxis, HyperparameterSpace } from "../../analysis/study/study-spec.ts";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import { suggestName } from "../near-names.ts";
import { checkHyperparameters } from "./hyperparameter-checks.ts";
import type { PartialSpec } from "./partial-spec.ts";
import { findDuplicates } from "./scale-checks.ts";
import { checkSchedule } from "./schedule-checks.ts";
import { type FieldProblem, findSchemaProblems, showValue } from "./schema-problems.ts";
import { checkVariants } from "./variant-checks.ts";
import type { FieldPath } from "./yaml-document.ts";

/** Names that a study file may use. */
export interface KnownNames {
  readonly parametrizations: readonly string[];
  readonly strategies: readonly string[];
  readonly executors: readonly string[];
  /** Variants by name, also those whose content is wrong. */
  readonly variants?: readonly string[];
}

/** What is wrong beyond shapes: names that nobody knows, values out of range, sections that contradict each other. */
export function checkStudy(spec: PartialSpec, known: KnownNames): readonly FieldProblem[] {
  return [
    ...checkNames(spec, known),
    ...checkTrainer(spec),
    ...checkStrategy(spec),
    ...checkHyperparameters(spec),
    ...checkSchedule(spec.schedule, ["schedule"]),
    ...checkVariants(spec),
    ...checkUntuned(spec),
    ...checkRangeTest(spec),
    ...findDuplicates(spec.seeds ?? [], ["seeds"]),
  ];
}

function checkNames(spec: PartialSpec, known: KnownNames): readonly FieldProblem[] {
  const unknown = (name: string, path: FieldPath, names: readonly string[]): readonly FieldProblem[] =>
    names.includes(name) ? [] : [{ path, message: "is not known", value: showValue(name), fix: suggestName(name, names) }];
  const listed = spec.parametrizations ?? [];
  const variants = known.variants ?? Object.keys(spec.variants ?? {});
  const ruleSet = (name: string, path: FieldPath): readonly FieldProblem[] =>
    variants.includes(name) ? [] : checkRuleSet(name, path, [...variants, ...known.parametrizations]);
  return [
    ...listed.flatMap((name, index) => ruleSet(name, ["parametrizations", index])),
    ...Object.entries(spec.variants ?? {}).flatMap(([name, variant]) =>
      checkRuleSet(variant.parametrization, ["variants", name, "parametrization"], known.parametrizations),
    ),
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
    if (error.code === "PARAMETRIZATION_UNKNOWN") {
      const unknown = error.fields["id"];
      return [
        { path, message: "is not known", value: showValue(name), fix: suggestName(typeof unknown === "string" ? unknown : name, names) },
      ];
    }
    return [
      { path, message: `is refused: ${error.message}`, value: showValue(name), ...(error.hint === undefined ? {} : { fix: error.hint }) },
    ];
  }
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
  const found = findStrategy(name);
  if (found === undefined) return [];
  const problems = [
    ...(strategy === undefined ? [] : findSchemaProblems(found.settingsSchema, strategy, ["strategy"])),
    ...(!found.readsGrids ? checkRanges(space ?? {}) : Object.entries(space ?? {}).flatMap((entry) => refuseRange(entry, name))),
  ];
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

/** What only a strategy that searches can read: axes without a grid, and axes of scale. */
function refuseRange([name, axis]: readonly [string, HyperparameterAxis], strategy: string): readonly FieldProblem[] {
  const searching = searchStrategies.filter(({ readsGrids }) => !readsGrids).map(({ id }) => id);
  if (scaleAxes.some((known) => known === name))
    return [
      {
        path: ["space", name],
        message: `is an axis of scale, which strategy ${strategy} reads from scales`,
        fix: `write its values in scales.${name}, or use a strategy that searches: ${searching.join(", ")}`,
      },
    ];
  if ("values" in axis || "log2" in axis) return [];
  return [
    {
      path: ["space", name],
      message: `has no grid, and strategy ${strategy} needs one`,
      fix: `write values or log2, or use a strategy that searches: ${searching.join(", ")}`,
    },
  ];
}

function checkRanges(space: HyperparameterSpace): readonly FieldProblem[] {
  return Object.entries(space).flatMap(([name, axis]): readonly FieldProblem[] => {
    if ("log" in axis && axis.log.from <= 0)
      return [
        {
          path: ["space", name, "log", "from"],
          message: "must be above 0 on a log axis",
          value: String(axis.log.from),
          fix: "put 0 under special",
        },
      ];
    if ("logit" in axis && (axis.logit.from <= 0 || axis.logit.to >= 1))
      return [{ path: ["space", name, "logit"], message: "must lie between 0 and 1 on a logit axis", fix: "put 0 and 1 under special" }];
    return [];
  });
}

/** A range test reads a rate that grows; another schedule would be one plain run. */
function checkRangeTest({ strategy, schedule }: PartialSpec): readonly FieldProblem[] {
  const grows = schedule?.shape === "linearGrowth" || schedule?.shape === "exponentialGrowth";
  if (strategy?.name !== rangeTest.id || grows) return [];
  const value = showValue(schedule?.shape ?? "linear");
  return [
    { path: ["schedule", "shape"], message: `does not fit strategy ${rangeTest.id}`, value, fix: "linearGrowth or exponentialGrowth" },
  ];
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
