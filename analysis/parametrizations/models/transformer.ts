import type { Problem } from "../../study/ladder-error.ts";
import { decoderTensors } from "../architectures/transformer-blocks.ts";
import type { FamilyParameters, FamilyScale, ModelFamily, ModelParameter } from "./contract.ts";

/** Parameters of every family made of attention and feed-forward blocks. */
export const blockParameters: readonly ModelParameter[] = [
  { name: "feedForwardRatio", kind: "number", defaultValue: null, meaning: "feed-forward width over width; 4 when left out" },
  {
    name: "feedForwardWidth",
    kind: "integer",
    defaultValue: null,
    follows: "width",
    meaning: "feed-forward width itself, in place of feedForwardRatio",
  },
  {
    name: "gatedFeedForward",
    kind: "boolean",
    defaultValue: false,
    meaning: "a gate beside the up-projection, as in SwiGLU",
  },
];

const parameters: readonly ModelParameter[] = [
  { name: "vocabularySize", kind: "integer", defaultValue: 32_000, meaning: "symbols; the same at every width" },
  { name: "sequenceLength", kind: "integer", defaultValue: 2048, meaning: "tokens of one example: rows of the position table" },
  { name: "learnedPositions", kind: "boolean", defaultValue: true, meaning: "a learned position table; false: rotary, ALiBi or none" },
  {
    name: "positionInitStd",
    kind: "number",
    minimum: 0,
    defaultValue: 0.1,
    meaning: "deviation of the position table at the start, against 1 of the token table",
  },
  ...blockParameters,
  {
    name: "keyValueHeads",
    kind: "integer",
    defaultValue: null,
    follows: "heads",
    meaning: "heads of keys and values, for grouped-query attention; as many as query heads when left out",
  },
  { name: "biases", kind: "boolean", defaultValue: false, meaning: "a bias on every matrix of the blocks" },
  {
    name: "normGains",
    kind: "choice",
    choices: ["none", "vector", "scalar"],
    defaultValue: "none",
    meaning: "trained gains of the norms: none, one an entry, one a norm",
  },
  { name: "normBiases", kind: "boolean", defaultValue: false, meaning: "trained offsets of the norms, as in LayerNorm" },
  { name: "tiedEmbeddings", kind: "boolean", defaultValue: false, meaning: "the token table is the readout as well" },
  {
    name: "experts",
    kind: "integer",
    minimum: 2,
    defaultValue: null,
    meaning: "feed-forwards a block behind a router, the same number at every width; one without router when left out",
  },
  { name: "expertsPerToken", kind: "integer", defaultValue: null, meaning: "experts that a token passes; 2 when left out" },
  { name: "zeroQueryInit", kind: "boolean", defaultValue: false, meaning: "query matrices start at zero" },
  { name: "zeroReadoutInit", kind: "boolean", defaultValue: false, meaning: "the readout starts at zero" },
];

/** Decoder-only transformer, dense or with experts. Its defaults are those of a study file's transformer. */
export const transformer: ModelFamily = {
  id: "transformer",
  summary: "decoder-only transformer: grouped-query attention, gates, experts, tied or untied",
  depthUnit: "blocks of attention and feed-forward",
  hasAttention: true,
  parameters,

  tensors(scale, parameters) {
    const experts = parameters.optionalNumber("experts");
    return decoderTensors({
      width: scale.width,
      depth: scale.depth,
      vocabularySize: parameters.number("vocabularySize"),
      positions: parameters.flag("learnedPositions") ? parameters.number("sequenceLength") : null,
      positionInitStd: parameters.number("positionInitStd"),
      keyValueWidth: (parameters.optionalNumber("keyValueHeads") ?? headsOf(scale)) * scale.headDimension,
      feedForwardWidth: feedForwardWidthOf(scale, parameters),
      gatedFeedForward: parameters.flag("gatedFeedForward"),
      biases: parameters.flag("biases"),
      normGains: normGainsOf(parameters),
      normBiases: parameters.flag("normBiases"),
      tied: parameters.flag("tiedEmbeddings"),
      zeroQueryInit: parameters.flag("zeroQueryInit"),
      zeroReadoutInit: parameters.flag("zeroReadoutInit"),
      ...(experts === null ? {} : { experts: { count: experts, perToken: parameters.optionalNumber("expertsPerToken") ?? 2 } }),
    });
  },

  residualBranches: transformerBranches,

  check(scale, parameters) {
    const problems = [...checkBlocks(scale, parameters)];
    const heads = headsOf(scale);
    const keyValueHeads = parameters.optionalNumber("keyValueHeads");
    if (keyValueHeads !== null && Number.isInteger(heads) && heads % keyValueHeads !== 0)
      problems.push({
        path: "keyValueHeads",
        message: `does not divide the ${heads} query heads of width ${scale.width} and headDimension ${scale.headDimension}`,
        value: String(keyValueHeads),
        fix: "use a divisor of the query heads",
      });
    const experts = parameters.optionalNumber("experts");
    const perToken = parameters.optionalNumber("expertsPerToken");
    if (perToken !== null && (experts === null || perToken > experts))
      problems.push({
        path: "expertsPerToken",
        message: experts === null ? "is given, but experts is not" : `is more than the ${experts} experts`,
        value: String(perToken),
        fix: experts === null ? "give experts, or leave it out" : `use at most ${experts}`,
      });
    if (parameters.flag("tiedEmbeddings") && parameters.flag("zeroReadoutInit"))
      problems.push({
        path: "zeroReadoutInit",
        message: "would start the token table at zero, since embeddings are tied",
        value: "true",
        fix: "leave one of the two out",
      });
    return problems;
  },
};

/** Attention and feed-forward in turn, one of each a block. */
export function transformerBranches(scale: FamilyScale) {
  return Array.from({ length: scale.depth }, () => ["attention", "feedForward"] as const).flat();
}

/** The feed-forward width that either parameter asks for. */
export function feedForwardWidthOf(scale: FamilyScale, parameters: FamilyParameters): number {
  return parameters.optionalNumber("feedForwardWidth") ?? (parameters.optionalNumber("feedForwardRatio") ?? 4) * scale.width;
}

/** What no family of blocks can be built with. */
export function checkBlocks(scale: FamilyScale, parameters: FamilyParameters): readonly Problem[] {
  const problems: Problem[] = [];
  const { width, headDimension } = scale;
  if (width % headDimension !== 0)
    problems.push({
      path: "width",
      message: `is not a multiple of headDimension ${headDimension}`,
      value: String(width),
      fix: "change one of them",
    });
  const ratio = parameters.optionalNumber("feedForwardRatio");
  if (ratio !== null && parameters.optionalNumber("feedForwardWidth") !== null)
    problems.push({ path: "feedForwardRatio", message: "is given beside feedForwardWidth", value: String(ratio), fix: "leave one out" });
  else if (!Number.isInteger(feedForwardWidthOf(scale, parameters)))
    problems.push({
      path: "feedForwardRatio",
      message: `times width ${width} is not a whole number`,
      value: String(ratio),
      fix: "change one of them, or give feedForwardWidth",
    });
  return problems;
}

function headsOf({ width, headDimension }: FamilyScale): number {
  return width / headDimension;
}

function normGainsOf(parameters: FamilyParameters): "none" | "vector" | "scalar" {
  const word = parameters.word("normGains");
  return word === "vector" || word === "scalar" ? word : "none";
}
