import { componentContent } from "./component-content.ts";
import type { ParametrizationDefinition } from "../contract.ts";
import { depthComponent } from "./depth-rules.ts";
import { optimizerFamilies } from "../optimizers/contract.ts";

const paper = "Yang et al. 2023, Tensor Programs VI (arXiv:2310.02244)";

/** Depth-muP: branches and, for steps of a size of their own, learning rates in blocks fall like 1/sqrt(depth). */
export const depthMup: ParametrizationDefinition = {
  id: "depth-mup",
  name: "depth-μP",
  summary: "branches x depth^-1/2; learning rate in blocks x depth^-1/2 for Adam, constant for SGD",
  source: paper,
  kind: "component",
  options: [
    {
      name: "epsilon",
      meaning: "Adam's epsilon inside blocks: left alone, or x depth^-1/2 as the gradients there",
      source: "none: Tensor Programs VI does not speak of it; blocks: CompleteP's table at alpha = 1/2 (arXiv:2505.01618)",
      defaultValue: "none",
      allowed: ["none", "blocks"],
    },
  ],
  build: (options) =>
    componentContent({
      component: depthComponent({
        id: "depth-mup",
        alpha: 1 / 2,
        branch: { source: `${paper}; the row alpha = 1/2 of CompleteP's table 1 (arXiv:2505.01618)`, evidence: ["abstract", "golden"] },
        stated: {
          adamLike: { source: `${paper}; the row alpha = 1/2 of CompleteP's table 1 (arXiv:2505.01618)`, evidence: ["abstract", "golden"] },
          sgd: { source: `${paper}: constant`, evidence: ["abstract", "derived"] },
        },
        epsilon:
          options.word("epsilon") === "none"
            ? false
            : { source: "arXiv:2505.01618, table 1, at alpha = 1/2", evidence: ["code", "derived"] },
      }),
      optimizerFamilies,
      transfers: [
        {
          hyperparameter: "learningRate",
          axis: "depth",
          transfer: "theory",
          source: `${paper}, for one product a block; blocks of two or more have no perfect rule there, and transformers do not transfer in CompleteP's runs at alpha = 1/2 (arXiv:2505.01618)`,
        },
      ],
    }),
};
