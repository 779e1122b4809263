import { expm1, log, log1p, pow } from "./elementary.ts";

/**
 * The power transform of Yeo and Johnson (2000, "A new family of power transformations to improve normality or symmetry", equation 2.1):
 * rising, smooth, and defined for negative numbers too. The identity at power 1.
 */
export function powerTransform(value: number, power: number): number {
  if (value >= 0) return Math.abs(power) < 1e-9 ? log1p(value) : (pow(value + 1, power) - 1) / power;
  return Math.abs(power - 2) < 1e-9 ? -log1p(-value) : -(pow(1 - value, 2 - power) - 1) / (2 - power);
}

/** The inverse of `powerTransform`; the infinities where a value lies beyond its range. */
export function invertPowerTransform(value: number, power: number): number {
  if (value >= 0) {
    if (Math.abs(power) < 1e-9) return expm1(value);
    const base = 1 + power * value;
    return base > 0 ? pow(base, 1 / power) - 1 : Infinity;
  }
  if (Math.abs(power - 2) < 1e-9) return -expm1(-value);
  const base = 1 - (2 - power) * value;
  return base > 0 ? 1 - pow(base, 1 / (2 - power)) : -Infinity;
}

/** Slope of `powerTransform` at a value. */
export function powerTransformSlope(value: number, power: number): number {
  return value >= 0 ? pow(value + 1, power - 1) : pow(1 - value, 1 - power);
}

/**
 * The power of greatest likelihood, were the transformed values normal (Yeo and Johnson 2000, equation 3.1), by golden-section search.
 *
 * @param values at least 2, not all alike; best with mean 0 and deviation 1
 * @param from least power
 * @param to greatest power
 */
export function likeliestPower(values: ArrayLike<number>, from: number, to: number): number {
  const count = values.length;
  let logSum = 0;
  for (let index = 0; index < count; index += 1) {
    const value = values[index] ?? 0;
    logSum += value >= 0 ? log1p(value) : -log1p(-value);
  }
  const transformed = new Float64Array(count);
  const logLikelihood = (power: number): number => {
    let mean = 0;
    for (let index = 0; index < count; index += 1) {
      transformed[index] = powerTransform(values[index] ?? 0, power);
      mean += (transformed[index] ?? 0) / count;
    }
    let variance = 0;
    for (let index = 0; index < count; index += 1) variance += ((transformed[index] ?? 0) - mean) * ((transformed[index] ?? 0) - mean);
    return -0.5 * count * log(variance / count) + (power - 1) * logSum;
  };
  const golden = 0.6180339887498949;
  let low = from;
  let high = to;
  let left = high - golden * (high - low);
  let right = low + golden * (high - low);
  let atLeft = logLikelihood(left);
  let atRight = logLikelihood(right);
  for (let step = 0; step < 24; step += 1) {
    if (atLeft >= atRight) {
      high = right;
      right = left;
      atRight = atLeft;
      left = high - golden * (high - low);
      atLeft = logLikelihood(left);
    } else {
      low = left;
      left = right;
      atLeft = atRight;
      right = low + golden * (high - low);
      atRight = logLikelihood(right);
    }
  }
  return (low + high) / 2;
}
