import type { Scale } from "../study/scale.ts";

/** A scale beside the one where multipliers are 1. */
export interface ScalePair {
  readonly scale: Scale;
  readonly base: Scale;
}
