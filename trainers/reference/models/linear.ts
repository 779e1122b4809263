import { assertInvariant } from "../../../analysis/study/ladder-error.ts";
import type { Address } from "../engine/kernels.ts";
import type { LinearProduct } from "../training/optimizers/linear-product.ts";
import { createOperand } from "./casts.ts";
import { type Factor, type ModelContext, neutralFactor } from "./model-context.ts";
import { parameterNamed } from "./network.ts";

/** A matrix, and its bias if it has one, as an operation on batches of rows. */
export interface Linear {
  /** y = factor * (multiplier * forwardMultiplier * x W^T + bias); adds to y when `accumulate` is 1. */
  forward(x: Address, y: Address, accumulate: 0 | 1): void;
  /** Gradients of matrix and bias from the gradient dy to y and the x of the last `forward`; then dx, unless it is null, which is added to when `accumulate` is 1. */
  backward(dy: Address, x: Address, dx: Address | null, accumulate: 0 | 1): void;
  /** What passed through the matrix, for optimizers that ask, when x and dy always lie at these addresses. */
  product(x: Address, dy: Address): LinearProduct;
}

export interface LinearSettings {
  readonly rows: number;
  /** Whether it adds the tensor `<name>.bias`. */
  readonly biased?: boolean | undefined;
  /** Name of the output in observations; left out: the tensor's. */
  readonly module?: string;
  /** Factor on the matrix' part alone, as embeddingMultiplier and outputMultiplier are. Left out: 1. */
  readonly multiplier?: number;
  /** Factor on the whole result, as that of a residual branch is. Left out: 1. */
  readonly factor?: Factor;
}

/**
 * The matrix [fanOut, fanIn] of that name with its row's multipliers: dW = weightGradientMultiplier * dy^T x, dx = backwardMultiplier *
 * dy W, each times the factors above. With casts, x, W and dy are rounded before they are multiplied, and products on the way back
 * read the x and W that were rounded on the way forward; biases are added in f32.
 */
export function createLinear(context: ModelContext, name: string, settings: LinearSettings): Linear {
  const { engine, parameters, observer, casts } = context;
  const { rows, biased = false, module = name, multiplier = 1, factor = neutralFactor } = settings;
  const { kernels } = engine;
  const { row, weights, gradient: weightGradient } = parameterNamed(parameters, name);
  const [fanOut, fanIn] = row.shape;
  assertInvariant(fanOut !== undefined && fanIn !== undefined, "a linear layer needs a matrix", { name });
  const bias = biased ? parameterNamed(parameters, `${name}.bias`) : undefined;
  const ownFactor = multiplier * row.forwardMultiplier;
  const inputFactor = factor.backward * multiplier * row.backwardMultiplier;
  const gradientFactor = factor.backward * multiplier * (row.weightGradientMultiplier ?? row.forwardMultiplier);
  const biasGradientFactor = bias === undefined ? 0 : factor.backward * (bias.row.weightGradientMultiplier ?? bias.row.forwardMultiplier);
  const record = (kind: string) => (share: number) => void casts?.underflow.set(`${kind}/${name}`, share);
  const inputs = createOperand(engine, casts?.forward, rows * fanIn, record("underflow"));
  const matrix = createOperand(engine, casts?.forward, fanOut * fanIn);
  const outputGradient = createOperand(engine, casts?.backward, rows * fanOut, record("underflowGradient"));
  /** Where the output lies alone while it is observed, for one that is added to a stream. */
  const alone = observer === undefined || factor === neutralFactor ? null : engine.allocate(rows * fanOut);

  const apply = (x: Address, y: Address, whole: number, accumulate: 0 | 1) => {
    kernels.matrixMultiply(0, 1, rows, fanOut, fanIn, whole * ownFactor, x, fanIn, matrix.held(weights), fanIn, y, fanOut, accumulate);
    if (bias !== undefined) kernels.addRow(y, bias.weights, rows, fanOut, whole * bias.row.forwardMultiplier);
  };
  return {
    forward(x, y, accumulate) {
      matrix.cast(weights);
      const from = inputs.cast(x);
      apply(from, y, factor.forward, accumulate);
      if (observer?.active !== true) return;
      if (alone !== null) apply(from, alone, 1, 0);
      observer.output(module, alone ?? y, rows * fanOut);
    },
    backward(dy, x, dx, accumulate) {
      if (observer?.active === true) observer.gradient(module, dy, rows * fanOut, factor.backward);
      const from = outputGradient.cast(dy);
      kernels.matrixMultiply(1, 0, fanOut, fanIn, rows, gradientFactor, from, fanOut, inputs.held(x), fanIn, weightGradient, fanIn, 0);
      if (bias !== undefined) kernels.columnSums(dy, bias.gradient, rows, fanOut, biasGradientFactor);
      if (dx === null) return;
      kernels.matrixMultiply(0, 0, rows, fanIn, fanOut, inputFactor, from, fanOut, matrix.held(weights), fanIn, dx, fanIn, accumulate);
    },
    product: (x, dy) => ({ name, inputs: x, outputGradient: dy, rows, factor: gradientFactor }),
  };
}
