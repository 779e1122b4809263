import type { OptimizerFamily } from "../../../../analysis/parametrizations/optimizers/contract.ts";
import { nothing, type PaperRow, type PaperTable, row } from "./format.ts";

const sgd: readonly OptimizerFamily[] = ["sgd"];
const adam: readonly OptimizerFamily[] = ["adamLike"];
const adafactor: readonly OptimizerFamily[] = ["adafactorScaled"];
const elementwise = [...sgd, ...adam, ...adafactor];
/** Families of matrices, whose rules the sources print in form 3; here in form 8 by hand: output x width for a step of Adam's kind. */
const matrices: readonly OptimizerFamily[] = [
  "muon",
  "muonSpectral",
  "muonMatchRms",
  "muonJordan",
  "shampoo",
  "soap",
  "adaMuon",
  "kfac",
  "foof",
];
const all = [...elementwise, ...matrices];

/** Yang et al. 2022 (arXiv:2203.03466), table 8. */
const form8: readonly PaperRow[] = [
  row("initStd", all, { hidden: { fanIn: -0.5 } }),
  row("forwardMultiplier", all, { output: { fanIn: -1 } }),
];

/** Table 8, with MuSGD's ratio for unequal widths; Adafactor as systems.md 2.16. */
const elementwiseRates: readonly PaperRow[] = [
  row("learningRate", sgd, {
    input: { fanOut: 1 },
    bias: { fanOut: 1 },
    normGain: { fanOut: 1 },
    hidden: { fanOut: 1, fanIn: -1 },
    output: { fanIn: 1 },
  }),
  row("learningRate", adam, { hidden: { fanIn: -1 } }),
  row("learningRate", adafactor, { hidden: { fanIn: -0.5 } }),
];
const elementwiseDecay: readonly PaperRow[] = [
  row("weightDecay", sgd, {
    input: { fanOut: -1 },
    bias: { fanOut: -1 },
    normGain: { fanOut: -1 },
    hidden: { fanOut: -1, fanIn: 1 },
    output: { fanIn: -1 },
  }),
  row("weightDecay", adam, { hidden: { fanIn: 1 } }),
  row("weightDecay", adafactor, { hidden: { fanIn: 0.5 } }),
];

const shampooHalf = "shampoo:left=0.5,right=0.5";
const shampooUneven = "shampoo:left=0.5,right=0.25,block=8";
const soapOneSide = "soap:left=1,right=0,block=8,fallback=0";
/** Learning rates of matrix optimizers in form 8: arXiv:2603.00541, table 4; Qiu et al. 2025 (arXiv:2512.05620), table 1; systems.md 2.4. */
const matrixRates: readonly PaperRow[] = [
  row("learningRate", ["muon"], {
    input: { fanOut: 0.5, fanIn: -0.5 },
    hidden: { fanOut: 0.5, fanIn: -0.5 },
    output: { fanOut: 0.5, fanIn: 0.5 },
  }),
  row("learningRate", ["muonSpectral"], { output: { fanIn: 1 } }),
  row("learningRate", ["muonMatchRms"], { hidden: { fanIn: -0.5 } }),
  row("learningRate", ["muonJordan"], { output: { fanIn: 0.5 } }),
  {
    ...row("learningRate", ["shampoo"], {
      input: { fanOut: 0.5, fanIn: -0.5, blockCount: -0.5 },
      hidden: { fanOut: 0.5, fanIn: -0.5, blockCount: -0.5 },
      output: { fanOut: 0.5, fanIn: 0.5, blockCount: -0.5 },
    }),
    optimizer: "shampoo",
  },
  {
    ...row("learningRate", ["shampoo"], { input: { blockCount: -1 }, hidden: { blockCount: -1 }, output: { blockCount: -1 } }),
    optimizer: shampooHalf,
  },
  {
    ...row("learningRate", ["shampoo"], {
      input: { fanOut: 0.25, fanIn: -0.25, blockCount: -0.75 },
      hidden: { fanOut: 0.25, fanIn: -0.25, blockCount: -0.75 },
      output: { fanOut: 0.25, fanIn: 0.25, blockCount: -0.75 },
    }),
    optimizer: shampooUneven,
  },
  {
    ...row("learningRate", ["soap"], {
      input: { blockFanOut: 0.5, blockFanIn: 0.5, fanIn: -1 },
      hidden: { blockFanOut: 0.5, blockFanIn: 0.5, fanIn: -1 },
      output: { blockFanOut: 0.5, blockFanIn: 0.5 },
    }),
    optimizer: "soap:fallback=0",
  },
  {
    ...row("learningRate", ["soap"], {
      input: { blockFanOut: 0.5, fanIn: -1 },
      hidden: { blockFanOut: 0.5, fanIn: -1 },
      output: { blockFanOut: 0.5 },
    }),
    optimizer: soapOneSide,
  },
  row("learningRate", ["adaMuon"], { hidden: { fanIn: -1 } }),
  ...nothing(["kfac"], "learningRate"),
  row("learningRate", ["foof"], { input: { fanOut: 1 }, hidden: { fanOut: 1 }, output: { fanOut: 1, fanIn: 2 } }),
];

/** The decay of a step stays: every exponent of the learning rate with its sign turned, by hand. */
const matrixDecay: readonly PaperRow[] = [
  row("weightDecay", ["muon"], {
    input: { fanOut: -0.5, fanIn: 0.5 },
    hidden: { fanOut: -0.5, fanIn: 0.5 },
    output: { fanOut: -0.5, fanIn: -0.5 },
  }),
  row("weightDecay", ["muonSpectral"], { output: { fanIn: -1 } }),
  row("weightDecay", ["muonMatchRms"], { hidden: { fanIn: 0.5 } }),
  row("weightDecay", ["muonJordan"], { output: { fanIn: -0.5 } }),
  {
    ...row("weightDecay", ["shampoo"], {
      input: { fanOut: -0.5, fanIn: 0.5, blockCount: 0.5 },
      hidden: { fanOut: -0.5, fanIn: 0.5, blockCount: 0.5 },
      output: { fanOut: -0.5, fanIn: -0.5, blockCount: 0.5 },
    }),
    optimizer: "shampoo",
  },
  {
    ...row("weightDecay", ["shampoo"], { input: { blockCount: 1 }, hidden: { blockCount: 1 }, output: { blockCount: 1 } }),
    optimizer: shampooHalf,
  },
  {
    ...row("weightDecay", ["shampoo"], {
      input: { fanOut: -0.25, fanIn: 0.25, blockCount: 0.75 },
      hidden: { fanOut: -0.25, fanIn: 0.25, blockCount: 0.75 },
      output: { fanOut: -0.25, fanIn: -0.25, blockCount: 0.75 },
    }),
    optimizer: shampooUneven,
  },
  {
    ...row("weightDecay", ["soap"], {
      input: { blockFanOut: -0.5, blockFanIn: -0.5, fanIn: 1 },
      hidden: { blockFanOut: -0.5, blockFanIn: -0.5, fanIn: 1 },
      output: { blockFanOut: -0.5, blockFanIn: -0.5 },
    }),
    optimizer: "soap:fallback=0",
  },
  {
    ...row("weightDecay", ["soap"], {
      input: { blockFanOut: -0.5, fanIn: 1 },
      hidden: { blockFanOut: -0.5, fanIn: 1 },
      output: { blockFanOut: -0.5 },
    }),
    optimizer: soapOneSide,
  },
  row("weightDecay", ["adaMuon"], { hidden: { fanIn: 1 } }),
  ...nothing(["kfac"], "weightDecay"),
  row("weightDecay", ["foof"], { input: { fanOut: -1 }, hidden: { fanOut: -1 }, output: { fanOut: -1, fanIn: -2 } }),
];

/**
 * Damping: systems.md 2.4 for K-FAC and FOOF, whose factor of activations does not see a form; Qiu et al. 2025, section 3.1, for
 * Shampoo in form 3. Statistics of gradients (Shampoo's, and K-FAC's B of gradients to W x) change by the square of the output's
 * multiplier in form 8.
 */
const shampooDamping = { input: { fanIn: 1, fanOut: -1, blockCount: -1 }, hidden: { fanIn: 1, fanOut: -1, blockCount: -1 } };
const dampings: readonly PaperRow[] = [
  row("dampingFanIn", ["kfac", "foof"], { input: { fanIn: 1 }, hidden: { fanIn: 1 }, output: { fanIn: 1 } }),
  row("dampingFanOut", ["kfac"], { input: { fanOut: -1 }, hidden: { fanOut: -1 }, output: { fanOut: -1, fanIn: -2 } }),
  ...(["dampingFanIn", "dampingFanOut"] as const).map((quantity) =>
    row(quantity, ["shampoo"], { ...shampooDamping, output: { fanIn: -1, fanOut: -1, blockCount: -1 } }),
  ),
  ...nothing(["foof"], "dampingFanOut"),
  ...nothing(
    all.filter((family) => family !== "shampoo" && family !== "kfac" && family !== "foof"),
    "dampingFanIn",
    "dampingFanOut",
  ),
];

/**
 * Not scaled, in the form that the source writes: 8 for element-wise families, 3 for those of matrices. In form 8 the gradient of
 * the output is smaller by the width, and with it the epsilon of a step that ignores the gradient's size.
 */
const writtenInForm3: readonly OptimizerFamily[] = ["muon", "muonSpectral", "muonMatchRms", "muonJordan", "soap", "adaMuon"];
const muons: readonly OptimizerFamily[] = ["muon", "muonSpectral", "muonMatchRms", "muonJordan"];
const seesNoGradient: readonly OptimizerFamily[] = ["adaMuon", "shampoo", "kfac", "foof"];
/** A coefficient that stays, in the form that the source writes; brought to form 8 with the learning rate's gauge turned. */
const constantDecay: readonly PaperRow[] = [
  row("weightDecay", writtenInForm3, { output: { fanIn: -1 } }),
  { ...row("weightDecay", ["shampoo"], { output: { fanIn: -1 } }), optimizer: "shampoo" },
  { ...row("weightDecay", ["shampoo"], {}), optimizer: shampooHalf },
  { ...row("weightDecay", ["shampoo"], { output: { fanIn: -0.5 } }), optimizer: shampooUneven },
  row("weightDecay", ["foof"], { output: { fanIn: -2 } }),
  ...nothing([...elementwise, "kfac"], "weightDecay"),
];
const unscaledEpsilon: readonly PaperRow[] = [
  row("epsilon", [...muons, "soap"], { output: { fanIn: -1 } }),
  ...nothing([...elementwise, ...seesNoGradient], "epsilon"),
];

/** arXiv:2603.00541, table 6; Qiu et al. 2025, table 1, in form 3: here with the output's gradient divided by the width. */
const epsilonByRole: readonly PaperRow[] = [
  row("epsilon", adam, {
    input: { fanOut: -1 },
    hidden: { fanOut: -1 },
    bias: { fanOut: -1 },
    normGain: { fanOut: -1 },
    output: { fanIn: -1 },
  }),
  row("epsilon", muons, {
    input: { fanIn: 0.5, fanOut: -0.5 },
    hidden: { fanIn: 0.5, fanOut: -0.5 },
    output: { fanIn: -0.5, fanOut: -0.5 },
  }),
  {
    ...row("epsilon", ["soap"], {
      input: { blockFanOut: 0.5, blockFanIn: 0.5, fanOut: -1 },
      hidden: { blockFanOut: 0.5, blockFanIn: 0.5, fanOut: -1 },
      output: { blockFanOut: 0.5, blockFanIn: 0.5, fanOut: -1, fanIn: -1 },
    }),
    optimizer: "soap:fallback=0",
  },
  {
    ...row("epsilon", ["soap"], {
      input: { blockFanOut: 0.5, fanOut: -1 },
      hidden: { blockFanOut: 0.5, fanOut: -1 },
      output: { blockFanOut: 0.5, fanOut: -1, fanIn: -1 },
    }),
    optimizer: soapOneSide,
  },
  row("epsilon", ["adaMuon"], {
    input: { fanIn: -0.5, fanOut: -0.5 },
    hidden: { fanIn: -0.5, fanOut: -0.5 },
    output: { fanIn: -0.5, fanOut: -0.5 },
  }),
  ...nothing([...sgd, ...adafactor, "shampoo", "kfac", "foof"], "epsilon"),
];

const rates = [...elementwiseRates, ...matrixRates];
const decay = [...elementwiseDecay, ...matrixDecay];
const attentionLogitScale = { headDimension: -1 };

export const mup: PaperTable = { tensors: [...form8, ...rates, ...decay, ...dampings, ...unscaledEpsilon], attentionLogitScale };

export const mupEpsilonByRole: PaperTable = {
  tensors: [...form8, ...rates, ...decay, ...dampings, ...epsilonByRole],
  attentionLogitScale,
};

/** NVIDIA/Megatron-LM d98e8a64: hidden matrices alone. */
export const mupEpsilonHidden: PaperTable = {
  tensors: [
    ...form8,
    ...rates,
    ...decay,
    ...dampings,
    row("epsilon", adam, { hidden: { fanOut: -1 } }),
    row("epsilon", [...muons, "soap"], { output: { fanIn: -1 } }),
    ...nothing([...sgd, ...adafactor, ...seesNoGradient], "epsilon"),
  ],
  attentionLogitScale,
};

export const mupConstantWeightDecay: PaperTable = {
  tensors: [...form8, ...rates, ...dampings, ...unscaledEpsilon, ...constantDecay],
  attentionLogitScale,
};

/** Qiu et al. 2025, section 3.4: independent decay of hidden tensors like 1/width. */
export const mupInverseWidthDecay: PaperTable = {
  ...mupConstantWeightDecay,
  tensors: [
    ...mupConstantWeightDecay.tensors,
    { ...row("weightDecay", all, { hidden: { fanIn: -1 } }), weightDecayKinds: ["independent"] },
  ],
};

/** MuSharedReadout: the shared table's deviation grows like sqrt(width). */
export const mupCompatibleTies: PaperTable = {
  ...mup,
  tensors: [...mup.tensors, row("initStd", all, { "input.tied": { fanOut: 0.5 } })],
};

/** nanoGPT-mup's ablation: 1/sqrt(headDimension) at every scale. */
export const mupSquareRootAttention: PaperTable = { ...mup, attentionLogitScale: { headDimension: -0.5 } };
