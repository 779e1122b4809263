import { residualMlpTensors } from "../architectures/residual-mlp.ts";
import { classifierParameters } from "./mlp.ts";
import type { ModelFamily } from "./contract.ts";

/** Residual multi-layer perceptron, as in a study file. */
export const residualMlp: ModelFamily = {
  id: "residual-mlp",
  summary: "residual multi-layer perceptron: depth blocks of one or two products",
  depthUnit: "residual blocks",
  hasAttention: false,
  parameters: [
    ...classifierParameters,
    {
      name: "productsPerBlock",
      kind: "choice",
      choices: ["one", "two"],
      defaultValue: "two",
      meaning: "matrix products of a block: act(W h), or V act(W h)",
    },
  ],

  tensors: (scale, parameters) =>
    residualMlpTensors({
      width: scale.width,
      depth: scale.depth,
      inputDimension: parameters.number("inputDimension"),
      classes: parameters.number("classes"),
      productsPerBlock: parameters.word("productsPerBlock") === "one" ? 1 : 2,
      zeroReadoutInit: parameters.flag("zeroReadoutInit"),
    }),

  residualBranches: (scale) => Array.from({ length: scale.depth }, () => "feedForward" as const),

  check: () => [],
};
