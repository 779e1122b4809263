import { assertInvariant } from "../../../analysis/study/ladder-error.ts";
import type { Operations } from "../../../analysis/study/trainer-contract.ts";
import type { Engine } from "../engine/engine.ts";
import type { Address } from "../engine/kernels.ts";
import type { Parameter } from "../training/parameters.ts";
import { createAttentionBranch } from "./attention.ts";
import { createFeedForwardBranch } from "./feed-forward.ts";
import { applyLinear, inputGradient, linearOf, weightGradient } from "./linear.ts";
import { type Network, parameterNamed } from "./network.ts";
import { createNorm } from "./norm.ts";
import type { TransformerShape } from "./residual-branch.ts";

export interface Transformer extends Network {
  /** i32 [batch, sequenceLength]. */
  readonly tokens: Address;
}

/**
 * Pre-norm decoder transformer (Radford et al. 2019, with RMSNorm without gain, relu and no biases):
 * x = embeddingMultiplier * (token + position); for each residual block x <- skipMultiplier * x + branchMultiplier * f(RMSNorm(x)), f
 * alternately causal attention and feed-forward; logits = outputMultiplier * readout(RMSNorm(x)). Embeddings and readout
 * are not tied.
 */
export function createTransformer(
  engine: Engine,
  shape: TransformerShape,
  operations: Operations,
  parameters: readonly Parameter[],
): Transformer {
  const { width, depth, vocabularySize, sequenceLength, batch } = shape;
  const { kernels } = engine;
  const rows = batch * sequenceLength;
  const blocks = Array.from({ length: 2 * depth }, (_, index) => {
    const name = `blocks.${Math.floor(index / 2)}`;
    const residual = operations.residualBlocks[index];
    assertInvariant(residual !== undefined, "a residual block has no multipliers", { index });
    const branch =
      index % 2 === 0
        ? createAttentionBranch(engine, shape, operations, parameters, `${name}.attention`)
        : createFeedForwardBranch(engine, shape, operations, parameters, `${name}.feedForward`);
    return { residual, branch, norm: createNorm(engine, rows, width), x: engine.allocate(rows * width) };
  });
  const finalX = engine.allocate(rows * width);
  const finalNorm = createNorm(engine, rows, width);
  const tokenTable = parameterNamed(parameters, "tokenEmbedding");
  const positionTable = parameterNamed(parameters, "positionEmbedding");
  const readout = linearOf(parameterNamed(parameters, "readout"));
  const tokens = engine.allocate(rows);
  const targets = engine.allocate(rows);
  const logits = engine.allocate(rows * vocabularySize);
  const dx = engine.allocate(rows * width);
  const dNormed = engine.allocate(rows * width);
  const { embeddingMultiplier, outputMultiplier, lossMultiplier } = operations;
  const tokenFactor = embeddingMultiplier * tokenTable.row.forwardMultiplier;
  const positionFactor = embeddingMultiplier * positionTable.row.forwardMultiplier;

  return {
    tokens,
    targets,
    rows,
    forward() {
      const first = blocks[0]?.x ?? finalX;
      kernels.embed(tokens, tokenTable.weights, positionTable.weights, first, rows, sequenceLength, width, tokenFactor, positionFactor);
      blocks.forEach(({ residual, branch, norm, x }, index) => {
        const next = blocks[index + 1]?.x ?? finalX;
        norm.forward(x);
        kernels.copyScaled(next, x, rows * width, residual.skipMultiplier);
        branch.forward(norm.y, next, residual.branchMultiplier);
      });
      finalNorm.forward(finalX);
      applyLinear(kernels, readout, finalNorm.y, logits, rows, outputMultiplier, 0);
      return kernels.softmaxCrossEntropy(logits, targets, rows, vocabularySize, lossMultiplier / rows) / rows;
    },
    backward() {
      weightGradient(kernels, readout, logits, finalNorm.y, rows, outputMultiplier);
      inputGradient(kernels, readout, logits, dNormed, rows, outputMultiplier, 0);
      finalNorm.backward(dNormed, dx, 0);
      for (const { residual, branch, norm } of blocks.toReversed()) {
        branch.backward(norm.y, dx, dNormed, residual.branchMultiplier);
        norm.backward(dNormed, dx, residual.skipMultiplier);
      }
      for (const table of [tokenTable, positionTable]) engine.floats(table.gradient, table.length).fill(0);
      kernels.scatterAdd(tokens, dx, tokenTable.gradient, rows, width, tokenFactor);
      kernels.scatterAddPositions(dx, positionTable.gradient, rows, sequenceLength, width, positionFactor);
    },
  };
}
