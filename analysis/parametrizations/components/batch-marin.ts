import { tensorRoles } from "../../study/word-lists.ts";
import { componentContent } from "./component-content.ts";
import type { ParametrizationDefinition, TensorRule } from "../contract.ts";

const marin = "Marin's published recipe (a footnote of its DNA report)";

/**
 * An adapted SDE rule: matrices of blocks by AdamH, whose horizon exponent was measured, all other tensors by Adam's kappa^1/2. Of AdamH only
 * the learning rate is taken over: keeping matrices at a fixed norm is the trainer's doing. Its cut of beta2 is left to the check of range.
 */
export const batchMarin: ParametrizationDefinition = {
  id: "batch-marin",
  name: "Marin's batch and horizon rule",
  summary:
    "hidden learning rate sqrt(batch growth) x horizon growth^-0.3, other tensors kappa^1/2, epsilon kappa^-1/2, 1 - beta2 x batch growth",
  source: marin,
  kind: "component",
  options: [],
  build: () => {
    const adam = (fields: Pick<TensorRule, "quantity" | "roles" | "exponents" | "source">): TensorRule => ({
      families: ["adamLike"],
      evidence: ["abstract"],
      ...fields,
    });
    return componentContent({
      component: {
        id: "batch-marin",
        axes: ["batchSizeTokens", "tokenHorizon"],
        measure: "growth",
        tensorRules: [
          adam({
            quantity: "learningRate",
            roles: ["hidden"],
            exponents: { batchSizeTokens: 1 / 2, tokenHorizon: -0.3 },
            source: `${marin}: AdamH, exponent 0.3 measured, not 0.5`,
          }),
          adam({
            quantity: "learningRate",
            roles: tensorRoles.filter((role) => role !== "hidden"),
            exponents: { batchSizeTokens: 1 / 2, tokenHorizon: -1 / 2 },
            source: `${marin}: Adam, sqrt(kappa)`,
          }),
          adam({
            quantity: "epsilon",
            roles: tensorRoles,
            exponents: { batchSizeTokens: -1 / 2, tokenHorizon: 1 / 2 },
            source: `${marin}: kappa^-1/2`,
          }),
        ],
        operationRules: [],
        optimizerRules: [
          {
            quantity: "oneMinusBeta2",
            families: ["adamLike"],
            exponents: { batchSizeTokens: 1 },
            source: `${marin}: beta2^(batch growth), to first order`,
            evidence: ["abstract", "derived"],
          },
        ],
      },
      optimizerFamilies: ["adamLike"],
      transfers: [
        { hyperparameter: "learningRate", axis: "batchSizeTokens", transfer: "empirical", source: marin },
        { hyperparameter: "learningRate", axis: "tokenHorizon", transfer: "empirical", source: marin },
      ],
    });
  },
};
