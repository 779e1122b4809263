import { tensorRoles } from "../../study/word-lists.ts";
import { componentContent } from "./component-content.ts";
import type { ParametrizationDefinition } from "../contract.ts";

const goyal = "Goyal et al. 2017 (arXiv:1706.02677)";

/** SGD's learning rate in proportion to the batch; other optimizers have no such rule and are refused. */
export const batchLinear: ParametrizationDefinition = {
  id: "batch-linear",
  name: "linear batch rule",
  summary: "SGD's learning rate x batch growth; no other optimizer",
  source: goyal,
  kind: "component",
  options: [],
  build: () =>
    componentContent({
      component: {
        id: "batch-linear",
        axes: ["batchSizeTokens"],
        measure: "growth",
        tensorRules: [
          {
            quantity: "learningRate",
            roles: tensorRoles,
            families: ["sgd"],
            exponents: { batchSizeTokens: 1 },
            source: `${goyal}; the SDE limit of SGD, Li et al. 2019 (arXiv:1811.01558)`,
            evidence: ["abstract"],
          },
        ],
        operationRules: [],
        optimizerRules: [],
      },
      optimizerFamilies: ["sgd"],
      transfers: [
        {
          hyperparameter: "learningRate",
          axis: "batchSizeTokens",
          transfer: "empirical",
          source: `${goyal}: up to batches of 8,192 images, with warm-up; below the critical batch size`,
        },
      ],
    }),
};
