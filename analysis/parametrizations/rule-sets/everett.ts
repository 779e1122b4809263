import type { ChosenOptions, Evidence, ParametrizationDefinition, TensorRule } from "../contract.ts";
import type { Exponents } from "../exponents.ts";
import { sp } from "./sp.ts";
import { readOptions } from "../options.ts";

const paper = "Everett et al. 2024 (arXiv:2407.05872)";
const derivation =
  "entries of a hidden or output update are width^-p over the multiplier, p = 1/2 without alignment of updates and activations, 1 with it";
const read: readonly Evidence[] = ["abstract", "derived"];

/** Powers of width by layer: deviation and multiplier of the four, written relative to the base. */
interface Layers {
  readonly inputStd: number;
  readonly input: number;
  readonly hiddenStd: number;
  readonly hidden: number;
  readonly outputStd: number;
  readonly output: number;
  /** Power of the gradient that reaches hidden activations, before multipliers: that of the readout's weight. */
  readonly gradient: number;
}

const layersOf: Readonly<Record<string, Layers>> = {
  standard: { inputStd: 0, input: 0, hiddenStd: -1 / 2, hidden: 0, outputStd: -1 / 2, output: 0, gradient: -1 / 2 },
  ntk: { inputStd: 0, input: 0, hiddenStd: 0, hidden: -1 / 2, outputStd: 0, output: -1 / 2, gradient: -1 / 2 },
  "mean-field": { inputStd: 0, input: 0, hiddenStd: 0, hidden: -1 / 2, outputStd: 0, output: -1, gradient: -1 },
  mup: { inputStd: -1 / 2, input: 1 / 2, hiddenStd: -1 / 2, hidden: 0, outputStd: -1 / 2, output: -1 / 2, gradient: -1 },
};
const standardLayers: Layers = { inputStd: 0, input: 0, hiddenStd: -1 / 2, hidden: 0, outputStd: -1 / 2, output: 0, gradient: -1 / 2 };

/** A rule unless its power is 0: silence is 1. */
function power(fields: Omit<TensorRule, "source" | "evidence"> & Partial<Pick<TensorRule, "source" | "evidence">>): readonly TensorRule[] {
  return Object.values(fields.exponents).every((exponent) => exponent === 0) ? [] : [{ source: paper, evidence: read, ...fields }];
}

function scaleRules(layers: Layers): readonly TensorRule[] {
  return [
    ...power({ quantity: "initStd", roles: ["input"], exponents: { fanOut: layers.inputStd } }),
    ...power({ quantity: "initStd", roles: ["hidden"], exponents: { fanIn: layers.hiddenStd } }),
    ...power({ quantity: "initStd", roles: ["output"], exponents: { fanIn: layers.outputStd } }),
    ...power({ quantity: "forwardMultiplier", roles: ["input"], exponents: { fanOut: layers.input } }),
    ...power({ quantity: "forwardMultiplier", roles: ["hidden"], exponents: { fanIn: layers.hidden } }),
    ...power({ quantity: "forwardMultiplier", roles: ["output"], exponents: { fanIn: layers.output } }),
  ];
}

function learningRateRules(layers: Layers, alignment: number): readonly TensorRule[] {
  const p = 1 / 2 + alignment / 2;
  const rule = (roles: TensorRule["roles"], family: "adamLike" | "adafactorScaled", exponents: Exponents): readonly TensorRule[] =>
    power({
      quantity: "learningRate",
      roles,
      families: [family],
      exponents,
      source:
        family === "adamLike"
          ? `${paper}: ${derivation}; alignment ${alignment}`
          : `Adam's power over the deviation's, as the step is relative to it (${paper} derives Adafactor the same way)`,
      evidence: read,
    });
  return [
    ...rule(["input"], "adamLike", { fanOut: 0 - layers.input }),
    ...rule(["hidden"], "adamLike", { fanIn: 0 - p - layers.hidden }),
    ...rule(["output"], "adamLike", { fanIn: 0 - p - layers.output }),
    ...rule(["input"], "adafactorScaled", { fanOut: 0 - layers.input - layers.inputStd }),
    ...rule(["hidden"], "adafactorScaled", { fanIn: 0 - p - layers.hidden - layers.hiddenStd }),
    ...rule(["output"], "adafactorScaled", { fanIn: 0 - p - layers.output - layers.outputStd }),
  ];
}

/** Epsilon like the entries of the gradient: those of a hidden tensor are the readout's weight x the multiplier. */
function epsilonRules({ gradient, input, hidden, output }: Layers): readonly TensorRule[] {
  const rule = (roles: TensorRule["roles"], exponents: Exponents): readonly TensorRule[] =>
    power({
      quantity: "epsilon",
      roles,
      families: ["adamLike"],
      exponents,
      source: `${paper}: epsilon must follow the gradient or it takes over; its powers derived from the definitions`,
      evidence: read,
    });
  return [
    ...rule(["input"], { fanOut: gradient + input }),
    ...rule(["bias", "normGain"], { fanOut: gradient }),
    ...rule(["hidden"], { fanOut: gradient, fanIn: hidden }),
    ...rule(["output"], { fanIn: output }),
  ];
}

function widthRules(options: ChosenOptions): readonly TensorRule[] {
  const layers = layersOf[options.word("init")] ?? standardLayers;
  return [
    ...scaleRules(layers),
    ...learningRateRules(layers, options.number("alignment")),
    ...(options.word("epsilon") === "per-layer" ? epsilonRules(layers) : []),
  ];
}

/**
 * A learning-rate exponent for each layer, for four parametrizations and any alignment between none and full. In its source, standard
 * parametrization with a learning rate for each layer did better than muP, and the best exponents often lay between the two columns.
 * Full alignment is the default: it is the column that all four have in common with muP's theory. A readout that is the embedding too
 * is not defined.
 */
export const everett: ParametrizationDefinition = {
  id: "everett",
  name: "per-layer exponents",
  summary: "a learning-rate exponent for each layer, by alignment from 0 to 1, for standard, NTK, mean-field and muP initialisation",
  source: paper,
  kind: "set",
  options: [
    {
      name: "init",
      meaning: "whose deviations and multipliers: standard and ntk are one class by abc-symmetry, mean-field and mup another",
      source: paper,
      defaultValue: "standard",
      allowed: Object.keys(layersOf),
    },
    {
      name: "alignment",
      meaning: "of updates with activations: hidden updates are width^-(1/2 + alignment/2)",
      source: `1: Tensor Programs V; 0: ${paper}, no alignment; between: fitted, its best runs are often there`,
      defaultValue: "1",
      allowed: { from: 0, to: 1 },
    },
    {
      name: "epsilon",
      meaning:
        "Adam's epsilon: constant, which underflows wide models, or by layer as the gradient; Adam-atan2, the source's other answer, has no epsilon to scale",
      source: paper,
      defaultValue: "none",
      allowed: ["none", "per-layer"],
    },
  ],
  build: (options) => {
    const { initialDeviation, attentionBase, components } = sp.build(readOptions(sp, ""));
    return {
      initialDeviation,
      attentionBase,
      optimizerFamilies: ["adamLike", "adafactorScaled"],
      components: components.map((component) => ({ ...component, id: "everett", tensorRules: widthRules(options) })),
      transfers: [
        {
          hyperparameter: "learningRate",
          axis: "width",
          transfer: "empirical",
          source: `${paper}: every parametrization transfers with a learning rate for each layer, to 26.8B parameters`,
        },
        { hyperparameter: "epsilon", axis: "width", transfer: "none", source: `${paper}: a constant epsilon underflows as width grows` },
      ],
    };
  },
};
