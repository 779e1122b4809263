import type { ChosenOptions, Evidence, ParametrizationDefinition, RuleComponent, TensorRule, TransferClaim } from "../contract.ts";
import { residualCoefficients, residualTaus } from "../unit-scaling/residual-tau.ts";
import { unitScalingRule } from "../unit-scaling/rule.ts";

const library = "unit-scaling 0.3.5 (a7b5b3c)";
const paper = "Blake et al. 2024 (arXiv:2407.17465)";
const golden: readonly Evidence[] = ["code", "golden"];

/**
 * Deviations are 1 for every tensor that is drawn, and multipliers carry the fan-in. Of a bias the library applies the layer's
 * multiplier too, which a bias alone does not know; here it is added after it, as muP has it.
 */
const forwardRules: readonly TensorRule[] = [
  {
    quantity: "forwardMultiplier",
    roles: ["hidden"],
    exponents: { fanIn: -1 / 2 },
    source: `${library}, functional.linear`,
    evidence: golden,
  },
  {
    quantity: "forwardMultiplier",
    roles: ["input"],
    where: { lookup: false },
    exponents: { fanIn: -1 / 2 },
    source: `${library}, functional.linear: a first layer that multiplies is a linear layer`,
    evidence: golden,
  },
  {
    quantity: "forwardMultiplier",
    roles: ["output"],
    exponents: { fanIn: -1 },
    source: `${library}, functional.linear_readout`,
    evidence: golden,
  },
];

/** Adam, and SGD with unit-scaled gradients, whose steps are then of Adam's size. Biases, gains and the readout: 1. */
function learningRateRules(options: ChosenOptions): readonly TensorRule[] {
  const unitGradients = options.word("sgd-constraint") === "none";
  const families = unitGradients ? (["adamLike", "sgd"] as const) : (["adamLike"] as const);
  const optim = `${library}, optim.lr_scale_func_adam`;
  const products: TensorRule = {
    quantity: "learningRate",
    roles: ["hidden"],
    families,
    exponents: { fanIn: -1 / 2 },
    source: optim,
    evidence: golden,
  };
  const adam: readonly TensorRule[] = [
    products,
    { ...products, roles: ["input"], where: { lookup: false } },
    ...(options.word("embedding-learning-rate") === "constant"
      ? []
      : [
          {
            ...products,
            roles: ["input"] as const,
            where: { lookup: true },
            exponents: { fanOut: -1 / 2 },
            source: `${optim}, where the fan-in of an embedding is the model dimension; ${paper}: seen, not derived`,
          },
        ]),
  ];
  return unitGradients ? adam : [...adam, ...constrainedSgdRules];
}

/** SGD where the readout's factor on the way back is that of the way forward, so that gradients before it shrink with width. */
const constrainedSgdRules: readonly TensorRule[] = (
  [
    { roles: ["hidden"], exponents: { fanIn: 1 / 2 } },
    { roles: ["input"], where: { lookup: false }, exponents: { fanIn: 1 / 2 } },
    { roles: ["input"], where: { lookup: true }, exponents: { fanOut: 1 / 2 } },
    { roles: ["bias", "normGain", "scalar"], exponents: { fanOut: 1 } },
  ] as const
).map((rule) => ({
  quantity: "learningRate",
  families: ["sgd"],
  source: `${library}, optim.lr_scale_func_sgd with readout_constraint to_output_scale`,
  evidence: golden,
  ...rule,
}));

const depth: RuleComponent = {
  id: "u-mup-depth",
  axes: ["depth"],
  measure: "size",
  tensorRules: [
    {
      quantity: "learningRate",
      roles: ["hidden", "output", "bias", "normGain", "scalar"],
      where: { insideBlock: true },
      exponents: { depth: -1 / 2 },
      source: `${library}, optim.lr_scale_for_depth: layers of the stack. A secondary print puts it on the readout too: the library does not`,
      evidence: golden,
    },
  ],
  operationRules: [],
  optimizerRules: [],
};

/** The multipliers of u-muP, by the names that studies use. */
export const unitScaledMultipliers = [
  "residualMultiplier",
  "attentionResidualRatio",
  "attentionMultiplier",
  "activationMultiplier",
  "lossMultiplier",
] as const;

function transferClaims(options: ChosenOptions): readonly TransferClaim[] {
  const summary = `${paper}, summary`;
  const derived = options.word("embedding-learning-rate") === "constant";
  return [
    derived
      ? { hyperparameter: "learningRate", axis: "width", transfer: "theory", source: `${paper}: muP by abc-symmetry` }
      : {
          hyperparameter: "learningRate",
          axis: "width",
          transfer: "empirical",
          source: `${paper}: muP by abc-symmetry, but for the learning rate of the embedding, which has no theory`,
        },
    { hyperparameter: "learningRate", axis: "depth", transfer: "empirical", source: summary },
    { hyperparameter: "learningRate", axis: "batchSizeTokens", transfer: "empirical", source: summary },
    { hyperparameter: "learningRate", axis: "tokenHorizon", transfer: "empirical", source: summary },
    ...unitScaledMultipliers.map(
      (hyperparameter): TransferClaim => ({
        hyperparameter,
        axis: "width",
        transfer: "empirical",
        source: `${summary}; nearly independent of each other`,
      }),
    ),
    {
      hyperparameter: "weightDecay",
      axis: "width",
      transfer: "empirical",
      source: `${summary}, for decay independent of the learning rate; Qiu et al. 2025 (arXiv:2512.05620), section 3.4, see the optimum fall like 1/width`,
    },
  ];
}

/** Unit-scaled maximal update parametrization: absolute rules without base shapes. Gains of norms are meant to be off. */
export const uMup: ParametrizationDefinition = {
  id: "u-mup",
  name: "u-μP",
  summary: "unit-scaled μP: deviations 1, multipliers by the fan-in, five multipliers to tune, gradients scaled apart",
  source: `${paper}; graphcore-research/${library}`,
  kind: "set",
  options: [
    {
      name: "embedding-learning-rate",
      meaning: "learning rate of lookup tables over width",
      source: `inverse-sqrt-width: ${paper} and ${library}; constant: Tensor Programs V, CompleteP, Narayan et al. 2025 (arXiv:2502.05967)`,
      defaultValue: "inverse-sqrt-width",
      allowed: ["inverse-sqrt-width", "constant"],
    },
    {
      name: "sgd-constraint",
      meaning:
        "constraint of the readout, which SGD's learning rates must match: none, its gradients are unit-scaled; to-output-scale, they are the true ones",
      source: `${library}, optim.SGD, readout_constraint`,
      defaultValue: "none",
      allowed: ["none", "to-output-scale"],
    },
    {
      name: "constraint",
      meaning:
        "factors on the way back inside the network: to-output-scale, those of the way forward; none, their own, which keep every gradient at unit scale",
      source: `${library}, constraints.py; to_output_scale is its default`,
      defaultValue: "to-output-scale",
      allowed: ["to-output-scale", "none"],
    },
  ],
  build: (options) => {
    const constraintOf = (name: string) => (options.word(name) === "none" ? "none" : "to-output-scale");
    return {
      initialDeviation: "unit",
      attentionBase: "one",
      optimizerFamilies: ["adamLike", "sgd"],
      weightDecayKind: "independent",
      modelExpectations: [{ member: "normGains", value: "none", source: `${paper}: norms without gains are a precondition` }],
      components: [
        {
          id: "u-mup",
          axes: ["width"],
          measure: "size",
          tensorRules: [...forwardRules, ...learningRateRules(options)],
          operationRules: [
            {
              quantity: "attentionLogitScale",
              exponents: { headDimension: -1 },
              source: `${library}, functional.scaled_dot_product_attention: attentionMultiplier / headDimension`,
              evidence: golden,
            },
          ],
          optimizerRules: [],
        },
        depth,
      ],
      transfers: transferClaims(options),
      residual: {
        formula: "tau_i = a_i / sqrt(N/2 + n_a a_a^2 + n_f a_f^2); branch tau / sqrt(1 + tau^2), skip 1 / sqrt(1 + tau^2)",
        multipliers: (branches, hyperparameters) => residualTaus(branches, hyperparameters).map(residualCoefficients),
        source: `${paper}, appendix G; ${library}, core/functional.py`,
        evidence: golden,
      },
      unitScaling: unitScalingRule({ constraint: constraintOf("constraint"), readoutConstraint: constraintOf("sgd-constraint") }),
    };
  },
};
