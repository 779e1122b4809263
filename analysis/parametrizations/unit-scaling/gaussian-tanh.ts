import { exp, tanh } from "../../numerics/elementary.ts";

/** Expectations over z ~ N(0, 1). */
export interface TanhMoments {
  /** Of tanh(multiplier z)^2. */
  readonly square: number;
  /** Of tanh'(multiplier z)^2. */
  readonly slopeSquare: number;
}

/**
 * What becomes of a unit normal variable in tanh(multiplier z), by the trapezoidal rule in u = multiplier z, whose error falls
 * exponentially for such integrands: below 1e-10 here.
 *
 * @param multiplier positive
 */
export function tanhMoments(multiplier: number): TanhMoments {
  // Beyond 9 deviations the density, and beyond u = 20 the slope, is below 1e-17 of its middle.
  const end = Math.min(20, 9 * multiplier);
  const step = Math.min(1, multiplier) / 16;
  const points = Math.ceil(end / step);
  const density = (u: number) => (exp(-(u * u) / (2 * multiplier * multiplier)) * step) / (multiplier * Math.sqrt(2 * Math.PI));
  let square = 0;
  let slope = 0;
  let slopeSquare = 0;
  for (let point = -points; point <= points; point += 1) {
    const u = point * step;
    const weight = density(u);
    const value = tanh(u);
    const derivative = 1 - value * value;
    square += weight * value * value;
    slope += weight * derivative;
    slopeSquare += weight * derivative * derivative;
  }
  // Of steep ones only the middle is summed, where the slope is; of flat ones the difference to 1 would cancel.
  return { square: multiplier < 1 ? square : 1 - slope, slopeSquare };
}
