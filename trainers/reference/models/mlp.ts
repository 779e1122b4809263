import type { Activation as ActivationName, Operations } from "../../../analysis/study/trainer-contract.ts";
import type { Engine } from "../engine/engine.ts";
import type { Address } from "../engine/kernels.ts";
import type { LinearProduct } from "../training/optimizers/linear-product.ts";
import type { Parameter } from "../training/parameters.ts";
import { createActivation } from "./activation.ts";
import { createLinear } from "./linear.ts";
import type { ModelContext, ModelOptions } from "./model-context.ts";
import type { Network } from "./network.ts";
import { createOutputLoss } from "./output-loss.ts";

export interface MlpShape {
  readonly width: number;
  /** Hidden layers. */
  readonly depth: number;
  readonly inputDimension: number;
  readonly classes: number;
  readonly batch: number;
  /** Left out: relu. */
  readonly activation?: ActivationName | undefined;
  /** Whether each matrix has a bias. */
  readonly biases?: boolean | undefined;
}

/** A network that learns classes of vectors. */
export interface VectorNetwork extends Network {
  /** f32 [batch, inputDimension]. */
  readonly inputs: Address;
  /** What passed through each matrix. */
  readonly products: readonly LinearProduct[];
}

/**
 * Multi-layer perceptron: h_0 = a(e W_0 x + b_0), h_i = a(W_i h_{i-1} + b_i), logits = o R h + b, where a = activationMultiplier * act,
 * e = embeddingMultiplier, o = outputMultiplier, every matrix carries its own multipliers, and biases are there if the shape says so.
 */
export function createMlp(
  engine: Engine,
  shape: MlpShape,
  operations: Operations,
  parameters: readonly Parameter[],
  options: ModelOptions = {},
): VectorNetwork {
  const { width, depth, inputDimension, classes, batch, biases: biased } = shape;
  const context: ModelContext = { ...options, engine, operations, parameters };
  const { embeddingMultiplier, outputMultiplier } = operations;
  const inputs = engine.allocate(batch * inputDimension);
  const layers = Array.from({ length: depth }, (_, index) => ({
    linear: createLinear(context, `layers.${index}`, { rows: batch, biased, multiplier: index === 0 ? embeddingMultiplier : 1 }),
    activation: createActivation(context, shape.activation, batch * width),
    gradient: engine.allocate(batch * width),
  }));
  const readout = createLinear(context, "readout", { rows: batch, biased, module: "logits", multiplier: outputMultiplier });
  const targets = engine.allocate(batch);
  const logits = engine.allocate(batch * classes);
  const loss = createOutputLoss(context, logits, targets, batch, classes);
  const below = (index: number) => layers[index - 1]?.activation.output ?? inputs;

  return {
    inputs,
    products: [
      ...layers.map(({ linear, gradient }, index) => linear.product(below(index), gradient)),
      readout.product(below(depth), logits),
    ],
    targets,
    rows: batch,
    forward() {
      layers.forEach(({ linear, activation }, index) => {
        linear.forward(below(index), activation.input, 0);
        activation.forward();
      });
      readout.forward(below(depth), logits, 0);
      return loss();
    },
    backward() {
      readout.backward(logits, below(depth), layers[depth - 1]?.gradient ?? null, 0);
      for (let index = depth - 1; index >= 0; index -= 1) {
        const layer = layers[index];
        if (layer === undefined) continue;
        layer.activation.backward(layer.gradient);
        layer.linear.backward(layer.gradient, below(index), layers[index - 1]?.gradient ?? null, 0);
      }
    },
  };
}
