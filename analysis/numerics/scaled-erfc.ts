import { quickExp } from "./quick-exp-log.ts";

const nearNumerator = [3.1611237438705656, 113.864154151050156, 377.485237685302021, 3209.37758913846947, 0.185777706184603153];
const nearDenominator = [23.6012909523441209, 244.024637934444173, 1282.61652607737228, 2844.23683343917062];
const middleNumerator = [
  0.564188496988670089, 8.88314979438837594, 66.1191906371416295, 298.635138197400131, 881.95222124176909, 1712.04761263407058,
  2051.07837782607147, 1230.33935479799725, 2.15311535474403846e-8,
];
const middleDenominator = [
  15.7449261107098347, 117.693950891312499, 537.181101862009858, 1621.38957456669019, 3290.79923573345963, 4362.61909014324716,
  3439.36767414372164, 1230.33935480374942,
];
const farNumerator = [
  0.305326634961232344, 0.360344899949804439, 0.125781726111229246, 0.0160837851487422766, 6.58749161529837803e-4, 0.0163153871373020978,
];
const farDenominator = [2.56852019228982242, 1.87295284992346047, 0.527905102951428412, 0.0605183413124413191, 0.00233520497626869185];
const inverseRootPi = 0.56418958354775628695;

/**
 * erfcx(x) = exp(x^2) erfc(x), with erfc the complementary error function: what is left of a normal tail when its exponential is taken
 * out, and so never underflows. By the rational approximations of Cody (1969, "Rational Chebyshev approximations for the error function",
 * as in his CALERF), about 1e-15 relative. Infinity below -26.6.
 */
export function scaledErfc(x: number): number {
  const size = Math.abs(x);
  if (size <= 0.46875) {
    const square = x * x;
    const erf = x * ratio(nearNumerator, nearDenominator, square);
    return (1 - erf) * quickExp(square);
  }
  let tail: number;
  if (size <= 4) tail = ratio(middleNumerator, middleDenominator, size);
  else {
    const inverseSquare = 1 / (size * size);
    tail = (inverseRootPi - inverseSquare * ratio(farNumerator, farDenominator, inverseSquare)) / size;
  }
  if (x > 0) return tail;
  return 2 * exponentOfSquare(size) - tail;
}

/** erfc(x), the complementary error function, about 1e-15 relative; 0 above 26.6. */
export function erfc(x: number): number {
  if (Math.abs(x) <= 0.46875) return 1 - x * ratio(nearNumerator, nearDenominator, x * x);
  const tail = scaledErfc(Math.abs(x)) / exponentOfSquare(Math.abs(x));
  return x > 0 ? tail : 2 - tail;
}

/** exp(x^2) with the square split in two, so that its rounding is not multiplied by x. */
function exponentOfSquare(x: number): number {
  const coarse = Math.trunc(x * 16) / 16;
  return quickExp(coarse * coarse) * quickExp((x - coarse) * (x + coarse));
}

/** Cody's quotients: the last coefficient of the numerator leads it; the denominator's leading one is 1. */
function ratio(numerator: readonly number[], denominator: readonly number[], x: number): number {
  const degree = denominator.length;
  let above = (numerator[degree] ?? 0) * x;
  let below = x;
  for (let index = 0; index < degree - 1; index += 1) {
    above = (above + (numerator[index] ?? 0)) * x;
    below = (below + (denominator[index] ?? 0)) * x;
  }
  return (above + (numerator[degree - 1] ?? 0)) / (below + (denominator[degree - 1] ?? 0));
}
