import { tensorRoles } from "../../study/word-lists.ts";
import { componentContent } from "./component-content.ts";
import type { ParametrizationDefinition } from "../contract.ts";

const sde = "Malladi et al. 2022 (arXiv:2205.10287)";

/** Adam's learning rate like the square root of the batch, and nothing else: betas, epsilon and decay stay, unlike under `batch-sde`. */
export const batchSquareRoot: ParametrizationDefinition = {
  id: "batch-square-root",
  name: "square-root batch rule",
  summary: "Adam's learning rate x sqrt(batch growth); betas, epsilon and weight decay stay",
  source: sde,
  kind: "component",
  options: [],
  build: () =>
    componentContent({
      component: {
        id: "batch-square-root",
        axes: ["batchSizeTokens"],
        measure: "growth",
        tensorRules: [
          {
            quantity: "learningRate",
            roles: tensorRoles,
            families: ["adamLike"],
            exponents: { batchSizeTokens: 1 / 2 },
            source: `${sde}: the square root; without its betas and epsilon`,
            evidence: ["abstract"],
          },
        ],
        operationRules: [],
        optimizerRules: [],
      },
      optimizerFamilies: ["adamLike"],
      transfers: [
        {
          hyperparameter: "learningRate",
          axis: "batchSizeTokens",
          transfer: "empirical",
          source: `${sde}, below the critical batch size; betas and epsilon that stay are a deviation from it`,
        },
      ],
    }),
};
