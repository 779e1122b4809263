import type { Problem } from "../../study/ladder-error.ts";
import type { TensorShape } from "../architectures/contract.ts";
import { matrix, placedTensor, vector, withBias, zeroWhen } from "../architectures/shapes.ts";
import type { FamilyParameters, ModelFamily } from "./contract.ts";

/**
 * Residual convolutional network (He et al. 2016, arXiv:1512.03385, with two convolutions a block): a stem, `stages` stages of
 * which each is `stageGrowth` times as wide as the one before, every convolution followed by batch norm. A kernel's size
 * counts into the fan-in and is finite.
 */
export const residualCnn: ModelFamily = {
  id: "residual-cnn",
  summary: "residual convolutional network: stem, stages of blocks of two convolutions, batch norm, readout",
  depthUnit: "residual blocks, spread evenly over the stages",
  hasAttention: false,
  parameters: [
    { name: "channels", kind: "integer", defaultValue: 3, meaning: "channels of the image" },
    { name: "classes", kind: "integer", defaultValue: 10, meaning: "outputs; the same at every width" },
    { name: "kernelSize", kind: "integer", defaultValue: 3, meaning: "side of the kernels of the blocks" },
    { name: "stemKernelSize", kind: "integer", defaultValue: 3, meaning: "side of the first kernel" },
    { name: "stages", kind: "integer", defaultValue: 4, meaning: "groups of blocks of one width" },
    {
      name: "stageGrowth",
      kind: "number",
      minimum: 1,
      defaultValue: 2,
      meaning: "width of a stage over the one before; the first is width",
    },
    { name: "normGains", kind: "boolean", defaultValue: true, meaning: "trained gain and offset of batch norm" },
    {
      name: "zeroBranchGain",
      kind: "boolean",
      defaultValue: false,
      meaning: "the last gain of every block starts at 0, so that blocks start as the identity",
    },
    { name: "readoutBias", kind: "boolean", defaultValue: true, meaning: "a bias on the readout" },
    { name: "zeroReadoutInit", kind: "boolean", defaultValue: false, meaning: "the readout starts at zero" },
  ],

  tensors(scale, parameters) {
    const gains = parameters.flag("normGains");
    const side = parameters.number("stemKernelSize");
    const widths = blockWidths(scale.width, scale.depth, parameters);
    const readout = matrix("readout", "output", parameters.number("classes"), widths.at(-1) ?? scale.width, {
      module: "readout",
      ...zeroWhen(parameters.flag("zeroReadoutInit")),
    });
    return [
      ...normed(placedTensor("stem", "input", [scale.width, parameters.number("channels"), side, side], { module: "stem" }), gains),
      ...widths.flatMap((width, index) => blockTensors(index, widths[index - 1] ?? scale.width, width, parameters)),
      ...withBias(readout, parameters.flag("readoutBias")),
    ];
  },

  residualBranches: (scale) => Array.from({ length: scale.depth }, () => "feedForward" as const),

  check(scale, parameters) {
    const problems: Problem[] = [];
    const stages = parameters.number("stages");
    if (scale.depth % stages !== 0)
      problems.push({ path: "depth", message: `is not a multiple of the ${stages} stages`, value: String(scale.depth), fix: "change one" });
    else if (blockWidths(scale.width, scale.depth, parameters).some((width) => !Number.isInteger(width)))
      problems.push({
        path: "stageGrowth",
        message: `does not give whole widths from width ${scale.width}`,
        value: String(parameters.number("stageGrowth")),
        fix: "use a whole number, or another width",
      });
    if (parameters.flag("zeroBranchGain") && !parameters.flag("normGains"))
      problems.push({ path: "zeroBranchGain", message: "needs trained gains", value: "true", fix: "set normGains true" });
    return problems;
  },
};

/** The width of every block, stage by stage. */
function blockWidths(width: number, depth: number, parameters: FamilyParameters): readonly number[] {
  const stages = parameters.number("stages");
  const widths: number[] = [];
  let current = width;
  for (let stage = 0; stage < stages; stage += 1) {
    for (let block = 0; block < depth / stages; block += 1) widths.push(current);
    current *= parameters.number("stageGrowth");
  }
  return widths;
}

/**
 * One block: two convolutions, and where its width changes a projection on the skip path. That projection is in no residual
 * branch: there are as many as stages, however deep the network, so depth rules leave it alone.
 */
function blockTensors(index: number, from: number, width: number, parameters: FamilyParameters): readonly TensorShape[] {
  const side = parameters.number("kernelSize");
  const gains = parameters.flag("normGains");
  const convolution = (part: "first" | "second", fanIn: number) =>
    placedTensor(`blocks.${index}.${part}`, "hidden", [width, fanIn, side, side], { insideBlock: true, module: `convolution.${part}` });
  const shortcut = placedTensor(`blocks.${index}.shortcut`, "hidden", [width, from, 1, 1], { module: "shortcut" });
  return [
    ...normed(convolution("first", from), gains),
    ...normed(convolution("second", width), gains, parameters.flag("zeroBranchGain")),
    ...(from === width ? [] : normed(shortcut, gains)),
  ];
}

/** A convolution with the gain and offset of the batch norm behind it, one a channel. */
function normed(tensor: TensorShape, gains: boolean, zeroGain = false): readonly TensorShape[] {
  if (!gains) return [tensor];
  const { name, fanOut, insideBlock, module = name } = tensor;
  const place = insideBlock === undefined ? {} : { insideBlock };
  return [
    tensor,
    vector(`${name}.norm`, "normGain", fanOut, { module: `${module}.norm`, ...place, ...(zeroGain ? { initMean: 0 } : {}) }),
    vector(`${name}.norm.bias`, "bias", fanOut, { module: `${module}.norm.bias`, ...place }),
  ];
}
