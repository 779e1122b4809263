import type { OptimizerFamily } from "../../../../analysis/parametrizations/optimizers/contract.ts";
import { everywhere, nothing, type PaperTable, row } from "./format.ts";
import { mupForm3 } from "./mup-forms.ts";

const adam: readonly OptimizerFamily[] = ["adamLike"];
const sgd: readonly OptimizerFamily[] = ["sgd"];
const adafactor: readonly OptimizerFamily[] = ["adafactorScaled"];

/** Narayan et al. 2025, section 3.2: SP and eta ~ 1/width for every tensor. */
export const spGlobal: PaperTable = {
  tensors: [
    row("initStd", adam, { hidden: { fanIn: -0.5 }, output: { fanIn: -0.5 } }),
    row("learningRate", adam, everywhere({ width: -1 })),
    ...nothing(adam, "forwardMultiplier", "weightDecay", "epsilon", "dampingFanIn", "dampingFanOut"),
  ],
  attentionLogitScale: { headDimension: -0.5 },
};
export const spGlobalHalved: PaperTable = {
  ...spGlobal,
  tensors: [
    ...spGlobal.tensors.filter(({ quantity }) => quantity !== "weightDecay"),
    { ...row("weightDecay", adam, everywhere({})), constant: 0.5, weightDecayKinds: ["decoupled", "independent"] },
  ],
};

const secondOrder: readonly OptimizerFamily[] = ["shampoo", "kfac", "foof"];
const ntpFamilies = [...adam, ...sgd, ...secondOrder];
const products = { input: { fanIn: -0.5 }, "input.lookup": {}, "input.tied": {}, hidden: { fanIn: -0.5 } };
/** parametrizations.md 1.2, row NTP at full alignment; systems.md 2.4, row UP, with the multipliers written out. */
export const ntp: PaperTable = {
  tensors: [
    row("forwardMultiplier", ntpFamilies, { ...products, output: { fanIn: -0.5 } }),
    row("learningRate", adam, { ...products, output: { fanIn: -0.5 } }),
    row("learningRate", ["foof"], { input: { fanIn: 1 }, hidden: { fanIn: 1 }, output: { fanIn: 1 } }),
    ...nothing([...sgd, "shampoo", "kfac"], "learningRate"),
    row("dampingFanIn", ["kfac", "foof"], { input: { fanIn: 1 }, hidden: { fanIn: 1 }, output: { fanIn: 1 } }),
    row("dampingFanOut", ["kfac"], { input: { fanIn: -1 }, hidden: { fanIn: -1 }, output: { fanIn: -1 } }),
    ...nothing([...adam, ...sgd, "shampoo"], "dampingFanIn"),
    ...nothing([...adam, ...sgd, "shampoo", "foof"], "dampingFanOut"),
    ...nothing(ntpFamilies, "initStd", "weightDecay", "epsilon"),
  ],
  attentionLogitScale: { headDimension: -0.5 },
};

/** parametrizations.md 1.2, row MFP at full alignment; SGD as muP in these multipliers. */
export const meanField: PaperTable = {
  tensors: [
    row("forwardMultiplier", [...adam, ...sgd], { ...products, output: { fanIn: -1 } }),
    row("learningRate", adam, products),
    row("learningRate", sgd, {
      input: { fanOut: 1, fanIn: 1 },
      "input.lookup": { fanOut: 1 },
      hidden: { fanOut: 1 },
      bias: { fanOut: 1 },
      normGain: { fanOut: 1 },
      output: { fanIn: 1 },
    }),
    ...nothing([...adam, ...sgd], "initStd", "weightDecay", "epsilon", "dampingFanIn", "dampingFanOut"),
  ],
  attentionLogitScale: { headDimension: -1 },
};

const both = [...adam, ...adafactor];
const silent = nothing(both, "weightDecay", "dampingFanIn", "dampingFanOut");
const noEpsilon = nothing(both, "epsilon");
const attentionLogitScale = { headDimension: -0.5 };
/** parametrizations.md 1.2, the four rows at full and at no alignment; Adafactor is Adam's power less the deviation's. */
export const everettStandard: PaperTable = {
  tensors: [
    ...silent,
    ...noEpsilon,
    row("initStd", both, { hidden: { fanIn: -0.5 }, output: { fanIn: -0.5 } }),
    ...nothing(both, "forwardMultiplier"),
    row("learningRate", adam, { hidden: { fanIn: -1 }, output: { fanIn: -1 } }),
    row("learningRate", adafactor, { hidden: { fanIn: -0.5 }, output: { fanIn: -0.5 } }),
  ],
  attentionLogitScale,
};
export const everettNoAlignment: PaperTable = {
  ...everettStandard,
  tensors: [
    ...everettStandard.tensors.filter(({ quantity }) => quantity !== "learningRate"),
    row("learningRate", adam, { hidden: { fanIn: -0.5 }, output: { fanIn: -0.5 } }),
    ...nothing(adafactor, "learningRate"),
  ],
};
export const everettHalfAlignment: PaperTable = {
  ...everettStandard,
  tensors: [
    ...everettStandard.tensors.filter(({ quantity }) => quantity !== "learningRate"),
    row("learningRate", adam, { hidden: { fanIn: -0.75 }, output: { fanIn: -0.75 } }),
    row("learningRate", adafactor, { hidden: { fanIn: -0.25 }, output: { fanIn: -0.25 } }),
  ],
};
export const everettEpsilon: PaperTable = {
  ...everettStandard,
  tensors: [
    ...everettStandard.tensors.filter(({ quantity }) => quantity !== "epsilon"),
    row("epsilon", adam, { input: { fanOut: -0.5 }, hidden: { fanOut: -0.5 }, bias: { fanOut: -0.5 }, normGain: { fanOut: -0.5 } }),
    ...nothing(adafactor, "epsilon"),
  ],
};
export const everettNtk: PaperTable = {
  tensors: [
    ...silent,
    ...noEpsilon,
    ...nothing(both, "initStd"),
    row("forwardMultiplier", both, { hidden: { fanIn: -0.5 }, output: { fanIn: -0.5 } }),
    row("learningRate", both, { hidden: { fanIn: -0.5 }, output: { fanIn: -0.5 } }),
  ],
  attentionLogitScale,
};
export const everettMeanField: PaperTable = {
  tensors: [
    ...silent,
    ...noEpsilon,
    ...nothing(both, "initStd"),
    row("forwardMultiplier", both, { hidden: { fanIn: -0.5 }, output: { fanIn: -1 } }),
    row("learningRate", both, { hidden: { fanIn: -0.5 } }),
  ],
  attentionLogitScale,
};
export const everettMup: PaperTable = {
  tensors: [
    ...silent,
    ...noEpsilon,
    row("initStd", both, { input: { fanOut: -0.5 }, hidden: { fanIn: -0.5 }, output: { fanIn: -0.5 } }),
    row("forwardMultiplier", both, { input: { fanOut: 0.5 }, output: { fanIn: -0.5 } }),
    row("learningRate", adam, { input: { fanOut: -0.5 }, hidden: { fanIn: -1 }, output: { fanIn: -0.5 } }),
    row("learningRate", adafactor, { hidden: { fanIn: -0.5 } }),
  ],
  attentionLogitScale,
};

/** Yang, Simon and Bernstein 2023 (arXiv:2310.17813): for products of both kinds; matrices as muP's form 3. */
const spectralElementwise: readonly OptimizerFamily[] = [...sgd, ...adam];
export const spectral: PaperTable = {
  tensors: [
    row("initStd", spectralElementwise, { hidden: { fanIn: -0.5 }, output: { fanOut: 0.5, fanIn: -1 } }),
    row("learningRate", sgd, {
      input: { fanOut: 1, fanIn: -1 },
      hidden: { fanOut: 1, fanIn: -1 },
      output: { fanOut: 1, fanIn: -1 },
      bias: { fanOut: 1 },
      normGain: { fanOut: 1 },
    }),
    row("learningRate", adam, { input: { fanIn: -1 }, hidden: { fanIn: -1 }, output: { fanIn: -1 } }),
    row("weightDecay", sgd, {
      input: { fanOut: -1, fanIn: 1 },
      hidden: { fanOut: -1, fanIn: 1 },
      output: { fanOut: -1, fanIn: 1 },
      bias: { fanOut: -1 },
      normGain: { fanOut: -1 },
    }),
    row("weightDecay", adam, { input: { fanIn: 1 }, hidden: { fanIn: 1 }, output: { fanIn: 1 } }),
    ...nothing(spectralElementwise, "forwardMultiplier", "epsilon", "dampingFanIn", "dampingFanOut"),
    ...mupForm3.tensors.map((line) => ({ ...line, families: line.families.filter((family) => !spectralElementwise.includes(family)) })),
  ],
  attentionLogitScale: { headDimension: -1 },
};

/** microsoft/ArchScale c2ec1d6; the readout by muP. */
const sphere: readonly OptimizerFamily[] = ["sphereMuon", "adamLike"];
const muonhWidth = [
  row("initStd", sphere, { hidden: { fanIn: -0.5 } }),
  ...nothing(sphere, "weightDecay", "epsilon", "dampingFanIn", "dampingFanOut"),
];
const dividedReadout = row("forwardMultiplier", sphere, { output: { fanIn: -1 } });
const branches = { branchMultiplier: { depth: -0.5 }, attentionLogitScale: { headDimension: -1 } };
export const muonh: PaperTable = {
  ...branches,
  tensors: [...muonhWidth, dividedReadout, row("learningRate", sphere, everywhere({ depth: -0.5 }))],
};
export const muonhTokens: PaperTable = {
  ...branches,
  tensors: [...muonhWidth, dividedReadout, row("learningRate", sphere, everywhere({ depth: -0.5, tokenHorizon: -0.32 }))],
};
export const muonhWidthOnly: PaperTable = {
  tensors: [...muonhWidth, dividedReadout, ...nothing(sphere, "learningRate")],
  attentionLogitScale: { headDimension: -1 },
};
export const muonhConstantReadout: PaperTable = {
  ...branches,
  tensors: [...muonhWidth, ...nothing(sphere, "forwardMultiplier"), row("learningRate", sphere, everywhere({ depth: -0.5 }))],
};
