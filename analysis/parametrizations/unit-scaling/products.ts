import { powerOf } from "../factor.ts";
import { commonScale, type Constraint } from "./constraints.ts";

/**
 * Factors of an operation of a unit-scaled model. `output` multiplies the result on the way forward only, a gradient's factor
 * that gradient on the way back only. Gradients of weights are sums over the batch before their factor.
 */
export interface LinearFactors {
  readonly output: number;
  readonly inputGradient: number;
  readonly weightGradient: number;
  readonly biasGradient: number;
}

/** Powers of fan-in, fan-out and rows that the factors of a linear operation are the inverse of. */
export interface LinearPowers {
  readonly output: number;
  readonly inputGradient: number;
  readonly weightGradient: number;
}

const halfPowers: LinearPowers = { output: 1 / 2, inputGradient: 1 / 2, weightGradient: 1 / 2 };

export interface LinearSize {
  readonly fanIn: number;
  readonly fanOut: number;
  /** Rows of the input: entries / fanIn. */
  readonly rows: number;
}

/**
 * y = output x (W x + b): output fanIn^-1/2, gradient to x fanOut^-1/2, gradients to W and b rows^-1/2 (unit-scaling 0.3.5,
 * functional.linear; Blake et al. 2024, arXiv:2407.17465).
 */
export function linearFactors({ fanIn, fanOut, rows }: LinearSize, constraint: Constraint, powers = halfPowers): LinearFactors {
  const output = powerOf(fanIn, -powers.output);
  const inputGradient = powerOf(fanOut, -powers.inputGradient);
  const weightGradient = powerOf(rows, -powers.weightGradient);
  const common = commonScale(constraint, [output, inputGradient]);
  return { output: common ?? output, inputGradient: common ?? inputGradient, weightGradient, biasGradient: weightGradient };
}

/**
 * The last product of a network: output fanIn^-1, so that logits start small and grow as muP has it, the rest as `linearFactors`
 * (unit-scaling 0.3.5, functional.linear_readout, whose default constraint is none).
 */
export function linearReadoutFactors(size: LinearSize, constraint: Constraint = "none"): LinearFactors {
  return linearFactors(size, constraint, { ...halfPowers, output: 1 });
}

export interface MatrixProductFactors {
  readonly output: number;
  readonly leftGradient: number;
  readonly rightGradient: number;
}

/** [rows, inner] x [inner, columns]: output inner^-1/2, gradients columns^-1/2 and rows^-1/2 (unit-scaling 0.3.5, functional.matmul). */
export function matrixProductFactors(
  { rows, inner, columns }: { readonly rows: number; readonly inner: number; readonly columns: number },
  constraint: Constraint,
): MatrixProductFactors {
  const output = 1 / Math.sqrt(inner);
  const leftGradient = 1 / Math.sqrt(columns);
  const rightGradient = 1 / Math.sqrt(rows);
  const common = commonScale(constraint, [output, leftGradient, rightGradient]);
  return { output: common ?? output, leftGradient: common ?? leftGradient, rightGradient: common ?? rightGradient };
}

export interface ConvolutionSize {
  readonly channelsIn: number;
  readonly channelsOut: number;
  readonly kernelLength: number;
  /** Product of the dimensions before channels and positions. */
  readonly batch: number;
  readonly inputLength: number;
  readonly stride?: number;
  readonly padding?: number;
  readonly dilation?: number;
  readonly groups?: number;
}

/**
 * A convolution over one dimension, channelsIn being those of one group: output (channelsIn x kernelLength)^-1/2, gradient to x
 * (stride x groups / (channelsOut x kernelLength))^1/2, gradients to weights and bias (outputs a channel)^-1/2 (unit-scaling
 * 0.3.5, functional.conv1d).
 */
export function convolutionFactors(size: ConvolutionSize, constraint: Constraint): LinearFactors {
  const { channelsIn, channelsOut, kernelLength, batch, inputLength, stride = 1, padding = 0, dilation = 1, groups = 1 } = size;
  const outputLength = Math.floor((inputLength + 2 * padding - dilation * (kernelLength - 1) - 1) / stride) + 1;
  const output = 1 / Math.sqrt(channelsIn * kernelLength);
  const inputGradient = Math.sqrt((stride * groups) / (channelsOut * kernelLength));
  const weightGradient = 1 / Math.sqrt(outputLength * batch);
  const common = commonScale(constraint, [output, inputGradient]);
  return { output: common ?? output, inputGradient: common ?? inputGradient, weightGradient, biasGradient: weightGradient };
}

/**
 * A table of which rows are read: the gradient of the table by (rows / reads)^1/2, the spread of the sum over the reads of one row
 * when all are equally likely (unit-scaling 0.3.5, functional.embedding).
 */
export function embeddingFactors({ rows, reads }: { readonly rows: number; readonly reads: number }): { readonly weightGradient: number } {
  return { weightGradient: Math.sqrt(rows / reads) };
}
