import type { WeightDecayKind } from "../study/study-spec.ts";
import type { TensorRole } from "../study/trainer-contract.ts";
import type { FormId, TensorQuantity } from "./contract.ts";
import type { Exponents, Measure } from "./exponents.ts";
import { scaleNames } from "./exponents.ts";
import { exponentValue } from "./evaluate.ts";
import { composeFactor, type Factor, multiplyFactors, type ScaleReadings, unitFactor } from "./factor.ts";
import { familyGauges } from "./optimizers/families.ts";
import type { OptimizerInUse } from "./optimizers/contract.ts";

/**
 * Forms in which one and the same training can be written. y = a W x with W ~ N(0, b^2) and step c computes the same for
 * every t as (a t), (b / t) and a step changed by the optimizer's gauge (abc-symmetry: Yang et al. 2022, arXiv:2203.03466,
 * appendix J.2.1; for Adam Narayan et al. 2025, arXiv:2502.05967, equation 16). A form says what a is.
 */
export interface Form {
  readonly id: string;
  readonly summary: string;
  /** Exponents of the forward multiplier; roles that are left out have multiplier 1. */
  readonly multipliers: Readonly<Partial<Record<TensorRole, Exponents>>>;
  readonly source: string;
}

const tensorPrograms = "Yang et al. 2022 (arXiv:2203.03466)";

export const forms: Readonly<Record<FormId, Form>> = {
  form3: {
    id: "form3",
    summary: "no multipliers: all is in the deviations and learning rates",
    multipliers: {},
    source: `${tensorPrograms}, table 3`,
  },
  form8: {
    id: "form8",
    summary: "multiplier 1/fanIn on the output; what the mup package implements",
    multipliers: { output: { fanIn: -1 } },
    source: `${tensorPrograms}, table 8`,
  },
  form9: {
    id: "form9",
    summary: "multipliers sqrt(fanOut) on the input and 1/sqrt(fanIn) on the output; SGD has one learning rate",
    multipliers: { input: { fanOut: 1 / 2 }, bias: { fanOut: 1 / 2 }, normGain: { fanOut: 1 / 2 }, output: { fanIn: -1 / 2 } },
    source: `${tensorPrograms}, table 9`,
  },
  unit: {
    id: "unit",
    summary: "deviations 1: multipliers 1/sqrt(fanIn) on hidden tensors and 1/fanIn on the output; what u-muP implements",
    multipliers: { hidden: { fanIn: -1 / 2 }, output: { fanIn: -1 } },
    source: "Blake et al. 2024 (arXiv:2407.17465), table 2",
  },
};

/** The factors of one tensor, by quantity. */
export type TensorFactors = Readonly<Record<TensorQuantity, Factor>>;

/**
 * The same training with the tensor's multiplier brought to a form: t = the form's multiplier / the present one.
 *
 * @param measure the form's multiplier is of growth for relative rule sets, of size for absolute ones
 */
export function toForm(
  formId: FormId,
  factors: TensorFactors,
  tensor: {
    readonly role: TensorRole;
    readonly optimizer: OptimizerInUse;
    readonly weightDecayKind: WeightDecayKind;
    readonly readings: ScaleReadings;
    readonly measure: Measure;
  },
): TensorFactors {
  const { role, optimizer, readings, measure } = tensor;
  const form = forms[formId];
  const exponents = form.multipliers[role] ?? {};
  const terms = scaleNames.flatMap((scale) => {
    const reading = readings[scale];
    return reading === undefined ? [] : [{ scale, measure, ...reading, exponent: exponentValue(exponents[scale] ?? 0, optimizer) }];
  });
  const wanted = composeFactor(1, terms, []);
  const present = factors.forwardMultiplier;
  const ratio = multiplyFactors(wanted, { ...present, sources: [] }, -1);
  if (ratio.terms.length === 0 && ratio.constant === 1) return factors;
  const t: Factor = {
    ...ratio,
    sources: [
      {
        component: "abc-symmetry",
        source: `${form.id}: ${form.source}; gauge of ${optimizer.family}: ${familyGauges[optimizer.family].source}`,
        evidence: ["derived"],
      },
    ],
  };
  const gauge = familyGauges[optimizer.family];
  const learningRatePower = exponentValue(gauge.learningRate, optimizer);
  // Decay added to the gradient must grow with it, by t, while the weights shrink by t; decay on its own keeps rate x coefficient,
  // and decay that is divided by the rate afterwards needs nothing.
  const decayPowers: Readonly<Record<WeightDecayKind, number>> = {
    coupled: 2,
    decoupled: learningRatePower,
    independent: 0,
    constantTimescale: 0,
  };
  const decayPower = decayPowers[tensor.weightDecayKind];
  const by = (factor: Factor, power: number): Factor => (power === 0 ? factor : multiplyFactors(factor, t, power));
  return {
    initStd: by(factors.initStd, -1),
    forwardMultiplier: by(factors.forwardMultiplier, 1),
    learningRate: by(factors.learningRate, -learningRatePower),
    weightDecay: by(factors.weightDecay, decayPower),
    epsilon: by(factors.epsilon, gauge.epsilon),
    dampingFanIn: by(factors.dampingFanIn, gauge.dampingFanIn),
    dampingFanOut: by(factors.dampingFanOut, gauge.dampingFanOut),
  };
}

/** Every quantity without a rule. */
export const unitFactors: TensorFactors = {
  initStd: unitFactor,
  forwardMultiplier: unitFactor,
  learningRate: unitFactor,
  weightDecay: unitFactor,
  epsilon: unitFactor,
  dampingFanIn: unitFactor,
  dampingFanOut: unitFactor,
};
