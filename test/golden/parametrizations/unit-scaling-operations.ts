import { activationFactors, gatedActivationFactor } from "../../../analysis/parametrizations/unit-scaling/activations.ts";
import { attentionFactor, softmaxFactors } from "../../../analysis/parametrizations/unit-scaling/attention.ts";
import { type Constraint, constraints } from "../../../analysis/parametrizations/unit-scaling/constraints.ts";
import { dropoutFactors, normFactors, sumFactors } from "../../../analysis/parametrizations/unit-scaling/elementwise.ts";
import { crossEntropyFactors, meanSquaredErrorFactors } from "../../../analysis/parametrizations/unit-scaling/losses.ts";
import {
  convolutionFactors,
  embeddingFactors,
  type LinearFactors,
  linearFactors,
  linearReadoutFactors,
  matrixProductFactors,
} from "../../../analysis/parametrizations/unit-scaling/products.ts";
import type { GoldenOperation, GoldenScale } from "./unit-scaling-cases.ts";

/** The library's name of a constraint, in ours. */
export function constraintOf(name: unknown): Constraint {
  const words = typeof name === "string" ? name.replaceAll("_", "-") : "none";
  const found = constraints.find((constraint) => constraint === words);
  if (found === undefined) throw new Error(`unknown constraint ${words}`);
  return found;
}

const forward = (tensor: string, factor: number): GoldenScale => ({ tensor, direction: "fwd", factor });
const backward = (tensor: string, factor: number): GoldenScale => ({ tensor, direction: "bwd", factor });
const product = (shape: readonly number[]) => shape.reduce((total, size) => total * size, 1);

function linearScales(factors: LinearFactors): GoldenScale[] {
  return [
    backward("input", factors.inputGradient),
    backward("weight", factors.weightGradient),
    backward("bias", factors.biasGradient),
    forward("output", factors.output),
  ];
}

function elementwiseScales({ output, inputGradient }: { readonly output: number; readonly inputGradient: number }): GoldenScale[] {
  return [backward("input", inputGradient), forward("output", output)];
}

/** What the library records for an operation, by our functions. */
export function ourScales({ op, shapes, args }: GoldenOperation): GoldenScale[] {
  const shape = (name: string): readonly number[] => {
    const found = shapes[name];
    if (found === undefined) throw new Error(`${op} has no ${name}`);
    return found;
  };
  const size = (name: string, index: number): number => shape(name).at(index) ?? Number.NaN;
  const number = (name: string): number => Number(args[name]);
  const constraint = constraintOf(args["constraint"]);

  switch (op) {
    case "linear":
    case "linear_readout": {
      const fans = { fanIn: size("weight", 1), fanOut: size("weight", 0), rows: product(shape("input")) / size("weight", 1) };
      const powers = args["scale_power"];
      if (!Array.isArray(powers)) return linearScales((op === "linear" ? linearFactors : linearReadoutFactors)(fans, constraint));
      const [output = 0, inputGradient = 0, weightGradient = 0] = powers;
      return linearScales(linearFactors(fans, constraint, { output, inputGradient, weightGradient }));
    }
    case "matmul": {
      const factors = matrixProductFactors({ rows: size("left", -2), inner: size("left", -1), columns: size("right", -1) }, constraint);
      return [backward("left", factors.leftGradient), backward("right", factors.rightGradient), forward("output", factors.output)];
    }
    case "conv1d":
      return linearScales(
        convolutionFactors(
          {
            channelsOut: size("weight", 0),
            channelsIn: size("weight", 1),
            kernelLength: size("weight", 2),
            batch: size("input", 0),
            inputLength: size("input", 2),
            stride: number("stride"),
            padding: number("padding"),
          },
          constraint,
        ),
      );
    case "gelu":
    case "silu":
      return elementwiseScales(activationFactors(op, number("mult"), constraint));
    case "silu_glu": {
      const factor = gatedActivationFactor("silu", number("mult"));
      return [backward("input", factor), backward("gate", factor), forward("output", factor)];
    }
    case "softmax":
      return elementwiseScales(softmaxFactors(size("input", number("dim")), number("mult"), constraint));
    case "scaled_dot_product_attention": {
      const factor = attentionFactor({
        sequenceLength: size("value", -2),
        headDimension: size("value", -1),
        causal: args["is_causal"] === true,
        multiplier: number("mult"),
        dropout: number("dropout_p"),
      });
      return [...["query", "key", "value"].map((name) => backward(name, factor)), forward("output", factor)];
    }
    case "cross_entropy": {
      const reduction = args["reduction"] === "mean" ? "mean" : "sum";
      const factors = crossEntropyFactors({ rows: size("input", 0), classes: size("input", 1) }, number("mult"), reduction);
      const mean = reduction === "mean" ? [forward("output", factors.loss)] : [];
      return [backward("input", factors.logitsGradient), forward("input", factors.logits), ...mean];
    }
    case "mse_loss": {
      const factors = meanSquaredErrorFactors(product(shape("input")));
      return [backward("input", factors.inputGradient), backward("target", factors.targetGradient), forward("output", factors.loss)];
    }
    case "embedding":
      return [backward("weight", embeddingFactors({ rows: size("weight", 0), reads: product(shape("input")) }).weightGradient)];
    // Gains and biases had no name of their own when the gradients were recorded.
    case "layer_norm": {
      const factors = normFactors([size("input", -1)], product(shape("input")));
      return [backward("output", factors.gainGradient), backward("output", factors.biasGradient)];
    }
    case "rms_norm":
      return [backward("output", normFactors([size("input", -1)], product(shape("input"))).gainGradient)];
    case "dropout": {
      const { output, inputGradient } = dropoutFactors(number("p"));
      // Without dropout torch returns its input, under whose name the forward factor is then recorded.
      return [backward("input", inputGradient), forward(number("p") === 0 ? "input" : "output", output)];
    }
    case "add": {
      const factors = sumFactors(shape("input"), shape("other"), constraint);
      return [backward("input", factors.inputGradient), backward("other", factors.otherGradient), forward("output", factors.output)];
    }
    default:
      throw new Error(`unknown operation ${op}`);
  }
}
