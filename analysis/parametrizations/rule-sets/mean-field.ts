import type { Evidence, ParametrizationDefinition, TensorRule } from "../contract.ts";

const everett = "Everett et al. 2024 (arXiv:2407.05872)";
const derived: readonly Evidence[] = ["derived"];
const asMup = "derived: muP's rule (Yang et al. 2022, arXiv:2203.03466, table 3) by abc-symmetry for these multipliers";

const widthRules: readonly TensorRule[] = [
  { quantity: "forwardMultiplier", roles: ["hidden"], exponents: { fanIn: -1 / 2 }, source: everett, evidence: ["abstract", "derived"] },
  { quantity: "forwardMultiplier", roles: ["output"], exponents: { fanIn: -1 }, source: everett, evidence: ["abstract", "derived"] },
  {
    quantity: "forwardMultiplier",
    roles: ["input"],
    where: { lookup: false },
    exponents: { fanIn: -1 / 2 },
    source: "unit scale of a first layer that multiplies, constant in width (derived)",
    evidence: derived,
  },
  {
    quantity: "learningRate",
    roles: ["hidden"],
    families: ["adamLike"],
    exponents: { fanIn: -1 / 2 },
    source: `${everett}, full alignment; readout constant`,
    evidence: ["abstract", "derived"],
  },
  {
    quantity: "learningRate",
    roles: ["input"],
    where: { lookup: false },
    families: ["adamLike"],
    exponents: { fanIn: -1 / 2 },
    source: "abc-symmetry of Adam-like optimizers for the multiplier above (derived)",
    evidence: derived,
  },
  {
    quantity: "learningRate",
    roles: ["hidden", "bias", "normGain"],
    families: ["sgd"],
    exponents: { fanOut: 1 },
    source: asMup,
    evidence: derived,
  },
  {
    quantity: "learningRate",
    roles: ["input"],
    where: { lookup: true },
    families: ["sgd"],
    exponents: { fanOut: 1 },
    source: asMup,
    evidence: derived,
  },
  {
    quantity: "learningRate",
    roles: ["input"],
    where: { lookup: false },
    families: ["sgd"],
    exponents: { fanOut: 1, fanIn: 1 },
    source: asMup,
    evidence: derived,
  },
  { quantity: "learningRate", roles: ["output"], families: ["sgd"], exponents: { fanIn: 1 }, source: asMup, evidence: derived },
];

/** Mean-field parametrization: NTP with the readout over fanIn. It is muP written in other multipliers, and absolute: no base. */
export const meanField: ParametrizationDefinition = {
  id: "mean-field",
  name: "mean field",
  summary: "deviations 1, products / sqrt(fanIn), readout / fanIn; SGD's learning rate like width, Adam's 1/sqrt(fanIn) on hidden tensors",
  source: `${everett}; Mei et al. 2018 (arXiv:1804.06561)`,
  kind: "set",
  options: [],
  build: () => ({
    initialDeviation: "unit",
    attentionBase: "one",
    optimizerFamilies: ["adamLike", "sgd"],
    components: [
      {
        id: "mean-field",
        axes: ["width"],
        measure: "size",
        tensorRules: widthRules,
        operationRules: [
          {
            quantity: "attentionLogitScale",
            exponents: { headDimension: -1 },
            source: "muP's 1/headDimension, since it is the same limit (derived)",
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
        transfer: "theory",
        source: `${everett}: of muP's class by abc-symmetry, so that muP's claim holds`,
      },
    ],
  }),
};
