import { exp, log } from "./elementary.ts";

const ln2 = 0.6931471805599453;
const lnSquareRootOfPi = 0.5723649429247001;

/**
 * ln of the probability that chi-square with `degreesOfFreedom` lies above `value`: the regularised upper incomplete gamma function
 * Q(a, x), a = degreesOfFreedom / 2, x = value / 2, by its series below a + 1 and by Lentz's continued fraction above (Abramowitz and
 * Stegun 6.5.29 and 6.5.31). In logarithms, so that nothing is too unlikely to be told.
 *
 * @param value at least 0
 * @param degreesOfFreedom a whole number, at least 1
 */
export function logChiSquareSurvival(value: number, degreesOfFreedom: number): number {
  const [a, x] = [degreesOfFreedom / 2, value / 2];
  if (!(x > 0)) return 0;
  const logFront = a * log(x) - x - logGammaOfHalves(degreesOfFreedom);
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let step = 1; term > 1e-17 * sum; step += 1) {
      term *= x / (a + step);
      sum += term;
    }
    return log(1 - sum * exp(logFront));
  }
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let fraction = d;
  for (let step = 1; step < 1000; step += 1) {
    const numerator = -step * (step - a);
    b += 2;
    d = 1 / (numerator * d + b);
    c = b + numerator / c;
    const factor = d * c;
    fraction *= factor;
    if (Math.abs(factor - 1) < 1e-15) break;
  }
  return logFront + log(fraction);
}

/** ln Gamma(count / 2), by its recursion from Gamma(1/2) and Gamma(1). */
function logGammaOfHalves(count: number): number {
  let sum = count % 2 === 0 ? 0 : lnSquareRootOfPi;
  for (let below = count - 2; below > 0; below -= 2) sum += log(below) - ln2;
  return sum;
}
