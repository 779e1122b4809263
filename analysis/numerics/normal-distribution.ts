import { log, sqrt } from "./elementary.ts";
import { quickExp, quickLog } from "./quick-exp-log.ts";
import { erfc, scaledErfc } from "./scaled-erfc.ts";

const rootHalf = 0.7071067811865476;
const rootTwoPi = 2.5066282746310002;
const halfLogTwoPi = 0.9189385332046728;
/** ln(pi / 2) / 2. */
const halfLogHalfPi = 0.22579135264472744;

/** Density of the standard normal distribution. */
export function normalDensity(z: number): number {
  return quickExp(-0.5 * z * z) / rootTwoPi;
}

/** Probability that a standard normal number is at most z. */
export function normalProbability(z: number): number {
  return 0.5 * erfc(-z * rootHalf);
}

/** ln of `normalProbability`, without underflow for any z. */
export function logNormalProbability(z: number): number {
  if (z > -1) return quickLog(normalProbability(z));
  return quickLog(0.5 * scaledErfc(-z * rootHalf)) - 0.5 * z * z;
}

/** Density over probability at z, phi(z) / Phi(z), without underflow: the slope of `logNormalProbability`. */
export function normalHazard(z: number): number {
  if (z > -1) return normalDensity(z) / normalProbability(z);
  return 2 / (rootTwoPi * scaledErfc(-z * rootHalf));
}

/**
 * ln(phi(z) + z Phi(z)): the logarithm of the expected improvement of a normal value with standard deviation 1 whose mean is z better
 * than the best. Finite for every finite z, where the plain formula is 0 below -38 and noise below -6 (Ament et al. 2023, "Unexpected
 * improvements to expected improvement", equation 9).
 */
export function logImprovement(z: number): number {
  if (z > -1) return quickLog(normalDensity(z) + z * normalProbability(z));
  if (z < -1e6) return -0.5 * z * z - halfLogTwoPi - 2 * log(-z);
  // 1 - |z| sqrt(pi/2) erfcx(|z| / sqrt 2); far out the difference cancels, and its series in 1 / z^2 is exact to the last bits.
  const square = z * z;
  const rest =
    square > 900
      ? (1 - (3 - (15 - 105 / square) / square) / square) / square
      : 1 - quickExp(quickLog(scaledErfc(-z * rootHalf)) + quickLog(-z) + halfLogHalfPi);
  return -0.5 * square - halfLogTwoPi + quickLog(rest);
}

/**
 * The z below which a standard normal number lies with this probability (Wichura 1988, "Algorithm AS 241", PPND16, about 1e-16).
 *
 * @param probability in (0, 1); 0 and 1 give the infinities
 */
export function normalQuantile(probability: number): number {
  const middle = probability - 0.5;
  if (Math.abs(middle) <= 0.425) return middle * quotient(middleAbove, middleBelow, 0.180625 - middle * middle);
  const tail = middle < 0 ? probability : 1 - probability;
  if (tail <= 0) return middle < 0 ? -Infinity : Infinity;
  const r = sqrt(-log(tail));
  const size = r <= 5 ? quotient(nearAbove, nearBelow, r - 1.6) : quotient(farAbove, farBelow, r - 5);
  return middle < 0 ? -size : size;
}

const middleAbove = [
  3.387132872796366608, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125, 45921.953931549871457, 67265.770927008700853,
  33430.575583588128105, 2509.0809287301226727,
];
const middleBelow = [
  1, 42.313330701600911252, 687.1870074920579083, 5394.1960214247511077, 21213.794301586595867, 39307.89580009271061, 28729.085735721942674,
  5226.495278852854561,
];
const nearAbove = [
  1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504, 1.27045825245236838258,
  0.24178072517745061177, 0.0227238449892691845833, 7.7454501427834140764e-4,
];
const nearBelow = [
  1, 2.05319162663775882187, 1.6763848301838038494, 0.68976733498510000455, 0.14810397642748007459, 0.0151986665636164571966,
  5.475938084995344946e-4, 1.05075007164441684324e-9,
];
const farAbove = [
  6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358, 0.29656057182850489123, 0.026532189526576123093,
  0.0012426609473880784386, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
];
const farBelow = [
  1, 0.59983220655588793769, 0.13692988092273580531, 0.0148753612908506148525, 7.868691311456132591e-4, 1.8463183175100546818e-5,
  1.4215117583164458887e-7, 2.04426310338993978564e-15,
];

/** Two polynomials of x, lowest power first, one over the other. */
function quotient(above: readonly number[], below: readonly number[], x: number): number {
  let numerator = 0;
  let denominator = 0;
  for (let index = above.length - 1; index >= 0; index -= 1) {
    numerator = numerator * x + (above[index] ?? 0);
    denominator = denominator * x + (below[index] ?? 0);
  }
  return numerator / denominator;
}
