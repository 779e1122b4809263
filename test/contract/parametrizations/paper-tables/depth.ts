import { type OptimizerFamily, optimizerFamilies } from "../../../../analysis/parametrizations/optimizers/contract.ts";
import { insideBlocks, nothing, type PaperRow, type PaperTable, row } from "./format.ts";

/** Steps of a size of their own, whatever the gradient's. */
const normalised: readonly OptimizerFamily[] = [
  "adamLike",
  "adafactorScaled",
  "muon",
  "muonSpectral",
  "muonMatchRms",
  "muonJordan",
  "sphereMuon",
  "soap",
  "adaMuon",
];
const followsGradient: readonly OptimizerFamily[] = ["sgd", "foof"];
const withEpsilon: readonly OptimizerFamily[] = ["adamLike", "muon", "muonSpectral", "muonMatchRms", "muonJordan", "sphereMuon", "soap"];
const shampooQuarter = "shampoo";
const shampooHalf = "shampoo:left=0.5,right=0.5";
const shampooUneven = "shampoo:left=0.5,right=0.25,block=8";

function depth(exponent: number): PaperRow["exponents"] {
  return insideBlocks({ depth: exponent });
}
function shampoo(quantity: PaperRow["quantity"], optimizer: string, exponent: number): PaperRow {
  return { ...row(quantity, ["shampoo"], depth(exponent)), optimizer };
}
const noInit = nothing(optimizerFamilies, "initStd", "forwardMultiplier");
const noEpsilon = nothing(optimizerFamilies, "epsilon");
function epsilon(exponent: number): readonly PaperRow[] {
  return [
    row("epsilon", withEpsilon, depth(exponent)),
    ...nothing(
      optimizerFamilies.filter((family) => !withEpsilon.includes(family)),
      "epsilon",
    ),
  ];
}
/** Squares of gradients: Shampoo's statistics, K-FAC's output side. */
function dampings(exponent: number): readonly PaperRow[] {
  return [
    row("dampingFanIn", ["shampoo"], depth(exponent)),
    row("dampingFanOut", ["shampoo", "kfac"], depth(exponent)),
    ...nothing(
      optimizerFamilies.filter((family) => family !== "shampoo"),
      "dampingFanIn",
    ),
    ...nothing(
      optimizerFamilies.filter((family) => family !== "shampoo" && family !== "kfac"),
      "dampingFanOut",
    ),
  ];
}

/** Tensor Programs VI (arXiv:2310.02244) for Adam and SGD; the row alpha = 1/2 of CompleteP's table. Shampoo and K-FAC by their gradient's power. */
const half: readonly PaperRow[] = [
  ...noInit,
  row("learningRate", normalised, depth(-0.5)),
  row("learningRate", followsGradient, depth(0)),
  row("learningRate", ["kfac"], depth(-1)),
  shampoo("learningRate", shampooQuarter, -0.5),
  shampoo("learningRate", shampooHalf, -1),
  shampoo("learningRate", shampooUneven, -0.75),
  ...nothing(normalised, "weightDecay"),
  row("weightDecay", followsGradient, depth(-0.5)),
  row("weightDecay", ["kfac"], depth(0.5)),
  shampoo("weightDecay", shampooQuarter, 0),
  shampoo("weightDecay", shampooHalf, 0.5),
  shampoo("weightDecay", shampooUneven, 0.25),
  ...dampings(-1),
];
const one: readonly PaperRow[] = [
  ...noInit,
  ...nothing(normalised, "learningRate", "weightDecay"),
  row("learningRate", followsGradient, depth(1)),
  row("learningRate", ["kfac"], depth(-1)),
  shampoo("learningRate", shampooQuarter, 0),
  shampoo("learningRate", shampooHalf, -1),
  shampoo("learningRate", shampooUneven, -0.5),
  row("weightDecay", followsGradient, depth(-1)),
  row("weightDecay", ["kfac"], depth(1)),
  shampoo("weightDecay", shampooQuarter, 0),
  shampoo("weightDecay", shampooHalf, 1),
  shampoo("weightDecay", shampooUneven, 0.5),
  ...dampings(-2),
];

export const depthMup: PaperTable = { tensors: [...half, ...noEpsilon], branchMultiplier: { depth: -0.5 } };
export const depthMupEpsilon: PaperTable = { tensors: [...half, ...epsilon(-0.5)], branchMultiplier: { depth: -0.5 } };

/** Bordelon et al. 2023 (arXiv:2309.16620): the branch alone. */
export const bordelon: PaperTable = {
  tensors: nothing(
    optimizerFamilies,
    "initStd",
    "forwardMultiplier",
    "learningRate",
    "weightDecay",
    "epsilon",
    "dampingFanIn",
    "dampingFanOut",
  ),
  branchMultiplier: { depth: -0.5 },
};

/** Dey et al. 2025 (arXiv:2505.01618), table 1, at alpha = 1 and 1/2; SGD at 1 as arXiv:2603.00541, table 5. */
export const completepDepth: PaperTable = { tensors: [...one, ...epsilon(-1)], branchMultiplier: { depth: -1 } };
export const completepDepthHalf: PaperTable = { tensors: [...half, ...epsilon(-0.5)], branchMultiplier: { depth: -0.5 } };
export const completepDepthNoEpsilon: PaperTable = { tensors: [...one, ...noEpsilon], branchMultiplier: { depth: -1 } };

/**
 * arXiv:2603.00541, section 4.3, is CompleteP's table with two products a block and its half with one; Qiu et al. 2025
 * (arXiv:2512.05620), table 1, turns the sign of Shampoo.
 */
export const spectralDepthInverted: PaperTable = {
  tensors: [
    ...one.filter(({ quantity, optimizer }) => !(quantity === "learningRate" && optimizer !== undefined)),
    shampoo("learningRate", shampooQuarter, 0),
    shampoo("learningRate", shampooHalf, 1),
    shampoo("learningRate", shampooUneven, 0.5),
    ...epsilon(-1),
  ],
  branchMultiplier: { depth: -1 },
};

/** GPT-2 and its heirs: projections that end a branch start x 1/sqrt(2 layers). */
export const gpt2ResidualInit: PaperTable = {
  tensors: [
    { ...row("initStd", optimizerFamilies, { "hidden.block": { depth: -0.5 } }), constant: Math.SQRT1_2 },
    ...nothing(optimizerFamilies, "forwardMultiplier", "learningRate", "weightDecay", "epsilon", "dampingFanIn", "dampingFanOut"),
  ],
};
