import { expm1, exp, log, log1p } from "../../numerics/elementary.ts";

/** ln(e^left + e^right); -Infinity stands for 0. */
export function logAdd(left: number, right: number): number {
  const [small, large] = left < right ? [left, right] : [right, left];
  return small === -Infinity ? large : large + log1p(exp(small - large));
}

/** ln(e^left - e^right): -Infinity where both are equal, NaN where the difference is negative and has no logarithm. */
export function logSubtract(left: number, right: number): number {
  if (right === -Infinity) return left;
  if (left < right) return Number.NaN;
  if (left === right) return -Infinity;
  // Beyond 700 the smaller one is below the last bit of the larger, and e^x - 1 would overflow.
  return left - right > 700 ? left : right + log(expm1(left - right));
}
