import { componentContent } from "./component-content.ts";
import type { ParametrizationDefinition } from "../contract.ts";
import { optimizerFamilies } from "../optimizers/contract.ts";

const frameworks = "GPT-2; kept by nanoGPT-mup b2a5e60, Megatron-LM d98e8a64 and Cerebras modelzoo f1fd1e0";

/**
 * The projections that end residual branches start smaller by sqrt of the number of branches. It speaks for depth, and so is
 * refused beside a depth multiplier: both together shrink the branches twice, the commonest slip in code that has both switches.
 */
export const gpt2ResidualInit: ParametrizationDefinition = {
  id: "gpt2-residual-init",
  name: "GPT-2 residual init",
  summary: "output projections of residual branches start x 1/sqrt(number of branches): 1/sqrt(2 depth) in a transformer, base included",
  source: frameworks,
  kind: "component",
  options: [],
  build: () =>
    componentContent({
      component: {
        id: "gpt2-residual-init",
        axes: ["depth"],
        // The frameworks write 1/sqrt(2 depth) itself: the base model starts smaller too.
        measure: "size",
        tensorRules: [
          {
            quantity: "initStd",
            roles: ["hidden"],
            where: { insideBlock: true, modules: ["attention.output", "feedForward.down"] },
            exponents: { depth: -1 / 2 },
            constant: Math.SQRT1_2,
            source: `${frameworks}: std / sqrt(2 x layers)`,
            evidence: ["code"],
          },
          {
            quantity: "initStd",
            roles: ["hidden"],
            where: { insideBlock: true, modules: ["feedForward.second"] },
            exponents: { depth: -1 / 2 },
            source: "the same with one branch a block: std / sqrt(branches)",
            evidence: ["derived"],
          },
        ],
        operationRules: [],
        optimizerRules: [],
      },
      optimizerFamilies,
      transfers: [
        {
          hyperparameter: "learningRate",
          axis: "depth",
          transfer: "none",
          source:
            "it holds the variance of the stream at the start and says nothing of updates (Dey et al. 2025, arXiv:2505.01618: muP's optimum moves with depth)",
        },
      ],
    }),
};
