import { exp, log, log1p } from "../../numerics/elementary.ts";

const squareRootOfPi = 1.7724538509055159;
const logSquareRootOfPi = 0.5723649429247001;
const logTwo = 0.6931471805599453;

/**
 * ln erfc(x), with erfc the complementary error function, for every x without underflow. Below 1.5 by the series of erf with
 * positive terms (Abramowitz and Stegun 7.1.6), from there by the continued fraction of erfc (7.1.14); checked against SciPy's
 * `log_ndtr`, within 1e-12.
 */
export function logErfc(x: number): number {
  if (x <= -6) return logTwo; // erfc(6) is 2e-17: below the last bit of 2.
  if (x < 1.5) return log1p(-erf(x));
  // x + (1/2)/(x + (2/2)/(x + (3/2)/(x + …))), from its end: what so many terms leave out is below e^(-2 x sqrt(2 terms)).
  const terms = Math.ceil(240 / (x * x)) + 3;
  let fraction = x;
  for (let term = terms; term >= 1; term -= 1) fraction = x + term / 2 / fraction;
  return -x * x - logSquareRootOfPi - log(fraction);
}

function erf(x: number): number {
  // 2 / sqrt(pi) e^(-x^2) (x + 2 x^3 / 3 + 4 x^5 / 15 + …)
  let term = x;
  let sum = x;
  for (let step = 1; Math.abs(term) > 1e-18 * Math.abs(sum); step += 1) {
    term *= (2 * x * x) / (2 * step + 1);
    sum += term;
  }
  return (2 / squareRootOfPi) * exp(-x * x) * sum;
}
