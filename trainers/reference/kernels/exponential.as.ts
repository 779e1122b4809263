/**
 * Elementary functions in plain arithmetic, so that every engine gives the same bits.
 */

/**
 * exp of four f32: 2^n * p(r) with r = x - n ln 2 in two parts and the polynomial of Cephes' expf (Moshier); error below
 * 2 units in the last place. Arguments below -87.3 give the smallest normal number's neighbourhood, above 88.3 the largest.
 */
// @ts-ignore: decorator
@inline
export function exponential4(x: v128): v128 {
  x = f32x4.min(f32x4.max(x, f32x4.splat(-87.3)), f32x4.splat(88.3));
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.44269504088896341)));
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.add(r, f32x4.mul(n, f32x4.splat(2.12194440e-4)));
  let p = f32x4.splat(1.9875691500e-4);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  p = f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), f32x4.add(r, f32x4.splat(1)));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(p, power);
}

/** exp of one f32, with the bits of `exponential4`. */
export function exponential(x: f32): f32 {
  return f32x4.extract_lane(exponential4(f32x4.splat(x)), 0);
}

/**
 * Natural logarithm of a normal, positive f64: fdlibm's e_log.c (Sun Microsystems 1993), the algorithm of
 * analysis/numerics/elementary.ts. Callers never pass 0, subnormals, infinities or NaN.
 */
export function logarithm(x: f64): f64 {
  const bits = reinterpret<u64>(x);
  let high = <i32>(bits >> 32);
  let k = (high >> 20) - 1023;
  high &= 0x000fffff;
  const shift = (high + 0x95f64) & 0x100000;
  x = reinterpret<f64>((<u64>(high | (shift ^ 0x3ff00000)) << 32) | (bits & 0xffffffff));
  k += shift >> 20;
  const f = x - 1.0;
  const dk = <f64>k;
  if ((0x000fffff & (2 + high)) < 3) {
    if (f == 0.0) return dk * 6.93147180369123816490e-01 + dk * 1.90821492927058770002e-10;
    const tail = f * f * (0.5 - 0.33333333333333333 * f);
    return dk * 6.93147180369123816490e-01 - (tail - dk * 1.90821492927058770002e-10 - f);
  }
  const s = f / (2.0 + f);
  const z = s * s;
  const w = z * z;
  const t1 = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
  const t2 = z * (6.666666666666735130e-01 + w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
  const remainder = t1 + t2;
  if (((high - 0x6147a) | (0x6b851 - high)) > 0) {
    const half = 0.5 * f * f;
    return dk * 6.93147180369123816490e-01 - (half - (s * (half + remainder) + dk * 1.90821492927058770002e-10) - f);
  }
  return dk * 6.93147180369123816490e-01 - (s * (f - remainder) - dk * 1.90821492927058770002e-10 - f);
}
