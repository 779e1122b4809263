import { componentContent } from "./component-content.ts";
import type { ParametrizationDefinition } from "../contract.ts";
import { horizonComponent } from "./horizon-rules.ts";

const paper = "Bjorck et al. 2024 (arXiv:2409.19913)";

/**
 * Longer runs want smaller learning rates, at a fixed batch size. Only the exponent is taken: the constant that circulates does not
 * reproduce, so the rule is anchored on a measured base.
 */
export const horizonBjorck: ParametrizationDefinition = {
  id: "horizon-bjorck",
  name: "Bjorck's horizon rule",
  summary:
    "learning rate x (horizon growth in tokens)^-beta at a fixed batch size; the opposite sign of horizon-step-law, which grows the batch",
  source: paper,
  kind: "component",
  options: [
    {
      name: "beta",
      meaning: "the learning rate falls like horizon^-beta",
      source: `${paper}, by size: 50M 0.70, 125M 0.65, 350M 0.38, 760M 0.3155, 1.3B 0.3171, 2.7B 0.42; about 0.32 from 760M on and in the joint fit with size; reviewers doubt one value for all sizes`,
      defaultValue: "0.32",
      allowed: { from: 0, to: 1 },
    },
  ],
  build: (options) =>
    componentContent({
      component: horizonComponent({
        id: "horizon-bjorck",
        exponent: 0 - options.number("beta"),
        axes: ["tokenHorizon"],
        families: ["adamLike"],
        source: `${paper}: exponent from two public re-uses of its table 5`,
        evidence: ["abstract"],
      }),
      optimizerFamilies: ["adamLike"],
      transfers: [
        {
          hyperparameter: "learningRate",
          axis: "tokenHorizon",
          transfer: "empirical",
          source: `${paper}: 50M to 2.7B parameters, up to 800B tokens, one batch size; steps and tokens were not varied apart`,
        },
      ],
    }),
};
