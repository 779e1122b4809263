import { assertInvariant } from "../../../analysis/study/ladder-error.ts";
import type { Activation as ActivationName, Operations } from "../../../analysis/study/trainer-contract.ts";
import type { Engine } from "../engine/engine.ts";
import type { Address } from "../engine/kernels.ts";
import type { LinearProduct } from "../training/optimizers/linear-product.ts";
import type { Parameter } from "../training/parameters.ts";
import { createActivation } from "./activation.ts";
import { createLinear } from "./linear.ts";
import type { MlpShape, VectorNetwork } from "./mlp.ts";
import type { ModelContext, ModelOptions } from "./model-context.ts";
import { createNorm } from "./norm.ts";
import { createOutputLoss } from "./output-loss.ts";
import { type Branch, type BranchSettings, createResidualBlock } from "./residual-block.ts";

export interface ResidualMlpShape extends Omit<MlpShape, "biases"> {
  readonly activation: ActivationName;
  /** f = act(W h) with one product, V act(W h) with two. */
  readonly productsPerBlock: 1 | 2;
}

/**
 * Residual multi-layer perceptron: h = embeddingMultiplier * W x; `depth` times h <- skipMultiplier * h + branchMultiplier *
 * f(RMSNorm(h)); logits = outputMultiplier * R RMSNorm(h). Norms have no gains. Each block keeps the gradient that enters it, so that
 * every matrix' products can be published.
 */
export function createResidualMlp(
  engine: Engine,
  shape: ResidualMlpShape,
  operations: Operations,
  parameters: readonly Parameter[],
  options: ModelOptions = {},
): VectorNetwork {
  const { width, depth, inputDimension, classes, batch } = shape;
  const context: ModelContext = { ...options, engine, operations, parameters };
  const { observer } = options;
  const { embeddingMultiplier, outputMultiplier, residualBlocks } = operations;
  const size = batch * width;
  const inputs = engine.allocate(batch * inputDimension);
  const first = createLinear(context, "input", { rows: batch, multiplier: embeddingMultiplier });
  const products: LinearProduct[] = [];
  const blocks = Array.from({ length: depth }, (_, index) => {
    const multipliers = residualBlocks[index];
    assertInvariant(multipliers !== undefined, "a residual block has no multipliers", { index });
    const nextGradient = engine.allocate(size);
    const name = `blocks.${index}`;
    const block = createResidualBlock(context, { name, rows: batch, width, multipliers }, (settings) => {
      const branch = createBranch(context, shape, name, settings, nextGradient);
      products.push(...branch.products);
      return branch;
    });
    return { block, nextGradient };
  });
  const finalX = engine.allocate(size);
  const finalNorm = createNorm(context, batch, width);
  const firstGradient = engine.allocate(size);
  const normedGradient = engine.allocate(size);
  const readout = createLinear(context, "readout", { rows: batch, module: "logits", multiplier: outputMultiplier });
  const targets = engine.allocate(batch);
  const logits = engine.allocate(batch * classes);
  const loss = createOutputLoss(context, logits, targets, batch, classes);
  const stream = (index: number) => blocks[index]?.block.x ?? finalX;
  /** Where the gradient to stream number `index` lies. */
  const gradientAt = (index: number) => blocks[index - 1]?.nextGradient ?? firstGradient;

  return {
    inputs,
    products: [first.product(inputs, firstGradient), ...products, readout.product(finalNorm.y, logits)],
    targets,
    rows: batch,
    forward() {
      first.forward(inputs, stream(0), 0);
      blocks.forEach(({ block }, index) => {
        block.forward(stream(index + 1));
      });
      if (observer?.active === true) observer.output("features", finalX, size);
      finalNorm.forward(finalX);
      readout.forward(finalNorm.y, logits, 0);
      return loss();
    },
    backward() {
      readout.backward(logits, finalNorm.y, normedGradient, 0);
      finalNorm.backward(normedGradient, gradientAt(depth), 0, 1);
      if (observer?.active === true) observer.gradient("features", gradientAt(depth), size, 1);
      for (let index = depth - 1; index >= 0; index -= 1) blocks[index]?.block.backward(gradientAt(index + 1), gradientAt(index));
      first.backward(firstGradient, inputs, null, 0);
    },
  };
}

/** One block's f, and what passes through its matrices when the gradient that enters it lies at `gradient`. */
function createBranch(
  context: ModelContext,
  { width, batch: rows, activation: activationName, productsPerBlock }: ResidualMlpShape,
  name: string,
  { input, factor, accumulate }: BranchSettings,
  gradientRoom: Address,
): Branch & { readonly products: readonly LinearProduct[] } {
  const { engine, observer } = context;
  const { kernels } = engine;
  const size = rows * width;
  const hidden = `${name}.hidden`;
  const first = createLinear(context, `${name}.first`, { rows });
  const activation = createActivation(context, activationName, size);
  const preGradient = engine.allocate(size);
  const second = productsPerBlock === 2 ? createLinear(context, `${name}.second`, { rows, factor }) : undefined;
  return {
    products: [first.product(input, preGradient), ...(second === undefined ? [] : [second.product(activation.output, gradientRoom)])],
    forward(to) {
      first.forward(input, activation.input, 0);
      activation.forward();
      if (observer?.active === true) observer.value(hidden, activation.output, size);
      if (second === undefined) kernels.addScaled(to, activation.output, size, factor.forward);
      else second.forward(activation.output, to, accumulate);
    },
    backward(gradient, inputGradient) {
      if (second === undefined) kernels.copyScaled(preGradient, gradient, size, factor.backward);
      else second.backward(gradient, activation.output, preGradient, 0);
      if (observer?.active === true) observer.gradient(hidden, preGradient, size, 1);
      activation.backward(preGradient);
      first.backward(preGradient, input, inputGradient, 0);
    },
  };
}
