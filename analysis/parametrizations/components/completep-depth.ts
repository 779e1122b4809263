import { componentContent } from "./component-content.ts";
import type { OptionDefinition, ParametrizationDefinition, RuleComponent, TransferClaim } from "../contract.ts";
import { depthComponent } from "./depth-rules.ts";
import { optimizerFamilies } from "../optimizers/contract.ts";

export const completepPaper = "Dey et al. 2025, CompleteP (arXiv:2505.01618)";
export const completepTable = `${completepPaper}, table 1; EleutherAI/nanoGPT-mup 6f8bc3b, branch completep`;

/**
 * 1 is the default: of the sources that compare, CompleteP finds that base values move with depth at 1/2 and stay at 1, and that every
 * layer learns features at 1 alone; arXiv:2603.00541 and arXiv:2512.05620 derive 1/depth for blocks of two products, which
 * transformers are made of.
 */
export const alphaOption: OptionDefinition = {
  name: "alpha",
  meaning: "branches x depth^-alpha; learning rate in blocks x depth^(alpha - 1) for Adam, depth^(2 alpha - 1) for SGD",
  source:
    "1: CompleteP, arXiv:2603.00541 and arXiv:2512.05620 for blocks of two products; 0.5: Tensor Programs VI (arXiv:2310.02244), one product a block",
  defaultValue: "1",
  allowed: { from: 0.5, to: 1 },
};

/** The rules over depth for an alpha; SGD's at 1/2 and 1 are stated, between them derived. */
export function completepDepthComponent(alpha: number, scalesEpsilon: boolean): RuleComponent {
  return depthComponent({
    id: "completep-depth",
    alpha,
    branch: { source: `${completepTable}: branches x depth^-alpha`, evidence: ["code", "golden"] },
    stated: {
      adamLike: {
        source: `${completepTable}: hidden weights, hidden biases and pre-LN x depth^(alpha - 1)`,
        evidence: ["code", "golden"],
      },
      ...(alpha === 1 ? { sgd: { source: "arXiv:2603.00541, table 5: SGD in blocks x depth", evidence: ["paper"] as const } } : {}),
    },
    epsilon: scalesEpsilon && {
      source: `${completepTable}: epsilon of residual blocks x depth^-alpha, as the gradients there`,
      evidence: ["code", "derived"],
    },
  });
}

/** What keeps its optimum over depth: everything at alpha = 1, the learning rate not at 1/2. Between, nobody measured. */
export function completepDepthClaims(alpha: number): readonly TransferClaim[] {
  const others: readonly string[] = ["weightDecay", "initStd", "embeddingMultiplier", "outputMultiplier", "epsilon"];
  if (alpha < 1)
    return [
      {
        hyperparameter: "learningRate",
        axis: "depth",
        transfer: "none",
        source: `${completepPaper}: base learning rates move with depth at alpha = 0.5, stay at 1; values between were not measured`,
      },
    ];
  return [
    { hyperparameter: "learningRate", axis: "depth", transfer: "theory", source: completepPaper },
    ...others.map((hyperparameter): TransferClaim => ({ hyperparameter, axis: "depth", transfer: "empirical", source: completepPaper })),
  ];
}

/** CompleteP's rule over depth, for composition with any set for width. */
export const completepDepth: ParametrizationDefinition = {
  id: "completep-depth",
  name: "CompleteP depth",
  summary: "branches x depth^-alpha, learning rate in blocks x depth^(alpha - 1) for Adam",
  source: completepTable,
  kind: "component",
  options: [
    alphaOption,
    {
      name: "epsilon",
      meaning: "Adam's epsilon inside blocks x depth^-alpha, or left alone",
      source: `blocks: ${completepTable}; none: microsoft/mup 1981497 scales no epsilon`,
      defaultValue: "blocks",
      allowed: ["blocks", "none"],
    },
  ],
  build: (options) =>
    componentContent({
      component: completepDepthComponent(options.number("alpha"), options.word("epsilon") === "blocks"),
      optimizerFamilies,
      transfers: completepDepthClaims(options.number("alpha")),
    }),
};
