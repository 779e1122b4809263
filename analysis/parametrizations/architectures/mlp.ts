import { assertInvariant } from "../../study/ladder-error.ts";
import type { Architecture, TensorShape } from "./contract.ts";
import { matrix, withBias, zeroWhen } from "./shapes.ts";

/** Sizes of a multi-layer perceptron at one scale. */
export interface MlpShape {
  readonly width: number;
  /** Layers of `width` units; at least 1. */
  readonly depth: number;
  readonly inputDimension: number;
  readonly classes: number;
  readonly biases: boolean;
  readonly zeroReadoutInit: boolean;
}

/** Tensors of a multi-layer perceptron. The readout's bias is as long as there are classes: a scalar, never scaled. */
export function mlpTensors(shape: MlpShape): readonly TensorShape[] {
  const { width, depth, inputDimension, classes, biases } = shape;
  return [
    matrix("layers.0", "input", width, inputDimension, { module: "input" }),
    ...Array.from({ length: depth - 1 }, (_, index) => matrix(`layers.${index + 1}`, "hidden", width, width, { module: "hidden" })),
    matrix("readout", "output", classes, width, { module: "readout", ...zeroWhen(shape.zeroReadoutInit) }),
  ].flatMap((tensor) => withBias(tensor, biases));
}

/** Multi-layer perceptron: `depth` layers of `width` units and a readout. A token is one example. */
export const mlp: Architecture = {
  id: "mlp",
  summary: "multi-layer perceptron: depth layers of width units and a readout",
  requiredAxes: ["width", "depth", "batchSizeTokens", "tokenHorizon"],
  knowsItsHyperparameters: true,
  hasAttention: false,
  referenceData: ["teacher"],
  trainingFlopsFormula: "6ND",

  resolveModel(spec) {
    assertInvariant(spec.architecture === "mlp", "not an mlp", { architecture: spec.architecture });
    return {
      architecture: "mlp",
      inputDimension: spec.inputDimension,
      classes: spec.classes,
      ...(spec.activation === "relu" ? {} : { activation: spec.activation }),
      ...(spec.biases ? { biases: true } : {}),
    };
  },

  modelFacts(model) {
    assertInvariant(model.architecture === "mlp", "not an mlp", { architecture: model.architecture });
    return { sequenceLength: 1, vocabularySize: model.classes, activation: model.activation ?? "relu", gated: false };
  },

  tensors(model, scale, spec) {
    assertInvariant(model.architecture === "mlp" && spec.architecture === "mlp", "not an mlp", { architecture: model.architecture });
    return mlpTensors({
      width: scale.width,
      depth: scale.depth,
      inputDimension: model.inputDimension,
      classes: model.classes,
      biases: model.biases ?? false,
      zeroReadoutInit: spec.zeroReadoutInit,
    });
  },

  residualBranches: () => [],

  checkScale: () => [],
};
