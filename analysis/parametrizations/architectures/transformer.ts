import { assertInvariant, LadderError } from "../../study/ladder-error.ts";
import type { Data } from "../../study/trainer-contract.ts";
import type { Architecture, ScaleProblem } from "./contract.ts";
import { decoderTensors } from "./transformer-blocks.ts";

/**
 * Decoder-only transformer: token and position tables, residual blocks of attention and feed-forward with RMSNorm, untied
 * readout. `depth` is the number of blocks; heads = width / headDimension.
 */
export const transformer: Architecture = {
  id: "transformer",
  summary: "decoder-only transformer, RMSNorm, untied readout; gates, biases and norm gains by choice",
  requiredAxes: ["width", "depth", "headDimension", "batchSizeTokens", "tokenHorizon"],
  knowsItsHyperparameters: true,
  hasAttention: true,
  referenceData: ["package", "text", "markov"],
  trainingFlopsFormula: "6ND",

  resolveModel(spec, data) {
    assertInvariant(spec.architecture === "transformer", "not a transformer", { architecture: spec.architecture });
    const vocabularySize = spec.vocabularySize ?? countSymbols(data);
    if (vocabularySize === undefined)
      throw new LadderError(
        "input",
        "VOCABULARY_UNKNOWN",
        `model.vocabularySize is missing and the data "${data.id}" does not say how many symbols it has`,
        {
          hint: "write model.vocabularySize",
        },
      );
    return {
      architecture: "transformer",
      vocabularySize,
      sequenceLength: spec.sequenceLength,
      feedForwardRatio: spec.feedForwardRatio,
      tiedEmbeddings: false,
      ...(spec.activation === "relu" ? {} : { activation: spec.activation }),
      ...(spec.gatedFeedForward ? { gatedFeedForward: true } : {}),
      ...(spec.biases ? { biases: true } : {}),
      ...(spec.normGains === "none" ? {} : { normGains: spec.normGains }),
      ...(spec.normPosition === "branchInput" ? {} : { normPosition: spec.normPosition }),
    };
  },

  modelFacts(model) {
    assertInvariant(model.architecture === "transformer", "not a transformer", { architecture: model.architecture });
    return {
      sequenceLength: model.sequenceLength,
      vocabularySize: model.vocabularySize,
      activation: model.activation ?? "relu",
      gated: model.gatedFeedForward ?? false,
    };
  },

  tensors(model, scale, spec) {
    assertInvariant(model.architecture === "transformer" && spec.architecture === "transformer", "not a transformer", {
      architecture: model.architecture,
    });
    return decoderTensors({
      width: scale.width,
      depth: scale.depth,
      vocabularySize: model.vocabularySize,
      positions: model.sequenceLength,
      positionInitStd: spec.positionInitStd,
      keyValueWidth: scale.width,
      feedForwardWidth: model.feedForwardRatio * scale.width,
      gatedFeedForward: model.gatedFeedForward ?? false,
      biases: model.biases ?? false,
      normGains: model.normGains ?? "none",
      normBiases: false,
      tied: false,
      zeroQueryInit: spec.zeroQueryInit,
      zeroReadoutInit: spec.zeroReadoutInit,
    });
  },

  residualBranches: (scale) => Array.from({ length: scale.depth }, () => ["attention", "feedForward"] as const).flat(),

  checkScale(spec, scale) {
    assertInvariant(spec.architecture === "transformer", "not a transformer", { architecture: spec.architecture });
    const problems: ScaleProblem[] = [];
    const { width, headDimension, batchSizeTokens } = scale;
    if (width !== undefined && headDimension !== undefined && width % headDimension !== 0)
      problems.push({
        axis: "width",
        message: `width ${width} is not a multiple of headDimension ${headDimension}`,
        fix: `use ${nearestMultiple(width, headDimension)}, or another headDimension`,
      });
    if (width !== undefined && !Number.isInteger(spec.feedForwardRatio * width))
      problems.push({
        axis: "width",
        message: `feedForwardRatio ${spec.feedForwardRatio} x width ${width} is not a whole number`,
        fix: "choose a width or a feedForwardRatio whose product is whole",
      });
    if (batchSizeTokens !== undefined && batchSizeTokens % spec.sequenceLength !== 0)
      problems.push({
        axis: "batchSizeTokens",
        message: `batchSizeTokens ${batchSizeTokens} is not a multiple of sequenceLength ${spec.sequenceLength}`,
        fix: `use ${nearestMultiple(batchSizeTokens, spec.sequenceLength)}`,
      });
    return problems;
  },
};

/** Symbols of a text as the reference trainer reads it: line feed and the 95 printable ASCII characters. */
export const textAlphabetSize = 96;

function countSymbols(data: Data): number | undefined {
  if (data.kind === "markov") return data.vocabularySize;
  return data.kind === "text" ? textAlphabetSize : undefined;
}

/** The multiple of `unit` nearest to `value`, at least `unit`. */
function nearestMultiple(value: number, unit: number): number {
  return Math.max(1, Math.round(value / unit)) * unit;
}
