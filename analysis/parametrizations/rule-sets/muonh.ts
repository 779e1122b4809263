import { tensorRoles } from "../../study/trainer-contract.ts";
import type { ChosenOptions, Evidence, ParametrizationDefinition, RuleComponent, TensorRule } from "../contract.ts";
import type { OptimizerFamily } from "../optimizers/contract.ts";

const paper = "Ren et al. 2026, HyperP (arXiv:2603.28743), abstract";
const code = "microsoft/ArchScale c2ec1d6, pretrain.py";
const families: readonly OptimizerFamily[] = ["sphereMuon", "adamLike"];
const readInCode: readonly Evidence[] = ["abstract", "code"];

function widthRules(options: ChosenOptions): readonly TensorRule[] {
  const readout: TensorRule = {
    quantity: "forwardMultiplier",
    roles: ["output"],
    families,
    exponents: { fanIn: -1 },
    source:
      "muP's readout (Yang et al. 2022, arXiv:2203.03466, table 8): under plain Adam, or on the sphere, updates of the readout grow with width without it (derived)",
    evidence: ["derived"],
  };
  return [
    {
      quantity: "initStd",
      roles: ["hidden"],
      families,
      exponents: { fanIn: -1 / 2 },
      source: "microsoft/ArchScale c2ec1d6, torch's own 1/sqrt(3 fanIn): it sets the radius of the sphere, so that W x keeps its size",
      evidence: ["code"],
    },
    ...(options.word("readout") === "mup" ? [readout] : []),
  ];
}

/** Branches and, unlike under depth-muP elsewhere, every learning rate: the code has one for all tensors. */
const depth: RuleComponent = {
  id: "muonh depth",
  axes: ["depth"],
  measure: "growth",
  tensorRules: [
    {
      quantity: "learningRate",
      roles: tensorRoles,
      families,
      exponents: { depth: -1 / 2 },
      source: `${code}: learning rate x sqrt(base depth / depth) for all tensors; ${paper}: depth-muP remains necessary`,
      evidence: readInCode,
    },
  ],
  operationRules: [
    {
      quantity: "branchMultiplier",
      exponents: { depth: -1 / 2 },
      source: "microsoft/ArchScale c2ec1d6, lit_gpt/model.py: branches / sqrt(2 x layers)",
      evidence: ["code"],
    },
  ],
  optimizerRules: [],
};

function horizon(exponent: number): RuleComponent {
  return {
    id: "muonh horizon",
    axes: ["tokenHorizon"],
    measure: "growth",
    tensorRules: [
      {
        quantity: "learningRate",
        roles: tensorRoles,
        families,
        exponents: { tokenHorizon: 0 - exponent },
        source: `${code}: learning rate x (tokens / base tokens)^-0.32; ${paper}`,
        evidence: readInCode,
      },
    ],
    operationRules: [],
    optimizerRules: [],
  };
}

/**
 * Muon on a sphere: every hidden matrix keeps the Frobenius norm that it started with, and a step is a share of that norm. Its
 * learning rate then needs no width. Only the abstract and the code could be read: the paper's tables are not in evidence here.
 */
export const muonh: ParametrizationDefinition = {
  id: "muonh",
  name: "HyperP (MuonH)",
  summary: "matrices on a sphere of fixed norm, Muon's step relative to it: learning rate constant over width, depth^-1/2 over depth",
  source: `${paper}; ${code}`,
  kind: "set",
  options: [
    {
      name: "depth",
      meaning: "depth-mup: branches and all learning rates x depth^-1/2; none: nothing, for a depth rule of one's own",
      source: `${paper}: depth-muP remains necessary; ${code}`,
      defaultValue: "depth-mup",
      allowed: ["depth-mup", "none"],
    },
    {
      name: "token-exponent",
      meaning: "learning rates fall like horizon^-exponent; 0 leaves the horizon to a rule of its own, such as horizon-fitted",
      source: `0.32: ${paper}, ${code}, and Bjorck et al. 2024 (arXiv:2409.19913) for AdamW`,
      defaultValue: "0",
      allowed: { from: 0, to: 1 },
    },
    {
      name: "readout",
      meaning:
        "mup: divided by the width, with a constant deviation; constant: no multiplier, which its authors train by Adam on the sphere",
      source: `mup: derived; constant: ${code}, where the readout's deviation is 0.02 at every width`,
      defaultValue: "mup",
      allowed: ["mup", "constant"],
    },
  ],
  build: (options) => {
    const exponent = options.number("token-exponent");
    return {
      initialDeviation: "framework",
      attentionBase: "inverseSquareRoot",
      optimizerFamilies: families,
      tiedEmbeddings: "input",
      components: [
        {
          id: "muonh",
          axes: ["width"],
          measure: "growth",
          tensorRules: widthRules(options),
          operationRules: [
            {
              quantity: "attentionLogitScale",
              exponents: { headDimension: -1 },
              source: "microsoft/ArchScale c2ec1d6, lit_gpt/attention.py: sqrt(base head size) / head size",
              evidence: ["code"],
            },
          ],
          optimizerRules: [],
        },
        ...(options.word("depth") === "none" ? [] : [depth]),
        ...(exponent === 0 ? [] : [horizon(exponent)]),
      ],
      transfers: [
        { hyperparameter: "learningRate", axis: "width", transfer: "theory", source: `${paper}: on the Frobenius sphere` },
        { hyperparameter: "learningRate", axis: "depth", transfer: "empirical", source: `${paper}: with depth-muP` },
        {
          hyperparameter: "learningRate",
          axis: "tokenHorizon",
          transfer: "empirical",
          source: `${paper}: only with horizon^-0.32, as for AdamW`,
        },
        {
          hyperparameter: "weightDecay",
          axis: "width",
          transfer: "theory",
          source: `${paper}: a no-op to first order on the sphere, so that any value does; its code sets 0`,
        },
      ],
    };
  },
};
