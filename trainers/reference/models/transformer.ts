import { assertInvariant } from "../../../analysis/study/ladder-error.ts";
import type { Activation as ActivationName, Operations } from "../../../analysis/study/trainer-contract.ts";
import type { Engine } from "../engine/engine.ts";
import type { Address } from "../engine/kernels.ts";
import type { Parameter } from "../training/parameters.ts";
import { createAttentionBranch } from "./attention.ts";
import { createFeedForwardBranch } from "./feed-forward.ts";
import { createLinear } from "./linear.ts";
import { type ModelContext, type ModelOptions, neutralFactor } from "./model-context.ts";
import { type Network, parameterNamed } from "./network.ts";
import { createNorm } from "./norm.ts";
import { createOutputLoss } from "./output-loss.ts";
import { createResidualBlock } from "./residual-block.ts";

export interface TransformerShape {
  readonly width: number;
  /** Blocks, each one attention and one feed-forward branch. */
  readonly depth: number;
  readonly headDimension: number;
  readonly feedForwardWidth: number;
  readonly vocabularySize: number;
  readonly sequenceLength: number;
  /** Sequences in a batch. */
  readonly batch: number;
  /** The contract's choices; left out: relu, not gated, no biases, no gains, the norm first in each branch. */
  readonly activation?: ActivationName | undefined;
  readonly gatedFeedForward?: boolean | undefined;
  readonly biases?: boolean | undefined;
  readonly normGains?: "vector" | "scalar" | undefined;
  readonly normPosition?: "branchOutput" | undefined;
}

export interface Transformer extends Network {
  /** i32 [batch, sequenceLength]. */
  readonly tokens: Address;
}

/**
 * Decoder transformer (Radford et al. 2019, with RMSNorm): x = embeddingMultiplier * (token + position); residual blocks
 * (residual-block.ts), alternately causal attention and feed-forward; logits = outputMultiplier * readout(RMSNorm(x)). Embeddings and
 * readout are not tied.
 */
export function createTransformer(
  engine: Engine,
  shape: TransformerShape,
  operations: Operations,
  parameters: readonly Parameter[],
  options: ModelOptions = {},
): Transformer {
  const { width, depth, vocabularySize, sequenceLength, batch, normGains, normPosition } = shape;
  const context: ModelContext = { ...options, engine, operations, parameters };
  const { observer } = options;
  const { kernels } = engine;
  const rows = batch * sequenceLength;
  const size = rows * width;
  const blocks = Array.from({ length: 2 * depth }, (_, index) => {
    const multipliers = operations.residualBlocks[index];
    assertInvariant(multipliers !== undefined, "a residual block has no multipliers", { index });
    const name = `blocks.${Math.floor(index / 2)}.${index % 2 === 0 ? "attention" : "feedForward"}`;
    const gain = normGains === undefined ? undefined : `${name}.norm`;
    return createResidualBlock(context, { name, rows, width, multipliers, gain, normPosition }, (settings) =>
      index % 2 === 0
        ? createAttentionBranch(context, shape, name, settings)
        : createFeedForwardBranch(context, { ...shape, rows }, name, settings),
    );
  });
  const finalX = engine.allocate(size);
  const finalNorm = createNorm(context, rows, width, normGains === undefined ? undefined : "finalNorm");
  const tokenTable = parameterNamed(parameters, "tokenEmbedding");
  const positionTable = parameterNamed(parameters, "positionEmbedding");
  const readout = createLinear(context, "readout", { rows, module: "logits", multiplier: operations.outputMultiplier });
  const tokens = engine.allocate(rows);
  const targets = engine.allocate(rows);
  const logits = engine.allocate(rows * vocabularySize);
  const loss = createOutputLoss(context, logits, targets, rows, vocabularySize);
  const dx = engine.allocate(size);
  const dNormed = engine.allocate(size);
  const sum = operations.unitScaling?.embeddingSum ?? neutralFactor;
  const forwardFactor = ({ row }: Parameter) => operations.embeddingMultiplier * row.forwardMultiplier * sum.forward;
  const gradientFactor = ({ row }: Parameter) =>
    operations.embeddingMultiplier * (row.weightGradientMultiplier ?? row.forwardMultiplier) * sum.backward;
  const lookUp = [forwardFactor(tokenTable), forwardFactor(positionTable)] as const;

  return {
    tokens,
    targets,
    rows,
    forward() {
      const first = blocks[0]?.x ?? finalX;
      kernels.embed(tokens, tokenTable.weights, positionTable.weights, first, rows, sequenceLength, width, ...lookUp);
      if (observer?.active === true) observer.output("embedding", first, size);
      blocks.forEach((block, index) => {
        block.forward(blocks[index + 1]?.x ?? finalX);
      });
      if (observer?.active === true) observer.output("features", finalX, size);
      finalNorm.forward(finalX);
      readout.forward(finalNorm.y, logits, 0);
      return loss();
    },
    backward() {
      readout.backward(logits, finalNorm.y, dNormed, 0);
      finalNorm.backward(dNormed, dx, 0, 1);
      if (observer?.active === true) observer.gradient("features", dx, size, 1);
      for (const block of blocks.toReversed()) block.backward(dx, dx);
      if (observer?.active === true) observer.gradient("embedding", dx, size, 1);
      for (const table of [tokenTable, positionTable]) engine.floats(table.gradient, table.length).fill(0);
      kernels.scatterAdd(tokens, dx, tokenTable.gradient, rows, width, gradientFactor(tokenTable));
      kernels.scatterAddPositions(dx, positionTable.gradient, rows, sequenceLength, width, gradientFactor(positionTable));
    },
  };
}
