import type { Address } from "../../engine/kernels.ts";

/**
 * What passed through one matrix on a training batch: what curvature of inputs and outputs is measured from. Both tensors
 * are valid from the end of `backward` to the next `forward`.
 */
export interface LinearProduct {
  /** Name of the tensor [fanOut, fanIn]. */
  readonly name: string;
  /** f32 [rows, fanIn]: inputs x of the product. */
  readonly inputs: Address;
  /** f32 [rows, fanOut]: gradient dy of the mean loss over `rows`. */
  readonly outputGradient: Address;
  readonly rows: number;
  /** The tensor's gradient is factor * dy^T x: factor holds its multipliers. */
  readonly factor: number;
}
