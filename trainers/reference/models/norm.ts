import type { Address } from "../engine/kernels.ts";
import type { ModelContext } from "./model-context.ts";
import { parameterNamed } from "./network.ts";

/** Added to the mean square before the root. Rows of RMS above 0.01 do not feel it in f32. */
export const rmsNormEpsilon = 1e-6;

/** RMSNorm, with room for its result. */
export interface Norm {
  /** The result of the last `forward`. */
  readonly y: Address;
  forward(x: Address): void;
  /** dx <- skip * dx + factor * gradient through the norm; with skip 0 the old dx is not read. dy may be overwritten. */
  backward(dy: Address, dx: Address, skip: number, factor: number): void;
}

/**
 * A norm over `rows` rows of `width` numbers: y = forwardMultiplier * gain * x / RMS(x). `gain` names the tensor of its gains, one for
 * each column or one for all; left out: y = x / RMS(x).
 */
export function createNorm(context: ModelContext, rows: number, width: number, gain?: string): Norm {
  const { kernels, allocate } = context.engine;
  const size = rows * width;
  const normal = allocate(size);
  const inverses = allocate(rows);
  const normalize = (x: Address) => kernels.rmsNormForward(x, normal, inverses, rows, width, rmsNormEpsilon);
  const throughNorm = (dy: Address, dx: Address, skip: number) => kernels.rmsNormBackward(dy, normal, inverses, dx, rows, width, skip);
  if (gain === undefined)
    return {
      y: normal,
      forward: normalize,
      backward(dy, dx, skip, factor) {
        if (factor !== 1) kernels.copyScaled(dy, dy, size, factor);
        throughNorm(dy, dx, skip);
      },
    };
  const y = allocate(size);
  const multiply = createGain(context, gain, rows, width);
  return {
    y,
    forward(x) {
      normalize(x);
      multiply.forward(normal, y);
    },
    backward(dy, dx, skip, factor) {
      multiply.backward(dy, normal, factor);
      throughNorm(dy, dx, skip);
    },
  };
}

/** Gains by their tensor: `backward` writes their gradient and turns dy, in its place, into factor * backwardMultiplier * gain * dy. */
function createGain({ engine, parameters }: ModelContext, name: string, rows: number, width: number) {
  const { kernels } = engine;
  const size = rows * width;
  const { row, weights, gradient, length } = parameterNamed(parameters, name);
  const { forwardMultiplier, backwardMultiplier, weightGradientMultiplier = forwardMultiplier } = row;
  if (length === width && row.shape[0] === width && width > 1)
    return {
      forward: (x: Address, y: Address) => kernels.multiplyRow(y, x, weights, rows, width, forwardMultiplier),
      backward(dy: Address, x: Address, factor: number) {
        kernels.columnDots(dy, x, gradient, rows, width, weightGradientMultiplier);
        kernels.multiplyRow(dy, dy, weights, rows, width, factor * backwardMultiplier);
      },
    };
  const scalar = () => engine.floats(weights, 1)[0] ?? 0;
  return {
    forward: (x: Address, y: Address) => kernels.copyScaled(y, x, size, forwardMultiplier * scalar()),
    backward(dy: Address, x: Address, factor: number) {
      engine.floats(gradient, 1)[0] = weightGradientMultiplier * kernels.dotProduct(dy, x, size);
      kernels.copyScaled(dy, dy, size, factor * backwardMultiplier * scalar());
    },
  };
}
