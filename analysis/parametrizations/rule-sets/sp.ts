import type { ParametrizationDefinition } from "../contract.ts";
import { optimizerFamilies } from "../optimizers/contract.ts";

const frameworkDefaults = "PyTorch and TensorFlow defaults; Yang et al. 2022 (arXiv:2203.03466), table 3, column SP";

/**
 * Standard parametrization: what a framework does when nobody thinks about width. Variances follow 1/fanIn, one learning
 * rate for all tensors. Its optimal learning rate falls with width, which is what a transfer test is there to show.
 */
export const sp: ParametrizationDefinition = {
  id: "sp",
  name: "SP",
  summary: "standard parametrization: init variance 1/fanIn, one learning rate for every tensor",
  source: frameworkDefaults,
  kind: "set",
  options: [],
  build: () => ({
    initialDeviation: "framework",
    attentionBase: "inverseSquareRoot",
    optimizerFamilies,
    tiedEmbeddings: "input",
    components: [
      {
        id: "sp",
        axes: ["width"],
        measure: "growth",
        tensorRules: [
          {
            quantity: "initStd",
            roles: ["hidden", "output"],
            exponents: { fanIn: -1 / 2 },
            source: frameworkDefaults,
            evidence: ["paper"],
          },
        ],
        operationRules: [
          {
            quantity: "attentionLogitScale",
            exponents: { headDimension: -1 / 2 },
            source: "Vaswani et al. 2017 (arXiv:1706.03762), equation 1: q.k / sqrt(headDimension)",
            evidence: ["paper"],
          },
        ],
        optimizerRules: [],
      },
    ],
    transfers: [
      {
        hyperparameter: "learningRate",
        axis: "width",
        transfer: "none",
        source: "Yang et al. 2022 (arXiv:2203.03466), figure 1: the optimum falls as width grows",
      },
    ],
  }),
};
