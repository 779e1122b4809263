/**
 * Elementary functions with the same bits on every engine: fdlibm's algorithms in plain IEEE 754 arithmetic
 * (@stdlib/math-base-special-*). `Math.exp` and its kin differ between V8 versions in the last place, so whatever is
 * stored, hashed or compared goes through this file. `sqrt` is exactly rounded by IEEE 754 and safe as it is.
 */
import cosine from "@stdlib/math-base-special-cos";
import exponential from "@stdlib/math-base-special-exp";
import exponentialMinusOne from "@stdlib/math-base-special-expm1";
import naturalLogarithm from "@stdlib/math-base-special-ln";
import logarithmOfOnePlus from "@stdlib/math-base-special-log1p";
import power from "@stdlib/math-base-special-pow";
import sine from "@stdlib/math-base-special-sin";
import hyperbolicTangent from "@stdlib/math-base-special-tanh";

/** e to the x. Overflows to Infinity above 709.78, underflows to 0 below -745.13. */
export const exp: (x: number) => number = exponential;

/** Natural logarithm; -Infinity at 0, NaN below. */
export const log: (x: number) => number = naturalLogarithm;

/** exp(x) - 1 without cancellation near 0. */
export const expm1: (x: number) => number = exponentialMinusOne;

/** log(1 + x) without cancellation near 0; -Infinity at -1, NaN below. */
export const log1p: (x: number) => number = logarithmOfOnePlus;

/** `base` to the `exponent`, with the special cases of IEEE 754-2019. */
export const pow: (base: number, exponent: number) => number = power;

/** Sine of an angle in radians. */
export const sin: (x: number) => number = sine;

/** Cosine of an angle in radians. */
export const cos: (x: number) => number = cosine;

/** Hyperbolic tangent. */
export const tanh: (x: number) => number = hyperbolicTangent;

/** Square root, exactly rounded; NaN below 0. */
export const sqrt: (x: number) => number = Math.sqrt;

const ln2 = 0.6931471805599453;
const sqrtHalf = 0.7071067811865476;
/** For the bits of one number at a time. */
const bits = new DataView(new ArrayBuffer(8));

/**
 * Logarithm to the base 2. The binary exponent is split off first, so that powers of two give exact integers
 * (`log(x) / LN2` misses one in ten of them); -Infinity at 0, NaN below.
 */
export function log2(x: number): number {
  if (!(x > 0) || x === Infinity) return naturalLogarithm(x);
  const subnormal = x < 2.2250738585072014e-308;
  // 2^54 lifts every subnormal number into the normal range.
  bits.setFloat64(0, subnormal ? x * 18014398509481984 : x);
  const high = bits.getUint32(0);
  bits.setUint32(0, (high & 0x000fffff) | 0x3fe00000);
  const mantissa = bits.getFloat64(0); // in [1/2, 1)
  const exponent = (high >>> 20) - 1022 - (subnormal ? 54 : 0);
  // Around 1 the mantissa is taken in [sqrt(1/2), sqrt(2)), so that the two terms never cancel.
  return mantissa < sqrtHalf ? exponent - 1 + naturalLogarithm(2 * mantissa) / ln2 : exponent + naturalLogarithm(mantissa) / ln2;
}

/** 2 to the x; exact for integers in [-1074, 1023]. */
export function exp2(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x >= 1024) return Infinity;
  if (x < -1080) return 0;
  const whole = Math.round(x);
  const half = Math.trunc(whole / 2);
  // Two factors, so that neither leaves the normal range when the result is subnormal.
  return exponential((x - whole) * ln2) * powerOfTwo(half) * powerOfTwo(whole - half);
}

/** 2 to an integer in [-1022, 1023], by its bits. */
function powerOfTwo(exponent: number): number {
  bits.setUint32(0, (exponent + 1023) << 20);
  bits.setUint32(4, 0);
  return bits.getFloat64(0);
}
