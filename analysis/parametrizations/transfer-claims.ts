import type { Evidence, TransferClaim } from "./contract.ts";

/** What a paper says of a hyperparameter, whether or not Ladder has its rule set. */
export interface PublishedClaim extends TransferClaim {
  readonly evidence: readonly Evidence[];
  /** Under which rule set it was said. */
  readonly under: string;
}

/** What a study may vary that no rule set resolves: choices of the model, the data or the schedule. */
export const unresolvedChoices = [
  "momentum",
  "betas",
  "schedule",
  "dropout",
  "normGains",
  "inverseSquareRootAttention",
  "sequenceLength",
  "biases",
  "zeroQueryInit",
] as const;

type ClaimSubject = Pick<PublishedClaim, "source" | "evidence" | "under">;
type ClaimObject = Omit<PublishedClaim, keyof ClaimSubject>;

function claims(subject: ClaimSubject, ...objects: readonly ClaimObject[]): readonly PublishedClaim[] {
  return objects.map((object) => ({ ...object, ...subject }));
}

const axes = ["width", "depth", "batchSizeTokens", "tokenHorizon"] as const;

/**
 * What transfers, source by source. Three readings contradict each other on purpose: weight decay (no by Tensor Programs V and Lingle, yes
 * by u-muP and munit with decay independent of the learning rate), and Lion under muP.
 */
export const publishedClaims: readonly PublishedClaim[] = [
  ...claims(
    { source: "Yang et al. 2022, Tensor Programs V (arXiv:2203.03466), tables 1 and 2", evidence: ["abstract"], under: "mup" },
    ...["learningRate", "momentum", "betas", "schedule", "initStd", "embeddingMultiplier", "outputMultiplier"].map(
      (hyperparameter): ClaimObject => ({ hyperparameter, axis: "width", transfer: "theory" }),
    ),
    ...(["depth", "batchSizeTokens", "tokenHorizon"] as const).map(
      (axis): ClaimObject => ({ hyperparameter: "learningRate", axis, transfer: "empirical" }),
    ),
    { hyperparameter: "sequenceLength", axis: "width", transfer: "empirical" },
    ...["dropout", "weightDecay"].map((hyperparameter): ClaimObject => ({ hyperparameter, axis: "width", transfer: "none" })),
  ),
  ...claims(
    { source: "Lingle 2024 (arXiv:2404.05728)", evidence: ["abstract"], under: "mup:form=3" },
    ...["learningRate", "zeroQueryInit", "biases", "schedule"].map(
      (hyperparameter): ClaimObject => ({ hyperparameter, axis: "width", transfer: "empirical" }),
    ),
    { hyperparameter: "learningRate", axis: "batchSizeTokens", transfer: "empirical" },
    ...["weightDecay", "normGains", "inverseSquareRootAttention"].map(
      (hyperparameter): ClaimObject => ({ hyperparameter, axis: "width", transfer: "none" }),
    ),
  ),
  ...claims(
    { source: "Blake et al. 2024, u-muP (arXiv:2407.17465)", evidence: ["abstract"], under: "u-mup" },
    ...axes.map((axis): ClaimObject => ({ hyperparameter: "learningRate", axis, transfer: "empirical" })),
    ...["residualMultiplier", "attentionResidualRatio", "attentionMultiplier", "activationMultiplier", "lossMultiplier", "weightDecay"].map(
      (hyperparameter): ClaimObject => ({ hyperparameter, axis: "width", transfer: "empirical" }),
    ),
    { hyperparameter: "normGains", axis: "width", transfer: "none" },
  ),
  ...claims(
    { source: "Dey et al. 2025, CompleteP (arXiv:2505.01618)", evidence: ["code"], under: "completep" },
    ...(["width", "depth"] as const).flatMap((axis) =>
      ["learningRate", "weightDecay", "initStd", "embeddingMultiplier", "outputMultiplier", "epsilon"].map(
        (hyperparameter): ClaimObject => ({ hyperparameter, axis, transfer: "empirical" }),
      ),
    ),
  ),
  ...claims(
    { source: "Dey et al. 2025, CompleteP (arXiv:2505.01618)", evidence: ["code"], under: "completep:alpha=0.5" },
    { hyperparameter: "learningRate", axis: "depth", transfer: "none" },
  ),
  ...claims(
    { source: "Narayan et al. 2025 (arXiv:2502.05967)", evidence: ["paper"], under: "munit" },
    ...["learningRate", "weightDecay"].map((hyperparameter): ClaimObject => ({ hyperparameter, axis: "width", transfer: "empirical" })),
    { hyperparameter: "residualTau", axis: "depth", transfer: "none" },
  ),
  ...claims(
    { source: "Qiu et al. 2025 (arXiv:2512.05620): Muon, and Shampoo and SOAP in blocks", evidence: ["paper"], under: "mup:form=3" },
    { hyperparameter: "learningRate", axis: "width", transfer: "empirical" },
  ),
  ...claims(
    {
      source: "Qiu et al. 2025 (arXiv:2512.05620): SOAP, grafted Shampoo and AdaMuon without blocks, whose optimum drifts up",
      evidence: ["paper"],
      under: "mup:form=3",
    },
    { hyperparameter: "learningRate", axis: "width", transfer: "none" },
  ),
  ...claims(
    {
      source: "Qiu et al. 2025 (arXiv:2512.05620), section 3.4: independent decay falls like 1/width at about 20 tokens a parameter",
      evidence: ["paper"],
      under: "mup:weight-decay=inverse-width",
    },
    { hyperparameter: "weightDecay", axis: "width", transfer: "empirical" },
  ),
  ...claims(
    { source: "Everett et al. 2024 (arXiv:2407.05872)", evidence: ["abstract"], under: "everett" },
    { hyperparameter: "learningRate", axis: "width", transfer: "empirical" },
    { hyperparameter: "epsilon", axis: "width", transfer: "none" },
  ),
  ...claims(
    {
      source: "Wang and Aitchison 2024 (arXiv:2405.13698): the timescale in epochs stays, so the coefficient moves",
      evidence: ["abstract"],
      under: "mup",
    },
    { hyperparameter: "weightDecay", axis: "tokenHorizon", transfer: "none" },
    { hyperparameter: "weightDecay", axis: "width", transfer: "none" },
  ),
  ...claims(
    { source: "Bjorck et al. 2024 (arXiv:2409.19913)", evidence: ["abstract"], under: "mup" },
    { hyperparameter: "learningRate", axis: "tokenHorizon", transfer: "none" },
  ),
  ...claims(
    { source: "Ren et al. 2026, HyperP (arXiv:2603.28743)", evidence: ["abstract", "code"], under: "muonh:token-exponent=0.32" },
    { hyperparameter: "learningRate", axis: "width", transfer: "theory" },
    { hyperparameter: "learningRate", axis: "depth", transfer: "empirical" },
    { hyperparameter: "learningRate", axis: "tokenHorizon", transfer: "empirical" },
  ),
];
