import { compareRules, type ComparisonMode, type RuleDifference } from "../analysis/parametrizations/compare.ts";
import { type FormId, formIds } from "../analysis/parametrizations/contract.ts";
import { resolveTable } from "../analysis/parametrizations/resolve.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import { type DescribedParametrization, describeParametrization, type DescriptionRequest } from "./describe-parametrization.ts";

export interface ComparedParametrizations {
  readonly left: DescribedParametrization;
  readonly right: DescribedParametrization;
  readonly mode: ComparisonMode;
  /** Null: each rule set in the form it is written in. */
  readonly form: FormId | null;
  readonly differences: readonly RuleDifference[];
  /** Quantities that differ at the base already and change alike from there; empty in `absolute` mode. */
  readonly constantsOf: readonly string[];
  /** What differs and is no number of the table. */
  readonly notes: readonly string[];
  readonly equal: boolean;
}

/**
 * Where two rule sets differ for one model and one pair of scales.
 *
 * @throws LadderError see `describeParametrization`; `input` FORM_UNKNOWN
 */
export async function compareParametrizations(
  request: Omit<DescriptionRequest, "name">,
  names: readonly [left: string, right: string],
  options: { readonly mode: ComparisonMode; readonly form: string | undefined },
): Promise<ComparedParametrizations> {
  const { mode } = options;
  const form = options.form === undefined ? null : readForm(options.form);
  const [leftName, rightName] = names;
  const left = await describe(request, leftName, form);
  const right = await describe(request, rightName, form);
  const differences = compareRules(rulesOf(left), rulesOf(right), mode);
  const notes = [...kindNotes(left, right), ...gradientNotes(left, right)];
  return {
    left,
    right,
    mode,
    form,
    differences,
    constantsOf: mode === "absolute" ? [] : constantQuantities(differences, compareRules(rulesOf(left), rulesOf(right), "absolute")),
    notes,
    equal: differences.length === 0 && notes.length === 0,
  };
}

/** The same as plain JSON. */
export function comparisonDocument({ left, right, mode, form, differences, constantsOf, notes, equal }: ComparedParametrizations) {
  return {
    left: left.parametrization.id,
    right: right.parametrization.id,
    mode,
    form,
    equal,
    optimizer: left.optimizer,
    model: left.model.description,
    base: left.model.base,
    scale: left.model.scale,
    assumed: left.model.assumed,
    differences,
    constantsOf,
    notes,
  };
}

async function describe(request: Omit<DescriptionRequest, "name">, name: string, form: FormId | null): Promise<DescribedParametrization> {
  const description = await describeParametrization({ ...request, name });
  if (form === null) return description;
  const parametrization = { ...description.parametrization, form };
  const resolution = { ...description.resolution, parametrization };
  return { ...description, parametrization, resolution, table: resolveTable(resolution) };
}

function constantQuantities(growing: readonly RuleDifference[], absolute: readonly RuleDifference[]): readonly string[] {
  const keyOf = ({ quantity, tensors }: RuleDifference): string => `${quantity}|${tensors.join("|")}`;
  const seen = new Set(growing.map(keyOf));
  return [...new Set(absolute.filter((difference) => !seen.has(keyOf(difference))).map(({ quantity }) => quantity))];
}

function readForm(text: string): FormId {
  const form = formIds.find((candidate) => candidate === text);
  if (form !== undefined) return form;
  throw new LadderError("input", "FORM_UNKNOWN", `there is no form "${text}"`, {
    fields: { form: text, known: [...formIds] },
    hint: `one of: ${formIds.join(", ")}`,
  });
}

function rulesOf({ parametrization, optimizer, table, model }: DescribedParametrization) {
  return { parametrization, optimizer, table, scale: model.scale, base: model.base };
}

function kindNotes(left: DescribedParametrization, right: DescribedParametrization): readonly string[] {
  if (left.weightDecayKind === right.weightDecayKind) return [];
  return [
    `weight decay is ${left.weightDecayKind} under ${left.parametrization.id} and ${right.weightDecayKind} under ${right.parametrization.id} (--weight-decay-kind sets it for both)`,
  ];
}

function gradientNotes(left: DescribedParametrization, right: DescribedParametrization): readonly string[] {
  const [scaled] = [left, right].filter(({ parametrization }) => parametrization.unitScaling !== undefined);
  const [plain] = [left, right].filter(({ parametrization }) => parametrization.unitScaling === undefined);
  if (scaled === undefined || plain === undefined) return [];
  return [
    `gradients are scaled apart from the way forward under ${scaled.parametrization.id} and are the true ones under ${plain.parametrization.id}`,
  ];
}
