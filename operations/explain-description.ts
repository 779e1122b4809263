import {
  type ExplanationContext,
  explainTensor,
  type NumberExplanation,
  type TensorExplanation,
} from "../analysis/parametrizations/explanation/explain.ts";
import { explainOperations } from "../analysis/parametrizations/explanation/explain-operations.ts";
import type { ResolvedTensor } from "../analysis/parametrizations/resolve.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import type { DescribedParametrization, DescriptionRequest } from "./describe-parametrization.ts";

/** The explanations of one named tensor, or of the first of every role and module. @throws LadderError `missing` TENSOR_UNKNOWN */
export function explainDescription(description: DescribedParametrization, tensor: string | undefined): readonly TensorExplanation[] {
  const context = explanationContext(description);
  return chosenTensors(description, tensor).map((resolved) => explainTensor(resolved, context));
}

/** Why attention logits, residual branches and betas are what they are. */
export function explainDescribedOperations(
  description: DescribedParametrization,
  request: DescriptionRequest,
): readonly NumberExplanation[] {
  const { beta1, beta2 } = request;
  return explainOperations({
    ...explanationContext(description),
    operations: description.operations,
    optimizer: description.optimizer,
    betas: { ...(beta1 === undefined ? {} : { beta1 }), ...(beta2 === undefined ? {} : { beta2 }) },
  });
}

function explanationContext({ resolution, given }: DescribedParametrization): ExplanationContext {
  return { ...resolution, given };
}

function chosenTensors({ table }: DescribedParametrization, tensor: string | undefined): readonly ResolvedTensor[] {
  if (tensor === undefined) {
    const seen = new Set<string>();
    return table.filter(({ row }) => !seen.has(row.role) && seen.add(row.role));
  }
  const found = table.filter(({ row }) => row.name === tensor);
  if (found.length > 0) return found;
  const ofModule = table.filter((resolved) => resolved.tensor.module === tensor).slice(0, 1);
  if (ofModule.length > 0) return ofModule;
  throw new LadderError("missing", "TENSOR_UNKNOWN", `the model has no tensor and no module "${tensor}"`, {
    fields: { tensor },
    hint: `its tensors begin with ${table
      .slice(0, 4)
      .map(({ row }) => row.name)
      .join(", ")}; see ladder parametrization table --all`,
  });
}
