import { assertInvariant } from "../../study/ladder-error.ts";
import type { ModelSpec } from "../../study/study-spec.ts";
import type { Architecture, ScaleProblem, TensorShape } from "./contract.ts";

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
 * Fans of a listed tensor. Vectors have fan-in 1; an `input` tensor whose last dimension alone follows width is a lookup
 * table [rows, width]; all others are [fanOut, fanIn, ...kernel], with the kernel's size part of the fan-in.
 */
function customShape(tensor: CustomTensor, width: number): TensorShape {
  const shape = tensor.shape.map((dimension) => evaluateDimension(dimension, width));
  const [first = 1, ...rest] = shape;
  const last = tensor.shape.at(-1);
  if (shape.length === 1) return { name: tensor.name, role: tensor.role, shape, fanIn: 1, fanOut: first, lookup: false };
  if (tensor.role === "input" && shape.length === 2 && typeof last === "string" && typeof tensor.shape[0] === "number")
    return { name: tensor.name, role: tensor.role, shape, fanIn: 1, fanOut: shape[1] ?? 1, lookup: true };
  return {
    name: tensor.name,
    role: tensor.role,
    shape,
    fanIn: rest.reduce((product, size) => product * size, 1),
    fanOut: first,
    lookup: false,
  };
}

/** The size of a dimension such as 64, "width" or "4*width". */
function evaluateDimension(dimension: Dimension, width: number): number {
  if (typeof dimension === "number") return dimension;
  const factor = dimension.slice(0, -"width".length).replace("*", "").trim();
  return (factor === "" ? 1 : Number(factor)) * width;
}
