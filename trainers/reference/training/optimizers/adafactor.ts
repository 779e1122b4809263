import { pow } from "../../../../analysis/numerics/elementary.ts";
import type { Engine } from "../../engine/engine.ts";
import type { Parameter } from "../parameters.ts";
import {
  allocateDoubles,
  floatSlot,
  type OptimizerContext,
  type OptimizerNamed,
  type OptimizerSlot,
  shrinkFactor,
  type TensorOptimizer,
} from "./tensor-optimizer.ts";

/**
 * Adafactor (Shazeer and Stern 2018, arXiv:1804.04235) as optax.adafactor without momentum:
 * U = g / sqrt(v), divided by max(1, RMS(U) / clippingThreshold);
 * w <- w - learningRate_t * (parameterScale ? max(parameterScaleFloor, RMS(w)) : 1) * U, after decoupled decay.
 * A matrix whose smaller dimension is at least `minimumDimensionFactored` keeps row and column means of g^2 only. epsilon^2 is
 * added to g^2, so that epsilon is in units of the gradient, as Adam's; optax's eps of 1e-30 is an epsilon of 1e-15.
 */
export function adafactor(
  { engine }: OptimizerContext,
  optimizer: OptimizerNamed<"adafactor">,
  parameters: readonly Parameter[],
): readonly TensorOptimizer[] {
  const { kernels } = engine;
  const { clippingThreshold, parameterScale, parameterScaleFloor, decayExponent, minimumDimensionFactored } = optimizer;
  const scratch = allocateDoubles(engine, Math.max(...parameters.map(({ row }) => row.shape[1] ?? 1)));
  return parameters.map((parameter) => {
    const { row, length, weights, gradient } = parameter;
    const moments = momentsOf(engine, parameter, scratch, minimumDimensionFactored);
    return {
      slots: moments.slots,
      update(step, factor) {
        const rate = row.learningRate * factor;
        const size = parameterScale ? Math.max(parameterScaleFloor, kernels.rootMeanSquare(weights, length)) : 1;
        const directionSize = moments.normalize(1 - pow(step + 1, -decayExponent), row.epsilon * row.epsilon);
        const clip = Math.max(1, directionSize / clippingThreshold);
        kernels.applyDirection(weights, gradient, length, (rate * size) / clip, shrinkFactor(rate, row.weightDecay, undefined));
      },
    };
  });
}

interface Moments {
  readonly slots: readonly OptimizerSlot[];
  /** Replaces the gradient by U; returns RMS(U). */
  readonly normalize: (beta2: number, epsilonSquared: number) => number;
}

function momentsOf(engine: Engine, { row, length, gradient }: Parameter, scratch: number, minimumDimension: number): Moments {
  const { kernels } = engine;
  const [rows = 1, columns = 1] = row.shape;
  if (row.shape.length === 2 && Math.min(rows, columns) >= minimumDimension) {
    const rowMoments = floatSlot(engine, "rowMoments", rows);
    const columnMoments = floatSlot(engine, "columnMoments", columns);
    return {
      slots: [rowMoments, columnMoments],
      normalize: (beta2, epsilonSquared) =>
        kernels.adafactorFactored(gradient, rowMoments.address, columnMoments.address, scratch, rows, columns, beta2, epsilonSquared),
    };
  }
  const moments = floatSlot(engine, "secondMoment", length);
  return {
    slots: [moments],
    normalize: (beta2, epsilonSquared) => kernels.adafactorPlain(gradient, moments.address, length, beta2, epsilonSquared),
  };
}
