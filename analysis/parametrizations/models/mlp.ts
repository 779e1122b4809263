import { mlpTensors } from "../architectures/mlp.ts";
import type { ModelFamily, ModelParameter } from "./contract.ts";

/** What an input, a readout and their sizes are, for models that classify vectors. */
export const classifierParameters: readonly ModelParameter[] = [
  { name: "inputDimension", kind: "integer", defaultValue: 784, meaning: "numbers of one input; the same at every width" },
  { name: "classes", kind: "integer", defaultValue: 10, meaning: "outputs; the same at every width" },
  { name: "zeroReadoutInit", kind: "boolean", defaultValue: false, meaning: "the readout starts at zero" },
];

/** Multi-layer perceptron, as in a study file. */
export const mlp: ModelFamily = {
  id: "mlp",
  summary: "multi-layer perceptron: depth layers and a readout",
  depthUnit: "layers before the readout",
  hasAttention: false,
  parameters: [...classifierParameters, { name: "biases", kind: "boolean", defaultValue: false, meaning: "a bias on every matrix" }],

  tensors: (scale, parameters) =>
    mlpTensors({
      width: scale.width,
      depth: scale.depth,
      inputDimension: parameters.number("inputDimension"),
      classes: parameters.number("classes"),
      biases: parameters.flag("biases"),
      zeroReadoutInit: parameters.flag("zeroReadoutInit"),
    }),

  residualBranches: () => [],

  check: () => [],
};
