import { assertInvariant } from "../../study/ladder-error.ts";
import type { ModelSpec } from "../../study/study-spec.ts";
import type { Architecture, ScaleProblem, TensorShape } from "./contract.ts";
import { lookupTable, placedTensor } from "./shapes.ts";

type CustomSpec = Extract<ModelSpec, { architecture: "custom" }>;
type CustomTensor = CustomSpec["tensors"][number];
type Dimension = CustomTensor["shape"][number];

/**
 * A model of the user's own trainer. The study file may list its tensors, with dimensions in terms of width, and then
 * gets a resolved row for each; without a list the trainer gets hyperparameters only.
 */
export const custom: Architecture = {
  id: "custom",
  summary: "your own model: list its tensors, with dimensions such as width or 4*width",
  requiredAxes: ["width", "batchSizeTokens", "tokenHorizon"],
  knowsItsHyperparameters: false,
  hasAttention: false,
  referenceData: [],
  trainingFlopsFormula: "6ND-listed",

  resolveModel: () => ({ architecture: "custom" }),

  modelFacts: () => undefined,

  tensors(_model, scale, spec) {
    assertInvariant(spec.architecture === "custom", "not a custom model", { architecture: spec.architecture });
    return spec.tensors.map((tensor) => customShape(tensor, scale.width));
  },

  residualBranches: () => [],

  checkScale(spec, scale) {
    assertInvariant(spec.architecture === "custom", "not a custom model", { architecture: spec.architecture });
    const { width } = scale;
    if (width === undefined) return [];
    return spec.tensors.flatMap((tensor) =>
      tensor.shape.flatMap((dimension): ScaleProblem[] =>
        Number.isInteger(evaluateDimension(dimension, width))
          ? []
          : [
              {
                axis: "width",
                message: `${tensor.name}: ${dimension} at width ${width} is ${evaluateDimension(dimension, width)}, not a whole number`,
                fix: "choose a width that makes every dimension whole",
              },
            ],
      ),
    );
  },
};

/**
 * A listed tensor with its fans: an `input` tensor whose last dimension alone follows width is a lookup table [rows, width];
 * see `placedTensor` for all others.
 */
function customShape(tensor: CustomTensor, width: number): TensorShape {
  const { name, role } = tensor;
  const shape = tensor.shape.map((dimension) => evaluateDimension(dimension, width));
  const [first = 1, second = 1] = shape;
  const last = tensor.shape.at(-1);
  const lookup = role === "input" && shape.length === 2 && typeof last === "string" && typeof tensor.shape[0] === "number";
  return lookup ? lookupTable(name, first, second) : placedTensor(name, role, shape);
}

/** The size of a dimension such as 64, "width" or "4*width". */
function evaluateDimension(dimension: Dimension, width: number): number {
  if (typeof dimension === "number") return dimension;
  const factor = dimension.slice(0, -"width".length).replace("*", "").trim();
  return (factor === "" ? 1 : Number(factor)) * width;
}
