import { lookupTable, matrix, placedTensor, withBias, zeroWhen } from "../architectures/shapes.ts";
import { blockTensors, normTensors, positionTable } from "../architectures/transformer-blocks.ts";
import type { FamilyParameters, ModelFamily } from "./contract.ts";
import { blockParameters, checkBlocks, feedForwardWidthOf, transformerBranches } from "./transformer.ts";

/**
 * Vision transformer (Dosovitskiy et al. 2021, arXiv:2010.11929): pre-norm blocks with LayerNorm. The patch embedding is a
 * product with pixels: role input, with channels x side^2 as fan-in. The class token is a table of one row: what stands at
 * its place is always the same one-hot input, so it has fan-in 1 and grows in its fan-out only, as a bias does, but it is
 * drawn like an embedding and not zero, else all of its entries would start alike.
 */
export const vit: ModelFamily = {
  id: "vit",
  summary: "vision transformer: patch embedding, position table, class token, pre-norm blocks, readout",
  depthUnit: "blocks of attention and feed-forward",
  hasAttention: true,
  parameters: [
    { name: "imageSize", kind: "integer", defaultValue: 224, meaning: "side of the image, pixels" },
    { name: "patchSize", kind: "integer", defaultValue: 16, meaning: "side of a patch, pixels" },
    { name: "channels", kind: "integer", defaultValue: 3, meaning: "channels of the image" },
    { name: "classes", kind: "integer", defaultValue: 1000, meaning: "outputs; the same at every width" },
    { name: "classToken", kind: "boolean", defaultValue: true, meaning: "a learned token that is read out; false: the mean of all" },
    {
      name: "positionInitStd",
      kind: "number",
      minimum: 0,
      defaultValue: 1,
      meaning: "deviation of the position table at the start, against 1 of a lookup table",
    },
    ...blockParameters,
    { name: "biases", kind: "boolean", defaultValue: true, meaning: "a bias on every matrix and on the patch embedding" },
    { name: "normGains", kind: "boolean", defaultValue: true, meaning: "trained gains and offsets of LayerNorm" },
    { name: "zeroReadoutInit", kind: "boolean", defaultValue: false, meaning: "the readout starts at zero" },
  ],

  tensors(scale, parameters) {
    const { width, depth } = scale;
    const side = parameters.number("patchSize");
    const biases = parameters.flag("biases");
    const gains = parameters.flag("normGains");
    const norms = { width, normGains: gains ? "vector" : "none", normBiases: gains } as const;
    const patches = placedTensor("patchEmbedding", "input", [width, parameters.number("channels"), side, side], {
      module: "patchEmbedding",
    });
    const block = {
      ...norms,
      keyValueWidth: width,
      feedForwardWidth: feedForwardWidthOf(scale, parameters),
      gatedFeedForward: parameters.flag("gatedFeedForward"),
      biases,
      zeroQueryInit: false,
    };
    const readout = matrix("readout", "output", parameters.number("classes"), width, {
      module: "readout",
      ...zeroWhen(parameters.flag("zeroReadoutInit")),
    });
    return [
      ...withBias(patches, biases),
      ...(parameters.flag("classToken") ? [lookupTable("classToken", 1, width, { module: "classToken" })] : []),
      positionTable(tokensOf(parameters), width, parameters.number("positionInitStd")),
      ...Array.from({ length: depth }, (_, index) => blockTensors(index, block)).flat(),
      ...normTensors("finalNorm", "finalNorm", norms),
      ...withBias(readout, biases),
    ];
  },

  residualBranches: transformerBranches,

  check(scale, parameters) {
    const patchSize = parameters.number("patchSize");
    const imageSize = parameters.number("imageSize");
    return [
      ...checkBlocks(scale, parameters),
      ...(imageSize % patchSize === 0
        ? []
        : [{ path: "patchSize", message: `does not divide imageSize ${imageSize}`, value: String(patchSize), fix: "use a divisor" }]),
    ];
  },
};

function tokensOf(parameters: FamilyParameters): number {
  const patchesASide = parameters.number("imageSize") / parameters.number("patchSize");
  return patchesASide * patchesASide + (parameters.flag("classToken") ? 1 : 0);
}
