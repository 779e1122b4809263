import { pow } from "../../../../analysis/numerics/elementary.ts";
import type { Parameter } from "../parameters.ts";
import { matrixFunctions, powerOnRange } from "./matrix-functions.ts";
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
 * Shampoo (Gupta et al. 2018, arXiv:1802.09568, algorithm 1): P = (L + damping.fanOut)^-exponentLeft G (R + damping.fanIn)^-exponentRight
 * with L the sum of G G^T and R of G^T G over the updates so far, this one included, or with `statisticsDecay` below 1 their
 * running means, corrected for their start as Adam's; u <- momentum * u + P; w <- w - learningRate_t * u after decoupled decay.
 * Without damping, eigenvalues up to 1e-12 of the largest are left out. A side with exponent 0 keeps no statistics.
 */
export function shampoo(
  { engine }: OptimizerContext,
  { exponentLeft, exponentRight, statisticsDecay, momentum }: OptimizerNamed<"shampoo">,
  parameters: readonly Parameter[],
): readonly TensorOptimizer[] {
  if (parameters.length === 0) return [];
  const { kernels } = engine;
  const matrices = parameters.map(sidesOf);
  const functions = matrixFunctions(engine, matrices, Math.max(...matrices.flatMap(({ rows, columns }) => [rows, columns])));
  const decayPower = powersOf(statisticsDecay);
  return parameters.map((parameter) => {
    const { row, length, weights, gradient } = parameter;
    const sides = sidesOf(parameter);
    const factors = (
      [
        { side: "left", name: "leftStatistics", n: sides.rows, exponent: exponentLeft, damping: row.damping?.fanOut ?? 0 },
        { side: "right", name: "rightStatistics", n: sides.columns, exponent: exponentRight, damping: row.damping?.fanIn ?? 0 },
      ] as const
    )
      .filter(({ exponent }) => exponent !== 0)
      .map(({ side, name, n, exponent, damping }) => ({
        side,
        statistics: doubleSlot(engine, name, n * n),
        inversePower: damping > 0 ? (value: number) => pow(value + damping, -exponent) : powerOnRange((value) => pow(value, -exponent)),
      }));
    const velocity = momentum === 0 ? undefined : floatSlot(engine, "velocity", length);
    return {
      slots: [...factors.map(({ statistics }) => statistics), ...(velocity === undefined ? [] : [velocity])],
      update(step, factor) {
        const rate = row.learningRate * factor;
        const correction = statisticsDecay === 1 ? 1 : 1 / (1 - decayPower(step + 1));
        const weight = statisticsDecay === 1 ? 1 : 1 - statisticsDecay;
        for (const { side, statistics } of factors) functions.addSquare(statistics.address, side, gradient, sides, statisticsDecay, weight);
        functions.load(gradient, sides);
        for (const { side, statistics, inversePower } of factors)
          functions.multiply(side, statistics.address, (value, largest) => inversePower(value * correction, largest * correction));
        functions.store(gradient);
        const shrink = shrinkFactor(rate, row.weightDecay, undefined);
        if (velocity === undefined) kernels.applyDirection(weights, gradient, length, rate, shrink);
        else kernels.sgdStep(weights, gradient, velocity.address, length, rate, momentum, shrink);
      },
    };
  });
}
