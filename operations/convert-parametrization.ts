import { type FormId, formIds } from "../analysis/parametrizations/contract.ts";
import { type Conversion, convertTable } from "../analysis/parametrizations/conversion.ts";
import { formulaText, substitutedText } from "../analysis/parametrizations/explanation/factor-text.ts";
import { forms } from "../analysis/parametrizations/forms.ts";
import { tensorQuantities } from "../analysis/parametrizations/contract.ts";
import { tableNumber } from "../analysis/parametrizations/explanation/given-values.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import { type DescribedParametrization, describeParametrization, type DescriptionRequest } from "./describe-parametrization.ts";

export interface ConvertedParametrization extends Conversion {
  readonly description: DescribedParametrization;
  readonly form: FormId;
  readonly formSummary: string;
  readonly formSource: string;
}

/**
 * A rule set written in another form, which trains the same.
 *
 * @throws LadderError see `describeParametrization`; `input` FORM_UNKNOWN
 */
export async function convertParametrization(request: DescriptionRequest, to: string): Promise<ConvertedParametrization> {
  const form = formIds.find((candidate) => candidate === to);
  if (form === undefined)
    throw new LadderError("input", "FORM_UNKNOWN", `there is no form "${to}"`, {
      fields: { form: to, known: [...formIds] },
      hint: `one of: ${formIds.map((id) => `${id} (${forms[id].summary})`).join("; ")}`,
    });
  const description = await describeParametrization(request);
  const { summary, source } = forms[form];
  return { ...convertTable(description.resolution, form), description, form, formSummary: summary, formSource: source };
}

/** A conversion as plain JSON: of every tensor t, and both numbers of every quantity. */
export function conversionDocument(converted: ConvertedParametrization) {
  const { description, form, formSummary, formSource, tensors, unchanged, trueGradients } = converted;
  return {
    parametrization: description.parametrization.id,
    form: { id: form, summary: formSummary, source: formSource },
    optimizer: description.optimizer,
    weightDecayKind: description.weightDecayKind,
    model: description.model.description,
    base: description.model.base,
    scale: description.model.scale,
    assumed: description.model.assumed,
    given: [...description.given],
    trueGradients,
    tensors: tensors.map(({ before, after, t }) => ({
      name: before.row.name,
      role: before.row.role,
      t: { formula: formulaText(t), substituted: substitutedText(t), value: t.value },
      ...Object.fromEntries(
        tensorQuantities.map((quantity) => [
          quantity,
          { before: tableNumber(before, quantity, description), after: tableNumber(after, quantity, description) },
        ]),
      ),
    })),
    unchanged,
  };
}
