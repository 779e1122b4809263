import { invertDecay } from "./decay.ts";
import type { Evidence, ParametrizationDefinition, TensorRule } from "../contract.ts";
import { muMatrixFamilies, mupMatrixRules } from "./mup-matrix-optimizers.ts";
import type { OptimizerFamily } from "../optimizers/contract.ts";

const paper = "Yang, Simon and Bernstein 2023 (arXiv:2310.17813)";
const read: readonly Evidence[] = ["paper", "derived"];
const elementwise: readonly OptimizerFamily[] = ["sgd", "adamLike"];

/**
 * Condition 1: weights and updates have spectral norm sqrt(fanOut / fanIn). Noise of deviation b has b (sqrt(fanIn) + sqrt(fanOut)); an
 * SGD update is fanIn / fanOut times too small, an Adam update's norm is sqrt(fanIn fanOut).
 */
const widthRules: readonly TensorRule[] = [
  {
    quantity: "initStd",
    roles: ["hidden"],
    families: elementwise,
    exponents: { fanIn: -1 / 2 },
    source: `${paper}, condition 1: b = min(1, sqrt(fanOut / fanIn)) / sqrt(fanIn)`,
    evidence: read,
  },
  {
    quantity: "initStd",
    roles: ["output"],
    families: elementwise,
    exponents: { fanOut: 1 / 2, fanIn: -1 },
    source: `${paper}, condition 1, where fanOut is below fanIn: b = sqrt(fanOut) / fanIn`,
    evidence: read,
  },
  {
    quantity: "learningRate",
    roles: ["input", "hidden", "output"],
    families: ["sgd"],
    exponents: { fanOut: 1, fanIn: -1 },
    source: `${paper}: learning rate fanOut / fanIn`,
    evidence: read,
  },
  {
    quantity: "learningRate",
    roles: ["bias", "normGain"],
    families: ["sgd"],
    exponents: { fanOut: 1 },
    source: `${paper}: a bias is a matrix of fan-in 1`,
    evidence: read,
  },
  {
    quantity: "learningRate",
    roles: ["input", "hidden", "output"],
    families: ["adamLike"],
    exponents: { fanIn: -1 },
    source: `${paper}: Adam 1/fanIn`,
    evidence: read,
  },
];

/** The spectral condition as a rule set: muP in form 3, argued from norms. A tied table would need two deviations: not defined. */
export const spectral: ParametrizationDefinition = {
  id: "spectral",
  name: "spectral condition",
  summary: "weights and updates of spectral norm sqrt(fanOut / fanIn), without multipliers: muP's form 3 argued from norms",
  source: paper,
  kind: "set",
  options: [],
  build: () => {
    const rates = [...widthRules, ...mupMatrixRules];
    return {
      initialDeviation: "framework",
      attentionBase: "inverseSquareRoot",
      optimizerFamilies: [...elementwise, ...muMatrixFamilies],
      components: [
        {
          id: "spectral",
          axes: ["width"],
          measure: "growth",
          tensorRules: [...rates, ...invertDecay(rates, "decay in proportion to the update, arXiv:2603.00541, table 3")],
          operationRules: [
            {
              quantity: "attentionLogitScale",
              exponents: { headDimension: -1 },
              source: "Yang et al. 2022 (arXiv:2203.03466), definition 4.1: muP's own, to which the condition is equivalent",
              evidence: ["paper", "derived"],
            },
          ],
          optimizerRules: [],
        },
      ],
      transfers: [
        { hyperparameter: "learningRate", axis: "width", transfer: "theory", source: `${paper}: equivalent to muP` },
        { hyperparameter: "initStd", axis: "width", transfer: "theory", source: `${paper}: equivalent to muP` },
      ],
    };
  },
};
