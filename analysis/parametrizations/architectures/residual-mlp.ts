import { assertInvariant } from "../../study/ladder-error.ts";
import type { Architecture, TensorShape } from "./contract.ts";
import { matrix, zeroWhen } from "./shapes.ts";

/** Sizes of a residual multi-layer perceptron at one scale. */
export interface ResidualMlpShape {
  readonly width: number;
  /** Residual blocks. */
  readonly depth: number;
  readonly inputDimension: number;
  readonly classes: number;
  /** 1: act(W h); 2: V act(W h). */
  readonly productsPerBlock: 1 | 2;
  readonly zeroReadoutInit: boolean;
}

/** Tensors of h = W x, then `depth` residual blocks, then a readout; no biases, no gains. */
export function residualMlpTensors(shape: ResidualMlpShape): readonly TensorShape[] {
  const { width, depth } = shape;
  const product = (index: number, name: "first" | "second") =>
    matrix(`blocks.${index}.${name}`, "hidden", width, width, { insideBlock: true, module: `feedForward.${name}` });
  return [
    matrix("input", "input", width, shape.inputDimension, { module: "input" }),
    ...Array.from({ length: depth }, (_, index) => [
      product(index, "first"),
      ...(shape.productsPerBlock === 2 ? [product(index, "second")] : []),
    ]).flat(),
    matrix("readout", "output", shape.classes, width, { module: "readout", ...zeroWhen(shape.zeroReadoutInit) }),
  ];
}

/** Residual multi-layer perceptron: the smallest model on which a depth rule shows. A token is one example. */
export const residualMlp: Architecture = {
  id: "residualMlp",
  summary: "residual multi-layer perceptron: depth blocks of one or two products of width units",
  requiredAxes: ["width", "depth", "batchSizeTokens", "tokenHorizon"],
  knowsItsHyperparameters: true,
  hasAttention: false,
  referenceData: ["teacher"],
  trainingFlopsFormula: "6ND",

  resolveModel(spec) {
    assertInvariant(spec.architecture === "residualMlp", "not a residual mlp", { architecture: spec.architecture });
    const { architecture, inputDimension, classes, productsPerBlock, activation } = spec;
    return { architecture, inputDimension, classes, productsPerBlock, activation };
  },

  modelFacts(model) {
    assertInvariant(model.architecture === "residualMlp", "not a residual mlp", { architecture: model.architecture });
    return { sequenceLength: 1, vocabularySize: model.classes, activation: model.activation, gated: false };
  },

  tensors(model, scale, spec) {
    assertInvariant(model.architecture === "residualMlp" && spec.architecture === "residualMlp", "not a residual mlp", {
      architecture: model.architecture,
    });
    return residualMlpTensors({
      width: scale.width,
      depth: scale.depth,
      inputDimension: model.inputDimension,
      classes: model.classes,
      productsPerBlock: model.productsPerBlock,
      zeroReadoutInit: spec.zeroReadoutInit,
    });
  },

  residualBranches: (scale) => Array.from({ length: scale.depth }, () => "feedForward" as const),

  checkScale: () => [],
};
