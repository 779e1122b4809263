import type { OperationRule, ParametrizationDefinition, TensorRule } from "../contract.ts";
import { muMatrixFamilies, mupMatrixEpsilonRules, mupMatrixRules } from "./mup-matrix-optimizers.ts";
import { invertDecay } from "./decay.ts";
import type { OptimizerFamily } from "../optimizers/contract.ts";

const table = "Yang et al. 2022 (arXiv:2203.03466), table 8; microsoft/mup 1981497";
const elementwise: readonly OptimizerFamily[] = ["sgd", "adamLike", "adafactorScaled"];

/** Written in form 8. Output tensors keep the deviation they have at the base: variance constant, the multiplier does the rest. */
const scaleRules: readonly TensorRule[] = [
  {
    quantity: "initStd",
    roles: ["hidden"],
    families: elementwise,
    exponents: { fanIn: -1 / 2 },
    source: table,
    evidence: ["paper", "golden"],
  },
  {
    quantity: "forwardMultiplier",
    roles: ["output"],
    families: elementwise,
    exponents: { fanIn: -1 },
    source: table,
    evidence: ["paper", "golden"],
  },
];

const learningRateRules: readonly TensorRule[] = [
  {
    quantity: "learningRate",
    roles: ["hidden"],
    families: ["adamLike"],
    exponents: { fanIn: -1 },
    source: `${table}, row Adam LR`,
    evidence: ["paper", "golden", "live"],
  },
  {
    quantity: "learningRate",
    roles: ["input", "bias", "normGain"],
    families: ["sgd"],
    exponents: { fanOut: 1 },
    source: `${table}, row SGD LR`,
    evidence: ["paper", "golden", "live"],
  },
  {
    quantity: "learningRate",
    roles: ["hidden"],
    families: ["sgd"],
    exponents: { fanOut: 1, fanIn: -1 },
    source: `${table}, row SGD LR; MuSGD's fan-in to fan-out ratio for unequal widths`,
    evidence: ["paper", "golden", "live"],
  },
  {
    quantity: "learningRate",
    roles: ["output"],
    families: ["sgd"],
    exponents: { fanIn: 1 },
    source: `${table}, row SGD LR`,
    evidence: ["paper", "golden", "live"],
  },
  {
    quantity: "learningRate",
    roles: ["hidden"],
    families: ["adafactorScaled"],
    exponents: { fanIn: -1 / 2 },
    source: "Adam's rule over the RMS of the initial weights, which is the same in forms 3, 8 and 9",
    evidence: ["derived", "live"],
  },
];

const epsilonRules: Readonly<Record<string, readonly TensorRule[]>> = {
  none: [],
  hidden: [
    {
      quantity: "epsilon",
      roles: ["hidden"],
      families: ["adamLike"],
      exponents: { fanOut: -1 },
      source: "NVIDIA/Megatron-LM d98e8a64: epsilon of hidden matrices / width multiplier",
      evidence: ["code"],
    },
  ],
  "per-role": [
    {
      quantity: "epsilon",
      roles: ["input", "bias", "normGain", "hidden"],
      families: ["adamLike"],
      exponents: { fanOut: -1 },
      source: "arXiv:2603.00541, table 6: epsilon follows the gradient's entries, 1/width",
      evidence: ["paper"],
    },
    {
      quantity: "epsilon",
      roles: ["output"],
      families: ["adamLike"],
      exponents: { fanIn: -1 },
      source: "arXiv:2603.00541, table 6: the output's gradient is divided by the multiplier's width",
      evidence: ["paper"],
    },
    ...mupMatrixEpsilonRules,
  ],
};

/** The table as embedding and readout at once, as the mup package leaves it: its deviation grows with width (its issue 55). */
const growingTiedTable: TensorRule = {
  quantity: "initStd",
  roles: ["input"],
  where: { tied: true },
  exponents: { fanOut: 1 / 2 },
  source: "microsoft/mup 1981497, MuSharedReadout: set_base_shapes rescales the shared table by sqrt(width multiplier)",
  evidence: ["code", "golden"],
};

interface AttentionRule {
  readonly base: "inverseSquareRoot" | "one";
  readonly measure: "growth" | "size";
  readonly rule: Omit<OperationRule, "quantity">;
}

const inverseAttention: AttentionRule["rule"] = {
  exponents: { headDimension: -1 },
  source: "Yang et al. 2022 (arXiv:2203.03466), definition 4.1: q.k / headDimension; constant as in Megatron-LM's mup-base-head-dim",
  evidence: ["paper", "code"],
};

/** With the base value 1/sqrt(baseHeadDimension) this is sqrt(baseHeadDimension) / headDimension. */
const baseConstantAttention: AttentionRule = { base: "inverseSquareRoot", measure: "growth", rule: inverseAttention };

const attentionRules: Readonly<Record<string, AttentionRule>> = {
  "base-constant": baseConstantAttention,
  inverse: { base: "one", measure: "size", rule: inverseAttention },
  "inverse-square-root": {
    base: "one",
    measure: "size",
    rule: {
      exponents: { headDimension: -1 / 2 },
      source: "Vaswani et al. 2017 (arXiv:1706.03762), section 3.2.1: q.k / sqrt(headDimension); mu_transformer's ablation of muP's 1/d",
      evidence: ["paper", "code"],
    },
  },
};

/** Maximal update parametrization (Tensor Programs V), for every optimizer that a rule is published for. */
export const mup: ParametrizationDefinition = {
  id: "mup",
  name: "μP",
  summary: "maximal update parametrization; learningRate x weightDecay constant over width",
  source: table,
  kind: "set",
  options: [
    {
      name: "form",
      meaning: "which of the three equivalent tables is written out",
      source: "Yang et al. 2022, tables 3, 8 and 9",
      defaultValue: "8",
      allowed: ["3", "8", "9"],
    },
    {
      name: "weight-decay",
      meaning:
        "decoupled decay: per-step keeps learningRate x weightDecay (mup, CompleteP, arXiv:2603.00541); constant keeps the coefficient (mup's decoupled_wd, Megatron-LM, nanoGPT-mup); inverse-width is for independent decay alone",
      source: "microsoft/mup 1981497; nanoGPT-mup b2a5e60; arXiv:2512.05620, section 3.4, for inverse-width at 20 tokens a parameter",
      defaultValue: "per-step",
      allowed: ["per-step", "constant", "inverse-width"],
    },
    {
      name: "epsilon",
      meaning:
        "Adam's epsilon: not scaled (mup), hidden tensors only (Megatron-LM), or by role (arXiv:2603.00541; of Muon's normalisation, SOAP and AdaMuon too, arXiv:2512.05620)",
      source: "microsoft/mup 1981497; Megatron-LM d98e8a64; arXiv:2603.00541, table 6; arXiv:2512.05620, table 1",
      defaultValue: "none",
      allowed: Object.keys(epsilonRules),
    },
    {
      name: "attention",
      meaning:
        "logits x sqrt(base headDimension)/headDimension; 1/headDimension, which changes the base model too; or 1/sqrt(headDimension) at every scale, which is base-constant where headDimension stays",
      source:
        "base-constant: microsoft/mup, Megatron-LM; inverse: nanoGPT-mup, mu_transformer; inverse-square-root: Vaswani et al. 2017 (arXiv:1706.03762), an ablation of mu_transformer",
      defaultValue: "base-constant",
      allowed: Object.keys(attentionRules),
    },
    {
      name: "tied",
      meaning: "a tied embedding keeps its deviation, or lets it grow with width as the mup package does",
      source: "constant: nanoGPT-mup b2a5e60; mup-compatible: microsoft/mup 1981497, issue 55",
      defaultValue: "constant",
      allowed: ["constant", "mup-compatible"],
    },
  ],
  build: (options) => {
    const attention = attentionRules[options.word("attention")] ?? baseConstantAttention;
    const rates = [...learningRateRules, ...mupMatrixRules];
    const decay: Readonly<Record<string, readonly TensorRule[]>> = {
      "per-step": invertDecay(rates, "microsoft/mup 1981497, optim.py with decoupled_wd=False: weight_decay x 1/lr_mult"),
      constant: [],
      "inverse-width": [
        {
          quantity: "weightDecay",
          roles: ["hidden"],
          weightDecayKinds: ["independent"],
          exponents: { fanIn: -1 },
          source: "Qiu et al. 2025 (arXiv:2512.05620), section 3.4: measured optimum at about 20 tokens a parameter",
          evidence: ["paper"],
        },
      ],
    };
    return {
      initialDeviation: "framework",
      attentionBase: attention.base,
      form: options.word("form") === "3" ? "form3" : options.word("form") === "9" ? "form9" : "form8",
      optimizerFamilies: [...elementwise, ...muMatrixFamilies],
      tiedEmbeddings: "input",
      components: [
        {
          id: "mup",
          axes: ["width"],
          measure: "growth",
          tensorRules: [
            ...scaleRules,
            ...rates,
            ...(decay[options.word("weight-decay")] ?? []),
            ...(epsilonRules[options.word("epsilon")] ?? []),
            ...(options.word("tied") === "mup-compatible" ? [growingTiedTable] : []),
          ],
          operationRules: [],
          optimizerRules: [],
        },
        {
          id: "mup attention",
          axes: [],
          measure: attention.measure,
          tensorRules: [],
          operationRules: [{ quantity: "attentionLogitScale", ...attention.rule }],
          optimizerRules: [],
        },
      ],
      transfers: [
        { hyperparameter: "learningRate", axis: "width", transfer: "theory", source: "Yang et al. 2022, table 2" },
        {
          hyperparameter: "learningRate",
          axis: "depth",
          transfer: "empirical",
          source: "Yang et al. 2022, table 2 and section 6.1, pre-norm transformers",
        },
        { hyperparameter: "learningRate", axis: "batchSizeTokens", transfer: "empirical", source: "Yang et al. 2022, table 2" },
        {
          hyperparameter: "learningRate",
          axis: "tokenHorizon",
          transfer: "empirical",
          source: "Yang et al. 2022, table 2; contradicted by Bjorck et al. 2024 (arXiv:2409.19913)",
        },
        { hyperparameter: "initStd", axis: "width", transfer: "theory", source: "Yang et al. 2022, table 2" },
        { hyperparameter: "outputMultiplier", axis: "width", transfer: "theory", source: "Yang et al. 2022, table 2" },
        { hyperparameter: "embeddingMultiplier", axis: "width", transfer: "theory", source: "Yang et al. 2022, table 2" },
        {
          hyperparameter: "weightDecay",
          axis: "width",
          transfer: "none",
          source: "Yang et al. 2022, table 1: regularization does not transfer",
        },
      ],
    };
  },
};
