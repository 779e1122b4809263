import type { Operations } from "../../../analysis/study/trainer-contract.ts";
import type { Engine } from "../engine/engine.ts";
import type { Parameter } from "../training/parameters.ts";
import { applyLinear, inputGradient, linearOf, weightGradient } from "./linear.ts";
import { parameterNamed } from "./network.ts";
import type { Branch, TransformerShape } from "./residual-branch.ts";

/** Feed-forward branch: down(activationMultiplier * relu(up(x))). */
export function createFeedForwardBranch(
  engine: Engine,
  shape: TransformerShape,
  operations: Operations,
  parameters: readonly Parameter[],
  name: string,
): Branch {
  const { kernels } = engine;
  const rows = shape.batch * shape.sequenceLength;
  const size = rows * shape.feedForwardWidth;
  const up = linearOf(parameterNamed(parameters, `${name}.up`));
  const down = linearOf(parameterNamed(parameters, `${name}.down`));
  const hidden = engine.allocate(size);
  const hiddenGradient = engine.allocate(size);
  const { activationMultiplier } = operations;

  return {
    forward(normed, to, factor) {
      applyLinear(kernels, up, normed, hidden, rows, 1, 0);
      kernels.reluForward(hidden, size, activationMultiplier);
      applyLinear(kernels, down, hidden, to, rows, factor, 1);
    },
    backward(normed, gradient, normedGradient, factor) {
      weightGradient(kernels, down, gradient, hidden, rows, factor);
      inputGradient(kernels, down, gradient, hiddenGradient, rows, factor, 0);
      kernels.reluBackward(hiddenGradient, hidden, size, activationMultiplier);
      weightGradient(kernels, up, hiddenGradient, normed, rows, 1);
      inputGradient(kernels, up, hiddenGradient, normedGradient, rows, 1, 0);
    },
  };
}
