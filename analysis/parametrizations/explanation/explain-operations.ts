import { operationFactor, optimizerFactor } from "../evaluate.ts";
import type { ExplanationContext, NumberExplanation } from "./explain.ts";
import { ofFactor } from "./explain.ts";
import type { Factor } from "../factor.ts";
import { formulaText, shortNumber, substitutedText } from "./factor-text.ts";
import type { Operations } from "../../study/trainer-contract.ts";
import type { OptimizerChoice } from "../optimizers/contract.ts";

export interface OperationsContext extends ExplanationContext {
  readonly operations: Operations;
  readonly optimizer: OptimizerChoice;
  /** At the base, where they are known. */
  readonly betas: { readonly beta1?: number; readonly beta2?: number };
}

/** What is no tensor: attention logits, residual branches, Adam's betas. Only what the model has, and betas only where they change. */
export function explainOperations(context: OperationsContext): readonly NumberExplanation[] {
  return [...explainAttention(context), ...explainBranches(context), ...explainBetas(context)];
}

function explainAttention(context: OperationsContext): readonly NumberExplanation[] {
  const { parametrization, hyperparameters, operations, base, scale, modelFacts } = context;
  const value = operations.attentionLogitScale;
  if (value === null) return [];
  const of = "attentionLogitScale";
  if (parametrization.unitScaling !== undefined && modelFacts !== undefined)
    return [
      {
        of,
        formula: "attentionMultiplier / headDimension",
        substituted: `${shortNumber(hyperparameters.attentionMultiplier)} / ${scale.headDimension}`,
        kind: "value",
        value,
        remarks: [],
        sources: [
          { component: "unit scaling", source: parametrization.unitScaling.source, evidence: parametrization.unitScaling.evidence },
        ],
      },
    ];
  const factor = operationFactor(parametrization, "attentionLogitScale", context);
  const start = parametrization.attentionBase === "inverseSquareRoot" ? [`1/sqrt(base headDimension ${base.headDimension})`] : [];
  const multiplier =
    hyperparameters.attentionMultiplier === 1 ? [] : [`attentionMultiplier ${shortNumber(hyperparameters.attentionMultiplier)}`];
  return [explainProduct(of, value, [...start, ...multiplier], factor)];
}

function explainBranches(context: OperationsContext): readonly NumberExplanation[] {
  const { parametrization, hyperparameters, operations } = context;
  const { residual } = parametrization;
  if (residual !== undefined) {
    const [first] = operations.residualBlocks;
    const sources = [{ component: parametrization.id, source: residual.source, evidence: residual.evidence }];
    const number = (of: string, value: number): NumberExplanation => ({
      of,
      formula: residual.formula,
      substituted: `${residual.formula}, of ${operations.residualBlocks.length} branches`,
      kind: "value",
      value,
      remarks: ["of the first branch"],
      sources,
    });
    return first === undefined ? [] : [number("skipMultiplier", first.skipMultiplier), number("branchMultiplier", first.branchMultiplier)];
  }
  const factor = operationFactor(parametrization, "branchMultiplier", context);
  if (operations.residualBlocks.length === 0 && factor.sources.length === 0) return [];
  const { residualMultiplier } = hyperparameters;
  const multiplier = residualMultiplier === 1 ? [] : [`residualMultiplier ${shortNumber(residualMultiplier)}`];
  return [explainProduct("branchMultiplier", factor.value * residualMultiplier, multiplier, factor)];
}

function explainBetas({ parametrization, optimizer, betas, ...pair }: OperationsContext): readonly NumberExplanation[] {
  return (["beta1", "beta2"] as const).flatMap((name): readonly NumberExplanation[] => {
    const factor = optimizerFactor(parametrization, name === "beta1" ? "oneMinusBeta1" : "oneMinusBeta2", optimizer.main, pair);
    if (factor.sources.length === 0) return [];
    const base = betas[name];
    if (base === undefined) return [{ ...ofFactor(`1 - ${name}`, factor), kind: "factor" }];
    return [
      {
        ...ofFactor(name, factor),
        formula: `1 - (1 - ${shortNumber(base)}) × ${formulaText(factor)}`,
        substituted: `1 - (1 - ${shortNumber(base)}) × ${substitutedText(factor)}`,
        value: 1 - (1 - base) * factor.value,
      },
    ];
  });
}

function explainProduct(of: string, value: number, before: readonly string[], factor: Factor): NumberExplanation {
  const join = (text: string): string => [...before, ...(text === "1" && before.length > 0 ? [] : [text])].join(" × ");
  return { ...ofFactor(of, factor), formula: join(formulaText(factor)), substituted: join(substitutedText(factor)), value };
}
