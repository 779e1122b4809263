import { assertInvariant } from "../../../../analysis/study/ladder-error.ts";
import type { Parameter } from "../parameters.ts";
import { matrixFunctions } from "./matrix-functions.ts";
import { sidesOf } from "./matrix-tensors.ts";
import { powersOf } from "./powers.ts";
import {
  doubleSlot,
  floatSlot,
  type OptimizerContext,
  type OptimizerNamed,
  shrinkFactor,
  type TensorOptimizer,
} from "./tensor-optimizer.ts";

/**
 * K-FAC (Martens and Grosse 2015): P = (B + damping.fanOut)^-1 G (A + damping.fanIn)^-1, with A the mean over the batch of x x^T
 * and B that of d d^T, where x enters the matrix and d is the gradient of one example's own loss at the matrix' output, so that
 * G is the mean of d x^T. A's largest eigenvalue grows with fan-in and B's shrinks with fan-out. FOOF (Benzing 2022,
 * arXiv:2201.12250) leaves B out. With `statisticsDecay` above 0, A and B are running means, corrected for their start as
 * Adam's. u <- momentum * u + P; w <- w - learningRate_t * u after decoupled decay.
 */
export function factoredCurvature(
  { engine, products }: OptimizerContext,
  { name, statisticsDecay, momentum }: OptimizerNamed<"kfac"> | OptimizerNamed<"foof">,
  parameters: readonly Parameter[],
): readonly TensorOptimizer[] {
  if (parameters.length === 0) return [];
  const { kernels } = engine;
  const tensors = parameters.map((parameter) => {
    const product = products.find((candidate) => candidate.name === parameter.row.name);
    const { damping } = parameter.row;
    assertInvariant(product !== undefined && damping !== undefined, "factored curvature needs a product and damping", {
      name: parameter.row.name,
    });
    return { parameter, product, damping, sides: sidesOf(parameter) };
  });
  const functions = matrixFunctions(
    engine,
    tensors.flatMap(({ sides, product }) => [
      sides,
      { rows: product.rows, columns: sides.columns },
      { rows: product.rows, columns: sides.rows },
    ]),
    Math.max(...tensors.flatMap(({ sides }) => [sides.rows, sides.columns])),
  );
  const decayPower = powersOf(statisticsDecay);
  return tensors.map(({ parameter, product, damping, sides }) => {
    const { row, length, weights, gradient } = parameter;
    const inputs = {
      side: "right",
      statistics: doubleSlot(engine, "inputStatistics", sides.columns * sides.columns),
      from: product.inputs,
      measured: { rows: product.rows, columns: sides.columns },
      scale: 1 / product.rows,
      damping: damping.fanIn,
    } as const;
    // The buffer holds gradients of the mean loss: an example's own is `rows` times that.
    const outputs = {
      side: "left",
      statistics: doubleSlot(engine, "outputStatistics", sides.rows * sides.rows),
      from: product.outputGradient,
      measured: { rows: product.rows, columns: sides.rows },
      scale: product.rows * product.factor * product.factor,
      damping: damping.fanOut,
    } as const;
    const factors = name === "kfac" ? [outputs, inputs] : [inputs];
    const velocity = momentum === 0 ? undefined : floatSlot(engine, "velocity", length);
    return {
      slots: [...(statisticsDecay === 0 ? [] : factors.map(({ statistics }) => statistics)), ...(velocity === undefined ? [] : [velocity])],
      update(step, factor) {
        const rate = row.learningRate * factor;
        const correction = 1 / (1 - decayPower(step + 1));
        functions.load(gradient, sides);
        for (const { statistics, from, measured, scale } of factors)
          functions.addSquare(statistics.address, "right", from, measured, statisticsDecay, (1 - statisticsDecay) * scale);
        for (const { side, statistics, damping: added } of factors)
          functions.multiply(side, statistics.address, (value) => 1 / (value * correction + added));
        functions.store(gradient);
        const shrink = shrinkFactor(rate, row.weightDecay, undefined);
        if (velocity === undefined) kernels.applyDirection(weights, gradient, length, rate, shrink);
        else kernels.sgdStep(weights, gradient, velocity.address, length, rate, momentum, shrink);
      },
    };
  });
}
