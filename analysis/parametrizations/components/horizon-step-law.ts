import { componentContent } from "./component-content.ts";
import type { ParametrizationDefinition } from "../contract.ts";
import { horizonComponent } from "./horizon-rules.ts";

const paper = "Li et al. 2025, Step Law (arXiv:2503.04715)";

/**
 * Learning rate 1.79 N^-0.713 D^0.307 while the batch follows 0.58 D^0.571 tokens. The sign is the opposite of `horizon-bjorck`: there the
 * batch stays. The square root of that batch gives +0.29 of the exponent. It speaks for the batch too, so that no batch rule counts it
 * twice; the two laws are shown side by side and never averaged.
 */
export const horizonStepLaw: ParametrizationDefinition = {
  id: "horizon-step-law",
  name: "Step Law's horizon rule",
  summary:
    "learning rate x (horizon growth in tokens)^+0.307 while the batch grows like horizon^0.571; the opposite sign of horizon-bjorck, which keeps the batch",
  source: paper,
  kind: "component",
  options: [],
  build: () =>
    componentContent({
      component: horizonComponent({
        id: "horizon-step-law",
        exponent: 0.307,
        axes: ["tokenHorizon", "batchSizeTokens"],
        families: ["adamLike"],
        source: `${paper}: D^0.307, tokens, with batch 0.58 D^0.571 tokens`,
        evidence: ["code"],
      }),
      optimizerFamilies: ["adamLike"],
      transfers: [
        {
          hyperparameter: "learningRate",
          axis: "tokenHorizon",
          transfer: "empirical",
          source: `${paper}, with the batch growing like horizon^0.571; Bjorck et al. 2024 (arXiv:2409.19913) find -0.32 at a fixed batch`,
        },
      ],
    }),
};
