import { sdeComponent } from "../components/batch-sde.ts";
import { completepComponents, completepOptions, completepWidthClaims } from "./completep.ts";
import { completepDepthClaims } from "../components/completep-depth.ts";
import type { ParametrizationDefinition, TransferClaim } from "../contract.ts";
import { moduleQuantities } from "../hyperparameters.ts";

const paper = "Mlodozeniec et al. 2025, Complete(d)P (arXiv:2512.22382)";

/**
 * CompleteP with batch size and duration inside the rule. Its base values may be given for single modules, as `learningRate@attention.query`,
 * and are carried as the others are. Gains of query and key norms keep their epsilon as long as heads keep their size, since it
 * follows a tensor's own fan-out. A readout without multiplier (form 3) has an epsilon that does not scale: the same rule by abc-symmetry.
 */
export const completedp: ParametrizationDefinition = {
  id: "completedp",
  name: "Complete(d)P",
  summary: "CompleteP over width and depth, the SDE rule over batch and tokens: learning rate, betas, epsilon and decay; values per module",
  source: paper,
  kind: "set",
  options: [
    ...completepOptions,
    {
      name: "token-exponent",
      meaning: "Adam's learning rate falls like horizon^-exponent; decay of a step, betas and epsilon keep the rule's kappa",
      source: `0.5: ${paper}, from the SDE; Marin's report measured 0.3, Bjorck et al. 2024 (arXiv:2409.19913) 0.32 at a fixed batch`,
      defaultValue: "0.5",
      allowed: { from: 0, to: 1 },
    },
  ],
  build: (options) => {
    const content = completepComponents(options);
    const axes = ["width", "depth", "batchSizeTokens", "tokenHorizon"] as const;
    return {
      ...content,
      components: [...content.components, sdeComponent("completedp-sde", 0 - options.number("token-exponent"))],
      optimizerFamilies: ["adamLike"],
      transfers: [
        ...completepWidthClaims,
        ...completepDepthClaims(options.number("alpha")),
        ...(["batchSizeTokens", "tokenHorizon"] as const).map(
          (axis): TransferClaim => ({ hyperparameter: "learningRate", axis, transfer: "empirical", source: `${paper}, abstract` }),
        ),
        ...moduleQuantities.flatMap((quantity) =>
          axes.map(
            (axis): TransferClaim => ({ hyperparameter: `${quantity}@module`, axis, transfer: "empirical", source: `${paper}, abstract` }),
          ),
        ),
      ],
    };
  },
};
