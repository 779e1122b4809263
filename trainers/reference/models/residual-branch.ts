import type { Address } from "../engine/kernels.ts";

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
}

/** One residual branch: out += branchMultiplier * f(norm(x)). */
export interface Branch {
  /** Adds factor * f(normed) to `to`. */
  forward(normed: Address, to: Address, factor: number): void;
  /** Sets `normedGradient` from the gradient of what `forward` added to, and the gradients of the branch's weights. */
  backward(normed: Address, gradient: Address, normedGradient: Address, factor: number): void;
}
