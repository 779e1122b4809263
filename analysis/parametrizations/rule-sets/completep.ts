import {
  alphaOption,
  completepDepthClaims,
  completepDepthComponent,
  completepPaper,
  completepTable,
} from "../components/completep-depth.ts";
import type { OptionDefinition, ParametrizationContent, ParametrizationDefinition, RuleComponent, TransferClaim } from "../contract.ts";
import { mup } from "./mup.ts";
import { readOptions } from "../options.ts";

/**
 * By role is the default: it is the principle of CompleteP's own table, epsilon in proportion to the gradient, carried to the embedding and
 * the readout as well, where arXiv:2603.00541 (table 6) and Complete(d)P (arXiv:2512.22382) find the same factors.
 */
const completepEpsilonOption: OptionDefinition = {
  name: "epsilon",
  meaning:
    "Adam's epsilon: per-role, 1/width everywhere and depth^-alpha in blocks, as the gradients; blocks, the same inside blocks only; all, that factor on every tensor; none, not scaled",
  source:
    "per-role: arXiv:2603.00541, table 6, and Complete(d)P (arXiv:2512.22382); blocks: CompleteP's table 1; all: its code, nanoGPT-mup 6f8bc3b; none: microsoft/mup 1981497",
  defaultValue: "per-role",
  allowed: ["per-role", "blocks", "all", "none"],
};

/** Options that are muP's own and mean the same here. */
const sharedOptions: readonly OptionDefinition[] = mup.options.filter(({ name }) => ["form", "weight-decay", "attention"].includes(name));

export const completepOptions: readonly OptionDefinition[] = [
  alphaOption,
  completepEpsilonOption,
  {
    name: "vector-weight-decay",
    meaning: "weight decay of biases, gains and scalars: the study's, or none whatever the study says",
    source:
      "none: nanoGPT-mup 6f8bc3b, as nanoGPT does for all tensors of one dimension; base: no rule of depth or width, weightDecay@module decides",
    defaultValue: "base",
    allowed: ["base", "none"],
  },
  ...sharedOptions,
];

/** Words chosen for `completepOptions`. */
export interface CompletepWords {
  readonly word: (name: string) => string;
  readonly number: (name: string) => number;
}

/** muP over width and the rules over depth, with epsilon as chosen. */
export function completepComponents({ word, number }: CompletepWords): Omit<ParametrizationContent, "transfers"> {
  const alpha = number("alpha");
  const epsilon = word("epsilon");
  const width = mup.build(
    readOptions(
      mup,
      [...sharedOptions.map(({ name }) => `${name}=${word(name)}`), `epsilon=${epsilon === "per-role" ? "per-role" : "none"}`].join(","),
    ),
  );
  const { transfers: _, ...content } = width;
  return {
    ...content,
    components: [
      ...width.components,
      completepDepthComponent(alpha, epsilon === "per-role"),
      ...(epsilon === "blocks" ? [blockEpsilon(alpha)] : []),
      ...(epsilon === "all" ? [globalEpsilon(alpha)] : []),
      ...(word("vector-weight-decay") === "none" ? [noVectorDecay] : []),
    ],
  };
}

function blockEpsilon(alpha: number): RuleComponent {
  return {
    id: "completep epsilon",
    axes: [],
    measure: "growth",
    tensorRules: [
      {
        quantity: "epsilon",
        roles: ["hidden", "bias", "normGain"],
        families: ["adamLike"],
        where: { insideBlock: true },
        exponents: { fanOut: -1, depth: -alpha },
        source: `${completepPaper}, table 1: epsilon of residual blocks`,
        evidence: ["code"],
      },
    ],
    operationRules: [],
    optimizerRules: [],
  };
}

function globalEpsilon(alpha: number): RuleComponent {
  return {
    id: "completep epsilon",
    axes: [],
    measure: "growth",
    tensorRules: [
      {
        quantity: "epsilon",
        roles: ["input", "hidden", "output", "bias", "normGain", "scalar"],
        families: ["adamLike"],
        // The code has one width multiplier for the whole model, and one epsilon.
        exponents: { width: -1, depth: -alpha },
        source: "EleutherAI/nanoGPT-mup 6f8bc3b, branch completep: one epsilon for all groups, wider than the paper's table",
        evidence: ["code", "golden"],
      },
    ],
    operationRules: [],
    optimizerRules: [],
  };
}

const noVectorDecay: RuleComponent = {
  id: "completep vectors",
  axes: [],
  measure: "growth",
  tensorRules: [
    {
      quantity: "weightDecay",
      roles: ["bias", "normGain", "scalar"],
      weightDecayKinds: ["coupled", "decoupled", "independent", "constantTimescale"],
      exponents: {},
      constant: 0,
      source: "EleutherAI/nanoGPT-mup 6f8bc3b: tensors of one dimension do not decay",
      evidence: ["code", "golden"],
    },
  ],
  operationRules: [],
  optimizerRules: [],
};

export const completepWidthClaims: readonly TransferClaim[] = [
  { hyperparameter: "learningRate", axis: "width", transfer: "theory", source: `${completepPaper}, muP over width` },
  ...["weightDecay", "initStd", "embeddingMultiplier", "outputMultiplier", "epsilon"].map(
    (hyperparameter): TransferClaim => ({ hyperparameter, axis: "width", transfer: "empirical", source: completepPaper }),
  ),
];

/** muP over width and branches of depth^-alpha: one set of base values for both. A tied table follows the input's rules with the readout's multiplier. */
export const completep: ParametrizationDefinition = {
  id: "completep",
  name: "CompleteP",
  summary:
    "muP over width; over depth branches x depth^-alpha and Adam's learning rate in blocks x depth^(alpha - 1), alpha 1 unless given",
  source: completepTable,
  kind: "set",
  options: completepOptions,
  build: (options) => ({
    ...completepComponents(options),
    transfers: [...completepWidthClaims, ...completepDepthClaims(options.number("alpha"))],
  }),
};
