import { sqrt } from "../../numerics/elementary.ts";
import { invertPowerTransform, likeliestPower, powerTransform, powerTransformSlope } from "../../numerics/power-transform.ts";

/** How readings become targets of a Gaussian process: standardised, made normal by a power, standardised again. */
export interface OutputFrame {
  readonly middle: number;
  readonly spread: number;
  readonly power: number;
  readonly powerMiddle: number;
  readonly powerSpread: number;
}

/** Powers that are tried: 1 leaves values as they are, 0 takes the logarithm of large ones; below -2 the scale of large values is lost. */
const powers = [-1, 1] as const;

/**
 * The frame of these readings. Robust against a single wild one: a power presses a long tail instead of letting it set the scale, as
 * HEBO does (Cowen-Rivers et al. 2022, section 3.1); quantiles (CARBS) would lose distances.
 *
 * @param readings at least 1
 * @param isPowered false: standardised only
 */
export function outputFrame(readings: ArrayLike<number>, isPowered: boolean): OutputFrame {
  const { middle, spread } = momentsOf(readings);
  const standard = Float64Array.from(readings, (reading) => (reading - middle) / spread);
  const varied = standard.some((value) => value !== standard[0]);
  const power = isPowered && varied && standard.length >= 3 ? likeliestPower(standard, powers[0], powers[1]) : 1;
  const powered = standard.map((value) => powerTransform(value, power));
  const moments = momentsOf(powered);
  return { middle, spread, power, powerMiddle: moments.middle, powerSpread: moments.spread };
}

/** The target of a reading. */
export function toTarget(frame: OutputFrame, reading: number): number {
  return (powerTransform((reading - frame.middle) / frame.spread, frame.power) - frame.powerMiddle) / frame.powerSpread;
}

/** The reading of a target; infinite beyond the transform's range. */
export function toReading(frame: OutputFrame, target: number): number {
  return frame.middle + frame.spread * invertPowerTransform(target * frame.powerSpread + frame.powerMiddle, frame.power);
}

/** How much a reading changes for a small change of its target, at a reading. */
export function readingSlope(frame: OutputFrame, reading: number): number {
  return (frame.spread * frame.powerSpread) / powerTransformSlope((reading - frame.middle) / frame.spread, frame.power);
}

function momentsOf(values: ArrayLike<number>): { middle: number; spread: number } {
  let middle = 0;
  for (let index = 0; index < values.length; index += 1) middle += (values[index] ?? 0) / values.length;
  let square = 0;
  for (let index = 0; index < values.length; index += 1) square += ((values[index] ?? 0) - middle) * ((values[index] ?? 0) - middle);
  const spread = sqrt(square / values.length);
  return { middle, spread: spread > 1e-12 * Math.max(1, Math.abs(middle)) ? spread : 1 };
}
