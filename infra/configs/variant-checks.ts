import { findArchitecture } from "../../analysis/parametrizations/architectures/index.ts";
import { parametrizationDefinitions } from "../../analysis/parametrizations/index.ts";
import { studyScales } from "../../analysis/search/scales.ts";
import { modelSpecSchema, scheduleSpecSchema, type Variant } from "../../analysis/study/study-spec.ts";
import { checkValue } from "./hyperparameter-checks.ts";
import type { PartialSpec } from "./partial-spec.ts";
import { checkSchedule } from "./schedule-checks.ts";
import { type FieldProblem, findSchemaProblems, showValue } from "./schema-problems.ts";
import type { FieldPath } from "./yaml-document.ts";

/** Each variant read as if what it changes stood in the study itself. Its rule set is checked with the other names. */
export function checkVariants(spec: PartialSpec): readonly FieldProblem[] {
  return Object.entries(spec.variants ?? {}).flatMap(([name, variant]) => {
    const path = ["variants", name];
    return [
      ...checkName(spec, name, path),
      ...checkModel(spec, variant, path),
      ...checkOverlaidSchedule(spec, variant, path),
      ...checkFixedValues(spec, name, variant, path),
      ...checkBatch(spec, variant, path),
    ];
  });
}

/** A variant that nothing sweeps would be dropped in silence; one that is called like a rule set would hide it. */
function checkName({ parametrizations, strategy }: PartialSpec, name: string, path: FieldPath): readonly FieldProblem[] {
  if (parametrizationDefinitions.some(({ id }) => id === name))
    return [{ path, message: `has the name of the rule set ${name}`, fix: "choose another name" }];
  const isListed = strategy?.trials?.some((trial) => trial.parametrization === name) === true;
  if (parametrizations === undefined || parametrizations.includes(name) || isListed) return [];
  return [{ path, message: "is not swept", fix: `add ${name} to parametrizations, or remove it` }];
}

function checkModel({ model, scales }: PartialSpec, variant: Variant, path: FieldPath): readonly FieldProblem[] {
  if (model === undefined) return [];
  if (variant.model["architecture"] !== undefined && variant.model["architecture"] !== model.architecture)
    return [
      {
        path: [...path, "model", "architecture"],
        message: "cannot change: a variant differs from the study in settings of one architecture",
        value: showValue(variant.model["architecture"]),
        fix: "write another study",
      },
    ];
  const overlaid = { ...model, ...variant.model };
  const problems = findSchemaProblems(modelSpecSchema, overlaid, [...path, "model"]);
  if (problems.length > 0 || scales === undefined || Object.keys(variant.model).length === 0) return problems;
  const architecture = findArchitecture(model.architecture);
  const changed = modelSpecSchema.parse(overlaid);
  // What is wrong without the variant as well is said of the study.
  const messages = studyScales({ scales }).flatMap((scale) =>
    architecture.checkScale(model, scale).length > 0 ? [] : architecture.checkScale(changed, scale).map(({ message }) => message),
  );
  return [...new Set(messages)].map((message) => ({ path: [...path, "model"], message: `cannot be built: ${message}` }));
}

function checkOverlaidSchedule({ schedule }: PartialSpec, variant: Variant, path: FieldPath): readonly FieldProblem[] {
  if (schedule === undefined) return [];
  const at = [...path, "schedule"];
  const overlaid = { ...schedule, ...variant.schedule };
  const problems = findSchemaProblems(scheduleSpecSchema, overlaid, at);
  return problems.length > 0 || Object.keys(variant.schedule).length === 0
    ? problems
    : checkSchedule(scheduleSpecSchema.parse(overlaid), at);
}

/** A fixed value wins over what a trial asks for, so none may be swept or listed otherwise. */
function checkFixedValues(
  { model, space, spaceFor, strategy }: PartialSpec,
  name: string,
  { hyperparameters }: Variant,
  path: FieldPath,
): readonly FieldProblem[] {
  const strict = model !== undefined && findArchitecture(model.architecture).knowsItsHyperparameters;
  const swept = { ...space, ...spaceFor?.[name] };
  return Object.entries(hyperparameters).flatMap(([hyperparameter, value]) => {
    const at = [...path, "hyperparameters", hyperparameter];
    const listed = (strategy?.trials ?? []).flatMap((trial, index) =>
      trial.parametrization === name && (trial.hyperparameters[hyperparameter] ?? value) !== value ? [index] : [],
    );
    return [
      ...checkValue(hyperparameter, value, at, strict),
      ...(Object.hasOwn(swept, hyperparameter)
        ? [{ path: at, message: "is fixed here and swept in space", value: String(value), fix: "keep one of the two" }]
        : []),
      ...listed.map((index) => ({
        path: at,
        message: `is fixed here, and strategy.trials[${index}] asks for another value`,
        value: String(value),
        fix: "keep one of the two",
      })),
    ];
  });
}

function checkBatch({ model, scales }: PartialSpec, { batchSizeFactor }: Variant, path: FieldPath): readonly FieldProblem[] {
  if (batchSizeFactor === undefined || model === undefined || scales === undefined) return [];
  const at = [...path, "batchSizeFactor"];
  const architecture = findArchitecture(model.architecture);
  const problems = studyScales({ scales }).flatMap((written) => {
    const scale = { ...written, batchSizeTokens: written.batchSizeTokens * batchSizeFactor };
    const made = `makes batchSizeTokens ${scale.batchSizeTokens} of ${written.batchSizeTokens}`;
    if (!Number.isInteger(scale.batchSizeTokens)) return [`${made}, which is no whole number`];
    if (scale.tokenHorizon % scale.batchSizeTokens !== 0) return [`${made}, of which tokenHorizon ${scale.tokenHorizon} is no multiple`];
    return architecture
      .checkScale(model, scale)
      .filter(({ axis }) => axis === "batchSizeTokens")
      .map(({ message }) => `${made}: ${message}`);
  });
  return [...new Set(problems)].map((message) => ({
    path: at,
    message,
    value: String(batchSizeFactor),
    fix: "for example 4 or 0.25, with a tokenHorizon that fits",
  }));
}
