import { type OptimizerFamily, optimizerFamilies } from "../../../../analysis/parametrizations/optimizers/contract.ts";
import { everywhere, nothing, type PaperRow, type PaperTable, row } from "./format.ts";

const adam: readonly OptimizerFamily[] = ["adamLike"];
const sgd: readonly OptimizerFamily[] = ["sgd"];
const shapes = nothing(optimizerFamilies, "initStd", "forwardMultiplier", "dampingFanIn", "dampingFanOut");
const decayAndEpsilon = nothing(optimizerFamilies, "weightDecay", "epsilon");

/** Goyal et al. 2017 (arXiv:1706.02677): linear. */
export const batchLinear: PaperTable = {
  tensors: [...shapes, ...decayAndEpsilon, row("learningRate", sgd, everywhere({ batchSizeTokens: 1 }))],
};

/** Malladi et al. 2022 (arXiv:2205.10287): the square root alone. */
export const batchSquareRoot: PaperTable = {
  tensors: [...shapes, ...decayAndEpsilon, row("learningRate", adam, everywhere({ batchSizeTokens: 0.5 }))],
};

/**
 * kappa = batch / horizon: Adam kappa^1/2, epsilon kappa^-1/2, 1 - betas kappa, PyTorch's decay kappa^1/2, independent decay kappa; SGD kappa
 * (parametrizations.md section 4).
 */
export const sdeRows: readonly PaperRow[] = [
  ...shapes,
  row("learningRate", adam, everywhere({ batchSizeTokens: 0.5, tokenHorizon: -0.5 })),
  row("epsilon", adam, everywhere({ batchSizeTokens: -0.5, tokenHorizon: 0.5 })),
  row("weightDecay", adam, everywhere({ batchSizeTokens: 0.5, tokenHorizon: -0.5 })),
  { ...row("weightDecay", [...adam, ...sgd], everywhere({ batchSizeTokens: 1, tokenHorizon: -1 })), weightDecayKinds: ["independent"] },
  row("learningRate", sgd, everywhere({ batchSizeTokens: 1, tokenHorizon: -1 })),
  ...nothing(sgd, "epsilon", "weightDecay"),
];
export const sdeBetas = {
  oneMinusBeta1: { batchSizeTokens: 1, tokenHorizon: -1 },
  oneMinusBeta2: { batchSizeTokens: 1, tokenHorizon: -1 },
};
export const batchSde: PaperTable = { tensors: sdeRows, betas: sdeBetas, betaFamilies: adam };

/** Marin's recipe: AdamH sqrt(B) T^-0.3, Adam kappa^1/2, epsilon kappa^-1/2, beta2^(B). */
export const batchMarin: PaperTable = {
  tensors: [
    ...shapes,
    row("learningRate", adam, {
      ...everywhere({ batchSizeTokens: 0.5, tokenHorizon: -0.5 }),
      hidden: { batchSizeTokens: 0.5, tokenHorizon: -0.3 },
    }),
    row("epsilon", adam, everywhere({ batchSizeTokens: -0.5, tokenHorizon: 0.5 })),
    ...nothing(adam, "weightDecay"),
  ],
  betas: { oneMinusBeta2: { batchSizeTokens: 1 } },
};

function horizon(families: readonly OptimizerFamily[], exponent: number): PaperTable {
  return { tensors: [...shapes, ...decayAndEpsilon, row("learningRate", families, everywhere({ tokenHorizon: exponent }))] };
}
/** Bjorck et al. 2024 (arXiv:2409.19913): -0.32, at 125M -0.65. */
export const horizonBjorck = horizon(adam, -0.32);
export const horizonBjorck125M = horizon(adam, -0.65);
/** Li et al. 2025 (arXiv:2503.04715): +0.307. */
export const horizonStepLaw = horizon(adam, 0.307);
/** Nothing until an exponent is given. */
export const horizonFitted = horizon(optimizerFamilies, 0);
export const horizonFittedGiven = horizon(optimizerFamilies, -0.25);
