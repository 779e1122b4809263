import type { Evidence, ParametrizationDefinition, TensorRule } from "../contract.ts";

const jacot = "Jacot et al. 2018 (arXiv:1806.07572), section 2";
const everett = "Everett et al. 2024 (arXiv:2407.05872)";
const classmup = "Ishikawa and Karakida 2023 (arXiv:2312.12226), set UP of their classmup 1c5597c";
const derived: readonly Evidence[] = ["derived"];

const multiplierRules: readonly TensorRule[] = [
  {
    quantity: "forwardMultiplier",
    roles: ["hidden", "output"],
    exponents: { fanIn: -1 / 2 },
    source: `${jacot}; ${everett}`,
    evidence: derived,
  },
  {
    quantity: "forwardMultiplier",
    roles: ["input"],
    where: { lookup: false },
    exponents: { fanIn: -1 / 2 },
    source: `${jacot}: every product is divided by sqrt(fanIn), which is constant in width for the first`,
    evidence: derived,
  },
];

const learningRateRules: readonly TensorRule[] = [
  {
    quantity: "learningRate",
    roles: ["hidden", "output"],
    families: ["adamLike"],
    exponents: { fanIn: -1 / 2 },
    source: `${everett}, full alignment: an update's entries are 1/width over the multiplier; agrees with its abstract-level description`,
    evidence: ["abstract", "derived"],
  },
  {
    quantity: "learningRate",
    roles: ["input"],
    where: { lookup: false },
    families: ["adamLike"],
    exponents: { fanIn: -1 / 2 },
    source: "abc-symmetry of Adam-like optimizers for the multiplier above (Narayan et al. 2025, arXiv:2502.05967, equation 16)",
    evidence: derived,
  },
  {
    quantity: "learningRate",
    roles: ["hidden", "output", "input"],
    families: ["foof"],
    exponents: { fanIn: 1 },
    source: `${classmup}: constant without multipliers; by abc-symmetry x fanIn with them`,
    evidence: ["code", "derived"],
  },
];

/** Damping follows the largest eigenvalues: fanIn of x x^T, and of gradients to W x a constant over the square of the multiplier. */
const dampingRules: readonly TensorRule[] = [
  {
    quantity: "dampingFanIn",
    roles: ["hidden", "output", "input"],
    families: ["kfac", "foof"],
    exponents: { fanIn: 1 },
    source: `${classmup}: damping of A x fanIn`,
    evidence: ["code", "derived"],
  },
  {
    quantity: "dampingFanOut",
    roles: ["hidden", "output", "input"],
    families: ["kfac"],
    exponents: { fanIn: -1 },
    source: `${classmup}: damping of B constant without multipliers; by abc-symmetry / fanIn with them`,
    evidence: ["code", "derived"],
  },
];

/**
 * Neural tangent parametrization: deviations 1 and every product over sqrt(fanIn). SGD with one constant learning rate then trains a
 * kernel: features do not move in the limit. Absolute: no base. Tied tables are not defined, since a readout has a deviation of its own.
 */
export const ntp: ParametrizationDefinition = {
  id: "ntp",
  name: "NTP",
  summary: "neural tangent parametrization: deviations 1, products / sqrt(fanIn); SGD has one constant learning rate, Adam 1/sqrt(fanIn)",
  source: `${jacot}; ${everett}`,
  kind: "set",
  options: [],
  build: () => ({
    initialDeviation: "unit",
    attentionBase: "one",
    // With these multipliers SGD, K-FAC and Shampoo of any powers keep one constant learning rate: classmup's rule by abc-symmetry.
    optimizerFamilies: ["adamLike", "sgd", "shampoo", "kfac", "foof"],
    components: [
      {
        id: "ntp",
        axes: ["width"],
        measure: "size",
        tensorRules: [...multiplierRules, ...learningRateRules, ...dampingRules],
        operationRules: [
          {
            quantity: "attentionLogitScale",
            exponents: { headDimension: -1 / 2 },
            source: "Vaswani et al. 2017 (arXiv:1706.03762): as every other product here (derived)",
            evidence: derived,
          },
        ],
        optimizerRules: [],
      },
    ],
    transfers: [
      {
        hyperparameter: "learningRate",
        axis: "width",
        transfer: "empirical",
        source: `${everett}: Adam with a learning rate for each layer transfers under every parametrization`,
      },
      {
        hyperparameter: "outputMultiplier",
        axis: "width",
        transfer: "none",
        source: "Yang and Hu 2021 (arXiv:2011.14522): the limit is a kernel under SGD, so what is tuned on features does not carry over",
      },
    ],
  }),
};
