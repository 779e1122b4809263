import type { ModelFacts } from "../architectures/contract.ts";
import type { Evidence, FormId, Parametrization, TensorQuantity } from "../contract.ts";
import { tensorQuantities } from "../contract.ts";
import { type Factor, type FactorSource, multiplyFactors } from "../factor.ts";
import { exponentText, formulaText, shortNumber, substitutedText } from "./factor-text.ts";
import type { TensorFactors } from "../forms.ts";
import { type GivenValues, isDrawn, tableNumber, type TableNumber } from "./given-values.ts";
import type { ResolvedHyperparameters } from "../hyperparameters.ts";
import { readTensor, type ResolvedTensor, tensorFactors } from "../resolve.ts";
import type { ScalePair } from "../scale-pair.ts";

/** Why a number is what it is. */
export interface NumberExplanation {
  /** A quantity of the tensor, or the name of an operation. */
  readonly of: string;
  /** The rule alone, `0.01 × (fanIn/base)^-1`; `base` where no base value was given. */
  readonly formula: string;
  /** The same with values substituted. */
  readonly substituted: string;
  /** `value`, or `factor` on a base value that was not given. */
  readonly kind: TableNumber["kind"];
  readonly value: number;
  /** What holds beside the formula: why there is none, a conversion, a start at zero. */
  readonly remarks: readonly string[];
  readonly sources: readonly FactorSource[];
}

/** How a tensor's rules, as written, were brought to the form in use. */
export interface FormStep {
  readonly form: FormId;
  /** The forward multiplier is multiplied by t, the weights are divided by it. */
  readonly t: { readonly formula: string; readonly substituted: string; readonly value: number };
  /** `initStd × t^-1` for every quantity that changes. */
  readonly changes: readonly string[];
  readonly source: string;
  readonly evidence: readonly Evidence[];
}

export interface TensorExplanation {
  readonly name: string;
  readonly role: string;
  readonly optimizer: string;
  readonly numbers: readonly NumberExplanation[];
  readonly form?: FormStep;
}

export interface ExplanationContext extends ScalePair, GivenValues {
  readonly parametrization: Parametrization;
  readonly hyperparameters: ResolvedHyperparameters;
  readonly modelFacts?: ModelFacts | undefined;
}

/** Every number of one tensor: formula, values substituted, result, source, and the steps of abc-symmetry. */
export function explainTensor(resolved: ResolvedTensor, context: ExplanationContext): TensorExplanation {
  const form = explainForm(resolved, context);
  return {
    name: resolved.tensor.name,
    role: resolved.row.role,
    optimizer: `${resolved.optimizer.id} (${resolved.optimizer.family})`,
    numbers: tensorQuantities.flatMap((quantity): readonly NumberExplanation[] => {
      if (quantity === "forwardMultiplier")
        return [explainQuantity(resolved, quantity, context), ...explainTied(resolved), ...explainGradients(resolved, context)];
      const isDamping = quantity === "dampingFanIn" || quantity === "dampingFanOut";
      return isDamping && resolved.factors[quantity].sources.length === 0 && resolved.row.damping === undefined
        ? []
        : [explainQuantity(resolved, quantity, context)];
    }),
    ...(form === undefined ? {} : { form }),
  };
}

function explainQuantity(resolved: ResolvedTensor, quantity: TensorQuantity, context: ExplanationContext): NumberExplanation {
  const factor = resolved.factors[quantity];
  const { kind, value } = tableNumber(resolved, quantity, context);
  const asFactor = kind === "factor";
  const given: ReadonlySet<string> = context.given;
  const base = asFactor && !given.has(quantity) ? ["base"] : baseText(resolved, quantity, context);
  const remarks: string[] = [];
  const tail: string[] = [];
  if (quantity === "initStd" && resolved.baseValues.initStd === 0 && !asFactor) {
    remarks.push(isDrawn(resolved.row) ? "starts at zero" : `not drawn: every entry starts at ${resolved.row.initMean}`);
    return { of: quantity, formula: "0", substituted: "0", kind: "value", value: 0, remarks, sources: [] };
  }
  if (quantity === "weightDecay" && resolved.decayConversion.formula !== "") {
    tail.push(decayText(resolved, context));
    remarks.push(
      `weightDecayKind ${context.weightDecayKind}: the coefficient that a trainer multiplies with its learning rate is the value ${resolved.decayConversion.formula}`,
    );
  }
  if (factor.sources.length === 0) remarks.push("no rule: the same at every scale");
  return {
    of: quantity,
    formula: joinTexts(base, formulaText(factor), tail),
    substituted: joinTexts(base, substitutedText(factor), tail),
    kind,
    value,
    remarks,
    sources: factor.sources,
  };
}

/** The conversion with numbers where they are known: `/ learningRate 0.000625`. */
function decayText({ decayConversion, row }: ResolvedTensor, { weightDecayKind, given }: ExplanationContext): string {
  if (weightDecayKind !== "independent" || !given.has("learningRate")) return decayConversion.formula;
  return `${decayConversion.formula} ${shortNumber(row.learningRate)}`;
}

function joinTexts(base: readonly string[], factor: string, tail: readonly string[]): string {
  const parts = [...base, ...(factor === "1" && base.length > 0 ? [] : [factor])];
  return [parts.join(" × "), ...tail].join(" ");
}

/** What a base value was made of. */
function baseText({ tensor, base, baseValues }: ResolvedTensor, quantity: TensorQuantity, context: ExplanationContext): readonly string[] {
  const { parametrization, hyperparameters } = context;
  if (quantity === "forwardMultiplier") return [];
  if (quantity === "dampingFanIn" || quantity === "dampingFanOut") return [shortNumber(baseValues[quantity])];
  const ofModule = hyperparameters.modules
    .filter((factor) => factor.quantity === quantity && factor.module === tensor.module)
    .map(({ module, factor }) => `${quantity}@${module} ${shortNumber(factor)}`);
  if (quantity !== "initStd") return [shortNumber(hyperparameters[quantity]), ...ofModule];
  const parts = [
    ...(hyperparameters.initStd === 1 ? [] : [`initStd ${shortNumber(hyperparameters.initStd)}`]),
    ...ofModule,
    ...(tensor.initStdFactor === undefined ? [] : [`${shortNumber(tensor.initStdFactor)} of ${tensor.name}`]),
    ...(parametrization.initialDeviation === "framework" && base.fanIn !== 1 ? [`1/sqrt(base fanIn ${base.fanIn})`] : []),
  ];
  return parts.length === 0 ? ["1"] : parts;
}

function explainTied({ tiedReadout }: ResolvedTensor): readonly NumberExplanation[] {
  if (tiedReadout === undefined) return [];
  return [ofFactor("forwardMultiplier as readout", tiedReadout, ["the table is the readout as well"])];
}

function explainGradients({ row }: ResolvedTensor, { parametrization, modelFacts }: ExplanationContext): readonly NumberExplanation[] {
  const rule = modelFacts === undefined ? undefined : parametrization.unitScaling;
  const number = (of: string, value: number): NumberExplanation => ({
    of,
    formula: rule === undefined ? "forwardMultiplier" : "unit scaling",
    substituted: rule === undefined ? "forwardMultiplier" : "unit scaling of this operation and batch",
    kind: "value",
    value,
    remarks: rule === undefined ? ["the gradient is the true one"] : [],
    sources: rule === undefined ? [] : [{ component: "unit scaling", source: rule.source, evidence: rule.evidence }],
  });
  return [
    number("backwardMultiplier", row.backwardMultiplier),
    ...(row.weightGradientMultiplier === undefined ? [] : [number("weightGradientMultiplier", row.weightGradientMultiplier)]),
  ];
}

function explainForm(resolved: ResolvedTensor, context: ExplanationContext): FormStep | undefined {
  const { tensor, optimizer, factors, row } = resolved;
  const { parametrization, weightDecayKind } = context;
  if (parametrization.form === undefined) return undefined;
  const cell = { role: row.role, optimizer, weightDecayKind, tensor };
  const written = tensorFactors(parametrization, cell, readTensor(resolved, optimizer, context));
  const t = multiplyFactors(factors.forwardMultiplier, written.forwardMultiplier, -1);
  if (t.terms.length === 0 && t.constant === 1) return undefined;
  const gauge = factors.forwardMultiplier.sources.find(({ component }) => component === "abc-symmetry");
  return {
    form: parametrization.form,
    t: { formula: formulaText(t), substituted: substitutedText(t), value: t.value },
    changes: gaugePowers(written, factors, t).map(
      ({ quantity, power }) => `${quantity} × ${power === 1 ? "t" : `t^${exponentText(power)}`}`,
    ),
    source: gauge?.source ?? "",
    evidence: gauge?.evidence ?? [],
  };
}

/**
 * The powers of t by which two ways of writing one tensor's training differ, read off their factors.
 *
 * @param t what the forward multiplier is multiplied by; not 1
 */
export function gaugePowers(
  before: TensorFactors,
  after: TensorFactors,
  t: Factor,
): readonly { readonly quantity: TensorQuantity; readonly power: number }[] {
  const [first] = t.terms;
  return tensorQuantities.flatMap((quantity) => {
    const change = multiplyFactors(after[quantity], before[quantity], -1);
    const term = change.terms.find(({ scale, measure }) => scale === first?.scale && measure === first.measure);
    return first === undefined || term === undefined ? [] : [{ quantity, power: term.exponent / first.exponent }];
  });
}

/** A factor as an explanation of its own. */
export function ofFactor(of: string, factor: Factor, remarks: readonly string[] = []): NumberExplanation {
  return {
    of,
    formula: formulaText(factor),
    substituted: substitutedText(factor),
    kind: "value",
    value: factor.value,
    remarks: factor.sources.length === 0 ? [...remarks, "no rule: the same at every scale"] : remarks,
    sources: factor.sources,
  };
}
