import { assertInvariant } from "../../study/ladder-error.ts";
import type { Architecture } from "./contract.ts";
import { matrix } from "./shapes.ts";

/** Multi-layer perceptron with ReLU and no biases: `depth` layers of `width` units and a readout. A token is one example. */
export const mlp: Architecture = {
  id: "mlp",
  summary: "multi-layer perceptron without biases: depth layers of width units and a readout",
  requiredAxes: ["width", "depth", "batchSizeTokens", "tokenHorizon"],
  knowsItsHyperparameters: true,
  hasAttention: false,
  referenceData: ["teacher"],
  trainingFlopsFormula: "6ND",

  resolveModel(spec) {
    assertInvariant(spec.architecture === "mlp", "not an mlp", { architecture: spec.architecture });
    return { architecture: "mlp", inputDimension: spec.inputDimension, classes: spec.classes };
  },

  tensors(model, scale) {
    assertInvariant(model.architecture === "mlp", "not an mlp", { architecture: model.architecture });
    const { width, depth } = scale;
    return [
      matrix("layers.0", "input", width, model.inputDimension),
      ...Array.from({ length: depth - 1 }, (_, index) => matrix(`layers.${index + 1}`, "hidden", width, width)),
      matrix("readout", "output", model.classes, width),
    ];
  },

  residualBranches: () => [],

  checkScale: () => [],
};
