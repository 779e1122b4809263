import { componentContent } from "./component-content.ts";
import type { ParametrizationDefinition } from "../contract.ts";
import { horizonComponent } from "./horizon-rules.ts";
import { optimizerFamilies } from "../optimizers/contract.ts";

const source = "your own fit: the slope of ln(best learning rate) on ln(token horizon), as ladder transfer --axis tokenHorizon prints it";

/** The exponent that a sweep of one's own gave, with its sign, for any optimizer. */
export const horizonFitted: ParametrizationDefinition = {
  id: "horizon-fitted",
  name: "fitted horizon rule",
  summary: "learning rate x (horizon growth in tokens)^exponent, with the exponent and sign that your own sweep gave",
  source,
  kind: "component",
  options: [
    {
      name: "exponent",
      meaning: "with its sign: -0.3 for learning rates that fall as runs get longer; 0, no change, until it is given",
      source,
      defaultValue: "0",
      allowed: { from: -2, to: 2 },
    },
  ],
  build: (options) =>
    componentContent({
      component: horizonComponent({
        id: "horizon-fitted",
        exponent: options.number("exponent"),
        axes: ["tokenHorizon"],
        families: optimizerFamilies,
        source,
        evidence: ["derived"],
      }),
      optimizerFamilies,
      transfers: [{ hyperparameter: "learningRate", axis: "tokenHorizon", transfer: "empirical", source }],
    }),
};
