import type { Engine } from "../engine/engine.ts";
import type { Address } from "../engine/kernels.ts";

/** Added to the mean square before the root. Rows of RMS above 0.01 do not feel it in f32. */
export const rmsNormEpsilon = 1e-6;

/** RMSNorm without gain, with room for its result. */
export interface Norm {
  /** The result of the last `forward`. */
  readonly y: Address;
  forward(x: Address): void;
  /** dx <- skip * dx + gradient through the norm; with skip 0 the old dx is not read. */
  backward(dy: Address, dx: Address, skip: number): void;
}

/** A norm over `rows` rows of `width` numbers. */
export function createNorm({ kernels, allocate }: Engine, rows: number, width: number): Norm {
  const y = allocate(rows * width);
  const inverses = allocate(rows);
  return {
    y,
    forward: (x) => kernels.rmsNormForward(x, y, inverses, rows, width, rmsNormEpsilon),
    backward: (dy, dx, skip) => kernels.rmsNormBackward(dy, y, inverses, dx, rows, width, skip),
  };
}
