import type { OptimizerFamily } from "../../../../analysis/parametrizations/optimizers/contract.ts";
import { nothing, type PaperTable, row } from "./format.ts";

const sgd: readonly OptimizerFamily[] = ["sgd"];
const adam: readonly OptimizerFamily[] = ["adamLike"];
const adafactor: readonly OptimizerFamily[] = ["adafactorScaled"];
const muons: readonly OptimizerFamily[] = ["muon", "muonSpectral", "muonMatchRms", "muonJordan"];
const matrices: readonly OptimizerFamily[] = [...muons, "shampoo", "soap", "adaMuon", "kfac", "foof"];
const all = [...sgd, ...adam, ...adafactor, ...matrices];
const shampooHalf = "shampoo:left=0.5,right=0.5";
const shampooUneven = "shampoo:left=0.5,right=0.25,block=8";
const soapOneSide = "soap:left=1,right=0,block=8,fallback=0";
const attentionLogitScale = { headDimension: -1 };
const noDamping = all.filter((family) => family !== "shampoo" && family !== "kfac" && family !== "foof");

/**
 * Yang et al. 2022 (arXiv:2203.03466), table 3; matrices: arXiv:2603.00541, Qiu et al. 2025 (arXiv:2512.05620), table 1, and systems.md
 * 2.4, all of which print this form.
 */
export const mupForm3: PaperTable = {
  tensors: [
    row("initStd", all, { hidden: { fanIn: -0.5 }, output: { fanIn: -1 } }),
    ...nothing(all, "forwardMultiplier"),
    row("learningRate", sgd, {
      input: { fanOut: 1 },
      bias: { fanOut: 1 },
      normGain: { fanOut: 1 },
      hidden: { fanOut: 1, fanIn: -1 },
      output: { fanIn: -1 },
    }),
    row("learningRate", adam, { hidden: { fanIn: -1 }, output: { fanIn: -1 } }),
    row("learningRate", adafactor, { hidden: { fanIn: -0.5 } }),
    row("learningRate", ["muon"], {
      input: { fanOut: 0.5, fanIn: -0.5 },
      hidden: { fanOut: 0.5, fanIn: -0.5 },
      output: { fanOut: 0.5, fanIn: -0.5 },
    }),
    ...nothing(["muonSpectral"], "learningRate"),
    row("learningRate", ["muonMatchRms"], { hidden: { fanIn: -0.5 }, output: { fanIn: -1 } }),
    row("learningRate", ["muonJordan"], { output: { fanIn: -0.5 } }),
    {
      ...row("learningRate", ["shampoo"], {
        input: { fanOut: 0.5, fanIn: -0.5, blockCount: -0.5 },
        hidden: { fanOut: 0.5, fanIn: -0.5, blockCount: -0.5 },
        output: { fanOut: 0.5, fanIn: -0.5, blockCount: -0.5 },
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
        output: { fanOut: 0.25, fanIn: -0.25, blockCount: -0.75 },
      }),
      optimizer: shampooUneven,
    },
    {
      ...row("learningRate", ["soap"], {
        input: { blockFanOut: 0.5, blockFanIn: 0.5, fanIn: -1 },
        hidden: { blockFanOut: 0.5, blockFanIn: 0.5, fanIn: -1 },
        output: { blockFanOut: 0.5, blockFanIn: 0.5, fanIn: -1 },
      }),
      optimizer: "soap:fallback=0",
    },
    {
      ...row("learningRate", ["soap"], {
        input: { blockFanOut: 0.5, fanIn: -1 },
        hidden: { blockFanOut: 0.5, fanIn: -1 },
        output: { blockFanOut: 0.5, fanIn: -1 },
      }),
      optimizer: soapOneSide,
    },
    row("learningRate", ["adaMuon"], { hidden: { fanIn: -1 }, output: { fanIn: -1 } }),
    ...nothing(["kfac"], "learningRate"),
    row("learningRate", ["foof"], { input: { fanOut: 1 }, hidden: { fanOut: 1 }, output: { fanOut: 1 } }),
    // The decay of a step stays.
    row("weightDecay", sgd, {
      input: { fanOut: -1 },
      bias: { fanOut: -1 },
      normGain: { fanOut: -1 },
      hidden: { fanOut: -1, fanIn: 1 },
      output: { fanIn: 1 },
    }),
    row("weightDecay", adam, { hidden: { fanIn: 1 }, output: { fanIn: 1 } }),
    row("weightDecay", adafactor, { hidden: { fanIn: 0.5 } }),
    row("weightDecay", ["muon"], {
      input: { fanOut: -0.5, fanIn: 0.5 },
      hidden: { fanOut: -0.5, fanIn: 0.5 },
      output: { fanOut: -0.5, fanIn: 0.5 },
    }),
    ...nothing(["muonSpectral", "kfac"], "weightDecay"),
    row("weightDecay", ["muonMatchRms"], { hidden: { fanIn: 0.5 }, output: { fanIn: 1 } }),
    row("weightDecay", ["muonJordan"], { output: { fanIn: 0.5 } }),
    {
      ...row("weightDecay", ["shampoo"], {
        input: { fanOut: -0.5, fanIn: 0.5, blockCount: 0.5 },
        hidden: { fanOut: -0.5, fanIn: 0.5, blockCount: 0.5 },
        output: { fanOut: -0.5, fanIn: 0.5, blockCount: 0.5 },
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
        output: { fanOut: -0.25, fanIn: 0.25, blockCount: 0.75 },
      }),
      optimizer: shampooUneven,
    },
    {
      ...row("weightDecay", ["soap"], {
        input: { blockFanOut: -0.5, blockFanIn: -0.5, fanIn: 1 },
        hidden: { blockFanOut: -0.5, blockFanIn: -0.5, fanIn: 1 },
        output: { blockFanOut: -0.5, blockFanIn: -0.5, fanIn: 1 },
      }),
      optimizer: "soap:fallback=0",
    },
    {
      ...row("weightDecay", ["soap"], {
        input: { blockFanOut: -0.5, fanIn: 1 },
        hidden: { blockFanOut: -0.5, fanIn: 1 },
        output: { blockFanOut: -0.5, fanIn: 1 },
      }),
      optimizer: soapOneSide,
    },
    row("weightDecay", ["adaMuon"], { hidden: { fanIn: 1 }, output: { fanIn: 1 } }),
    row("weightDecay", ["foof"], { input: { fanOut: -1 }, hidden: { fanOut: -1 }, output: { fanOut: -1 } }),
    // Adam's epsilon is left alone in form 8; without the multiplier the output's gradient, and with it epsilon, is larger by the width.
    row("epsilon", adam, { output: { fanIn: 1 } }),
    ...nothing([...sgd, ...adafactor, ...matrices], "epsilon"),
    row("dampingFanIn", ["kfac", "foof"], { input: { fanIn: 1 }, hidden: { fanIn: 1 }, output: { fanIn: 1 } }),
    row("dampingFanOut", ["kfac"], { input: { fanOut: -1 }, hidden: { fanOut: -1 }, output: { fanOut: -1 } }),
    ...(["dampingFanIn", "dampingFanOut"] as const).map((quantity) =>
      row(quantity, ["shampoo"], {
        input: { fanIn: 1, fanOut: -1, blockCount: -1 },
        hidden: { fanIn: 1, fanOut: -1, blockCount: -1 },
        output: { fanIn: 1, fanOut: -1, blockCount: -1 },
      }),
    ),
    ...nothing(["foof"], "dampingFanOut"),
    ...nothing(noDamping, "dampingFanIn", "dampingFanOut"),
  ],
  attentionLogitScale,
};

const vectorMultiplier = { fanOut: 0.5 };
const inverseVector = { fanOut: -0.5 };
/** Yang et al. 2022, table 9, with the families that the paper prints: the other families of this form are properties, not tables. */
export const mupForm9: PaperTable = {
  families: [...sgd, ...adam, ...adafactor],
  tensors: [
    row("initStd", all, {
      input: inverseVector,
      bias: inverseVector,
      normGain: inverseVector,
      hidden: { fanIn: -0.5 },
      output: { fanIn: -0.5 },
    }),
    row("forwardMultiplier", all, {
      input: vectorMultiplier,
      bias: vectorMultiplier,
      normGain: vectorMultiplier,
      output: { fanIn: -0.5 },
    }),
    row("learningRate", sgd, { hidden: { fanOut: 1, fanIn: -1 } }),
    row("learningRate", adam, {
      input: inverseVector,
      bias: inverseVector,
      normGain: inverseVector,
      hidden: { fanIn: -1 },
      output: { fanIn: -0.5 },
    }),
    row("learningRate", adafactor, { hidden: { fanIn: -0.5 } }),
    row("weightDecay", sgd, { hidden: { fanOut: -1, fanIn: 1 } }),
    row("weightDecay", adam, {
      input: vectorMultiplier,
      bias: vectorMultiplier,
      normGain: vectorMultiplier,
      hidden: { fanIn: 1 },
      output: { fanIn: 0.5 },
    }),
    row("weightDecay", adafactor, { hidden: { fanIn: 0.5 } }),
    row("epsilon", adam, { input: vectorMultiplier, bias: vectorMultiplier, normGain: vectorMultiplier, output: { fanIn: 0.5 } }),
    ...nothing([...sgd, ...adafactor], "epsilon"),
    ...nothing([...sgd, ...adam, ...adafactor], "dampingFanIn", "dampingFanOut"),
  ],
  attentionLogitScale,
};
