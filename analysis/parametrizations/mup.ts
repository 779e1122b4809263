import type { Parametrization, TensorRule } from "./contract.ts";

const table = "Yang et al. 2022 (arXiv:2203.03466), table 8; microsoft/mup 1981497";

const initRules: readonly TensorRule[] = [
  // Output tensors keep the deviation they have at the base width: variance constant, the multiplier does the rest.
  { quantity: "initStd", roles: ["hidden"], exponents: { fanIn: -1 / 2 }, source: table, evidence: ["paper", "golden"] },
  { quantity: "forwardMultiplier", roles: ["output"], exponents: { fanIn: -1 }, source: table, evidence: ["paper", "golden"] },
];

const learningRateRules: readonly TensorRule[] = [
  {
    quantity: "learningRate",
    roles: ["hidden"],
    families: ["adamLike"],
    exponents: { fanIn: -1 },
    source: `${table}, row Adam LR`,
    evidence: ["paper", "golden"],
  },
  {
    quantity: "learningRate",
    roles: ["input", "bias", "normGain"],
    families: ["sgd"],
    exponents: { fanOut: 1 },
    source: `${table}, row SGD LR`,
    evidence: ["paper", "golden"],
  },
  {
    quantity: "learningRate",
    roles: ["hidden"],
    families: ["sgd"],
    exponents: { fanOut: 1, fanIn: -1 },
    source: `${table}, row SGD LR; MuSGD's fan-in to fan-out ratio for unequal widths`,
    evidence: ["paper", "golden"],
  },
  {
    quantity: "learningRate",
    roles: ["output"],
    families: ["sgd"],
    exponents: { fanIn: 1 },
    source: `${table}, row SGD LR`,
    evidence: ["paper", "golden"],
  },
];

/** Weight decay that keeps learningRate x weightDecay constant over width: the learning rate's exponents with the sign turned. */
const weightDecayRules: readonly TensorRule[] = learningRateRules.map((rule) => ({
  ...rule,
  quantity: "weightDecay",
  exponents: Object.fromEntries(Object.entries(rule.exponents).map(([growth, exponent]) => [growth, -exponent])),
  source: "microsoft/mup 1981497, optim.py with decoupled_wd=False: weight_decay x 1/lr_mult",
  evidence: ["code", "golden"],
}));

/** Options on which sources disagree. */
export interface MupOptions {
  readonly id: string;
  readonly name: string;
  readonly summary: string;
  /**
   * `constantDecayPerStep`: learningRate x weightDecay stays what it is at the base width (mup's default, CompleteP);
   * `constantCoefficient`: weightDecay itself stays (mup's `decoupled_wd=True`, Megatron-LM, nanoGPT-mup), so that hidden
   * tensors decay less per step as width grows.
   */
  readonly weightDecay: "constantDecayPerStep" | "constantCoefficient";
}

/** Maximal update parametrization in the form of table 8 of Tensor Programs V (the one that packages implement). */
export function mupWith(options: MupOptions): Parametrization {
  return {
    id: options.id,
    name: options.name,
    summary: options.summary,
    source: table,
    tensorRules: [...initRules, ...learningRateRules, ...(options.weightDecay === "constantDecayPerStep" ? weightDecayRules : [])],
    operationRules: [
      {
        quantity: "attentionLogitScale",
        // With the base value 1/sqrt(baseHeadDimension) this is sqrt(baseHeadDimension) / headDimension.
        exponents: { headDimension: -1 },
        source: "Yang et al. 2022 (arXiv:2203.03466), definition 4.1: q.k / headDimension; constant as in Megatron-LM's mup-base-head-dim",
        evidence: ["paper", "code"],
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
}

/** muP as the mup package does it by default. */
export const mup: Parametrization = mupWith({
  id: "mup",
  name: "μP",
  summary: "maximal update parametrization; learningRate x weightDecay constant over width",
  weightDecay: "constantDecayPerStep",
});

/** muP with the weight decay coefficient left alone, as nanoGPT-mup and Megatron-LM do it. */
export const mupConstantWeightDecay: Parametrization = mupWith({
  id: "mup-constant-weight-decay",
  name: "μP, constant weight decay",
  summary: "maximal update parametrization; the weight decay coefficient constant over width",
  weightDecay: "constantCoefficient",
});
