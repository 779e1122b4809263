import { componentContent } from "./component-content.ts";
import type { ParametrizationDefinition, RuleComponent, TensorRule } from "../contract.ts";
import { tensorRoles } from "../../study/word-lists.ts";

const sde = "Malladi et al. 2022 (arXiv:2205.10287)";

/**
 * The rules of one number, kappa = (batch / base batch) / (horizon / base horizon): batches kappa times as large and steps fewer in
 * proportion follow the same stochastic differential equation. Adam: learning rate kappa^1/2, 1 - beta kappa, epsilon kappa^-1/2, decay a step
 * kappa. SGD: learning rate kappa. Below the critical batch size only.
 *
 * @param horizonExponent of the horizon in Adam's learning rate: -1/2 is the rule's own
 */
export function sdeComponent(id: string, horizonExponent = -1 / 2): RuleComponent {
  const measuredHorizon = horizonExponent !== -1 / 2;
  const rule = (
    fields: Pick<TensorRule, "quantity" | "families" | "exponents" | "source" | "evidence" | "weightDecayKinds">,
  ): TensorRule => ({
    roles: tensorRoles,
    ...fields,
  });
  return {
    id,
    axes: ["batchSizeTokens", "tokenHorizon"],
    measure: "growth",
    tensorRules: [
      rule({
        quantity: "learningRate",
        families: ["adamLike"],
        exponents: { batchSizeTokens: 1 / 2, tokenHorizon: horizonExponent },
        source: measuredHorizon
          ? `${sde}, square root of the batch; the horizon's exponent as given`
          : `${sde}, square root; over the horizon too: Mlodozeniec et al. 2025 (arXiv:2512.22382)`,
        evidence: ["abstract"],
      }),
      rule({
        quantity: "epsilon",
        families: ["adamLike"],
        exponents: { batchSizeTokens: -1 / 2, tokenHorizon: 1 / 2 },
        source: `${sde}: kappa^-1/2, as the noise of the gradient`,
        evidence: ["abstract", "derived"],
      }),
      rule({
        quantity: "weightDecay",
        families: ["adamLike"],
        weightDecayKinds: ["decoupled"],
        // learningRate x weightDecay, the decay of a step, goes like kappa: the share of the run that a weight remembers stays.
        exponents: { batchSizeTokens: 1 / 2, tokenHorizon: -1 - horizonExponent },
        source: `derived from ${sde}: decay over the run stays, so that of a step goes like kappa`,
        evidence: ["derived"],
      }),
      rule({
        quantity: "weightDecay",
        families: ["adamLike", "sgd"],
        weightDecayKinds: ["independent"],
        exponents: { batchSizeTokens: 1, tokenHorizon: -1 },
        source: `derived from ${sde}: independent decay is the decay of a step itself, kappa`,
        evidence: ["derived"],
      }),
      rule({
        quantity: "learningRate",
        families: ["sgd"],
        exponents: { batchSizeTokens: 1, tokenHorizon: -1 },
        source: "Goyal et al. 2017 (arXiv:1706.02677): linear; kappa over the horizon too (derived as for Adam)",
        evidence: ["abstract", "derived"],
      }),
    ],
    operationRules: [],
    optimizerRules: (["oneMinusBeta1", "oneMinusBeta2"] as const).map((quantity) => ({
      quantity,
      families: ["adamLike"],
      exponents: { batchSizeTokens: 1, tokenHorizon: -1 },
      source: `${sde}: 1 - beta x kappa; equal to beta^kappa to first order`,
      evidence: ["abstract", "derived"],
    })),
  };
}

/** Adam and SGD over batch size and token horizon by their stochastic differential equation. */
export const batchSde: ParametrizationDefinition = {
  id: "batch-sde",
  name: "SDE batch rule",
  summary:
    "kappa = batch growth / horizon growth: Adam learning rate kappa^1/2, 1 - betas kappa, epsilon kappa^-1/2, decay a step kappa; SGD kappa",
  source: `${sde}; over the horizon: Mlodozeniec et al. 2025 (arXiv:2512.22382)`,
  kind: "component",
  options: [],
  build: () =>
    componentContent({
      component: sdeComponent("batch-sde"),
      optimizerFamilies: ["adamLike", "sgd"],
      transfers: [
        {
          hyperparameter: "learningRate",
          axis: "batchSizeTokens",
          transfer: "theory",
          source: `${sde}, below the critical batch size; beyond it the optimum rises, then falls (arXiv:2405.14578)`,
        },
        {
          hyperparameter: "learningRate",
          axis: "tokenHorizon",
          transfer: "empirical",
          source:
            "Mlodozeniec et al. 2025 (arXiv:2512.22382): exponent 1/2; Marin's report measured 0.3, Bjorck et al. 2024 (arXiv:2409.19913) 0.32",
        },
        {
          hyperparameter: "weightDecay",
          axis: "batchSizeTokens",
          transfer: "empirical",
          source:
            "Bergsma et al. 2025, Power Lines (arXiv:2505.13738): optimum linear in the batch at a fixed model and horizon, batch / (learningRate weightDecay horizon) a power of tokens per parameter",
        },
        {
          hyperparameter: "weightDecay",
          axis: "tokenHorizon",
          transfer: "empirical",
          source:
            "Bergsma et al. 2025, Power Lines (arXiv:2505.13738): the timescale over the run falls as a power of tokens per parameter, which this rule keeps constant",
        },
      ],
    }),
};
