import { assertInvariant } from "../../../analysis/study/ladder-error.ts";
import type { Address, Kernels } from "../engine/kernels.ts";
import type { Parameter } from "../training/parameters.ts";

/** A matrix as an operation: y = forwardMultiplier * W x; gradients to x are backwardMultiplier * W^T dy. */
export interface Linear {
  readonly fanOut: number;
  readonly fanIn: number;
  readonly parameter: Parameter;
}

/** The matrix of a [fanOut, fanIn] parameter. */
export function linearOf(parameter: Parameter): Linear {
  const [fanOut, fanIn] = parameter.row.shape;
  assertInvariant(fanOut !== undefined && fanIn !== undefined, "a linear layer needs a matrix", { name: parameter.row.name });
  return { fanOut, fanIn, parameter };
}

/** y = factor * forwardMultiplier * x W^T, for `rows` rows; adds to y when `accumulate` is 1. */
export function applyLinear(
  kernels: Kernels,
  linear: Linear,
  x: Address,
  y: Address,
  rows: number,
  factor: number,
  accumulate: 0 | 1,
): void {
  const { fanIn, fanOut, parameter } = linear;
  const alpha = factor * parameter.row.forwardMultiplier;
  kernels.matrixMultiply(0, 1, rows, fanOut, fanIn, alpha, x, fanIn, parameter.weights, fanIn, y, fanOut, accumulate);
}

/** dx = factor * backwardMultiplier * dy W; adds to dx when `accumulate` is 1. */
export function inputGradient(
  kernels: Kernels,
  linear: Linear,
  dy: Address,
  dx: Address,
  rows: number,
  factor: number,
  accumulate: 0 | 1,
): void {
  const { fanIn, fanOut, parameter } = linear;
  const alpha = factor * parameter.row.backwardMultiplier;
  kernels.matrixMultiply(0, 0, rows, fanIn, fanOut, alpha, dy, fanOut, parameter.weights, fanIn, dx, fanIn, accumulate);
}

/** dW = factor * forwardMultiplier * dy^T x: the true gradient of the weights given dy. */
export function weightGradient(kernels: Kernels, linear: Linear, dy: Address, x: Address, rows: number, factor: number): void {
  const { fanIn, fanOut, parameter } = linear;
  const alpha = factor * parameter.row.forwardMultiplier;
  kernels.matrixMultiply(1, 0, fanOut, fanIn, rows, alpha, dy, fanOut, x, fanIn, parameter.gradient, fanIn, 0);
}
