import type { Operations } from "../../../analysis/study/trainer-contract.ts";
import type { Engine } from "../engine/engine.ts";
import type { Address } from "../engine/kernels.ts";
import type { LinearProduct } from "../training/optimizers/linear-product.ts";
import type { Parameter } from "../training/parameters.ts";
import { applyLinear, inputGradient, linearOf, weightGradient } from "./linear.ts";
import { type Network, parameterNamed } from "./network.ts";

export interface MlpShape {
  readonly width: number;
  /** Hidden layers. */
  readonly depth: number;
  readonly inputDimension: number;
  readonly classes: number;
  readonly batch: number;
}

export interface Mlp extends Network {
  /** f32 [batch, inputDimension]. */
  readonly inputs: Address;
  /** What passed through each matrix. */
  readonly products: readonly LinearProduct[];
}

/**
 * Multi-layer perceptron without biases: h_0 = a(e W_0 x), h_i = a(W_i h_{i-1}), logits = o R h, where a = activationMultiplier *
 * relu, e = embeddingMultiplier, o = outputMultiplier, and every matrix carries its own forward and backward multiplier.
 */
export function createMlp(engine: Engine, shape: MlpShape, operations: Operations, parameters: readonly Parameter[]): Mlp {
  const { width, depth, inputDimension, classes, batch } = shape;
  const { kernels } = engine;
  const layers = Array.from({ length: depth }, (_, index) => {
    const linear = linearOf(parameterNamed(parameters, `layers.${index}`));
    return {
      linear,
      activation: engine.allocate(batch * width),
      gradient: engine.allocate(batch * width),
      factor: index === 0 ? operations.embeddingMultiplier : 1,
    };
  });
  const readout = linearOf(parameterNamed(parameters, "readout"));
  const inputs = engine.allocate(batch * inputDimension);
  const targets = engine.allocate(batch);
  const logits = engine.allocate(batch * classes);
  const { activationMultiplier, outputMultiplier, lossMultiplier } = operations;
  const products = [...layers, { linear: readout, gradient: logits, factor: outputMultiplier }].map(
    ({ linear, gradient, factor }, index): LinearProduct => ({
      name: linear.parameter.row.name,
      inputs: layers[index - 1]?.activation ?? inputs,
      outputGradient: gradient,
      rows: batch,
      factor: factor * (linear.parameter.row.weightGradientMultiplier ?? linear.parameter.row.forwardMultiplier),
    }),
  );

  return {
    inputs,
    products,
    targets,
    rows: batch,
    forward() {
      let below = inputs;
      for (const { linear, activation, factor } of layers) {
        applyLinear(kernels, linear, below, activation, batch, factor, 0);
        kernels.reluForward(activation, batch * width, activationMultiplier);
        below = activation;
      }
      applyLinear(kernels, readout, below, logits, batch, outputMultiplier, 0);
      return kernels.softmaxCrossEntropy(logits, targets, batch, classes, lossMultiplier / batch) / batch;
    },
    backward() {
      let above = readout;
      let dy = logits;
      let factor = outputMultiplier;
      for (const layer of layers.toReversed()) {
        weightGradient(kernels, above, dy, layer.activation, batch, factor);
        inputGradient(kernels, above, dy, layer.gradient, batch, factor, 0);
        kernels.reluBackward(layer.gradient, layer.activation, batch * width, activationMultiplier);
        above = layer.linear;
        dy = layer.gradient;
        factor = layer.factor;
      }
      weightGradient(kernels, above, dy, inputs, batch, factor);
    },
  };
}
