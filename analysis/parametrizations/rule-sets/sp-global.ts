import { tensorRoles } from "../../study/trainer-contract.ts";
import type { ParametrizationDefinition, TensorRule } from "../contract.ts";
import { readOptions } from "../options.ts";
import { sp } from "./sp.ts";

const munitPaper = "Narayan et al. 2025 (arXiv:2502.05967), section 3.2";

/** Half the coefficient at every scale, the base included: it is no power of anything. */
const halvedDecay: TensorRule = {
  quantity: "weightDecay",
  roles: tensorRoles,
  weightDecayKinds: ["coupled", "decoupled", "independent", "constantTimescale"],
  exponents: {},
  constant: 1 / 2,
  source: `${munitPaper}: SP with eta ~ 1/width and lambda halved, read as half the coefficient at every scale`,
  evidence: ["paper"],
};

/**
 * Standard parametrization where there is only one learning rate to set: it falls like 1/width for every tensor, since hidden tensors
 * need that under Adam. What does not need it, the embedding first of all, then learns too slowly: a first-order advice, no rule.
 * Its width is the model's, one number.
 */
export const spGlobal: ParametrizationDefinition = {
  id: "sp-global",
  name: "SP, one learning rate",
  summary: "standard parametrization with one learning rate for every tensor that falls like 1/width; Adam-like optimizers",
  source: munitPaper,
  kind: "set",
  options: [
    {
      name: "weight-decay",
      meaning: "the study's coefficient at every scale, or half of it at every scale, the base included",
      source: `constant: frameworks; halved: ${munitPaper}`,
      defaultValue: "constant",
      allowed: ["constant", "halved"],
    },
  ],
  build: (options) => {
    const standard = sp.build(readOptions(sp, ""));
    return {
      ...standard,
      optimizerFamilies: ["adamLike"],
      components: standard.components.map((component) => ({
        ...component,
        id: "sp-global",
        tensorRules: [
          ...component.tensorRules,
          {
            quantity: "learningRate",
            roles: tensorRoles,
            families: ["adamLike"],
            exponents: { width: -1 },
            source: `${munitPaper}: eta x base width / width for all tensors`,
            evidence: ["paper"],
          },
          ...(options.word("weight-decay") === "halved" ? [halvedDecay] : []),
        ],
      })),
      transfers: [
        {
          hyperparameter: "learningRate",
          axis: "width",
          transfer: "none",
          source: `${munitPaper}: used for want of a rule; the best exponents differ by layer (Everett et al. 2024, arXiv:2407.05872)`,
        },
      ],
    };
  },
};
