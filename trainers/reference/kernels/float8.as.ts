/**
 * to <- from rounded to the nearest number, ties to even, of a small floating-point format, kept in f32: `smallestNormal` is its
 * smallest normal number, `spacingAtOne` the distance from 1 to the next, `largest` its largest finite number, to which
 * everything beyond saturates. NaN stays NaN. Returns how many entries were not 0 before and are 0 after.
 */
export function castToFormat(from: usize, to: usize, n: i32, smallestNormal: f32, spacingAtOne: f32, largest: f32): i32 {
  const whole = n & ~3;
  let flushed = i32x4.splat(0);
  for (let i = 0; i < whole; i += 4) {
    const x = v128.load(from + <usize>i * 4);
    const y = round4(x, smallestNormal, spacingAtOne, largest);
    v128.store(to + <usize>i * 4, y);
    flushed = i32x4.sub(flushed, v128.and(f32x4.ne(x, f32x4.splat(0)), f32x4.eq(y, f32x4.splat(0))));
  }
  let count = i32x4.extract_lane(flushed, 0) + i32x4.extract_lane(flushed, 1) + i32x4.extract_lane(flushed, 2) + i32x4.extract_lane(flushed, 3);
  for (let i = whole; i < n; i++) {
    const x = f32.load(from + <usize>i * 4);
    const y = f32x4.extract_lane(round4(f32x4.splat(x), smallestNormal, spacingAtOne, largest), 0);
    f32.store(to + <usize>i * 4, y);
    if (x != 0 && y == 0) count++;
  }
  return count;
}

/** The exponent bits of |x| are the power of two below it; times `spacingAtOne` that is the grid's spacing around x. */
// @ts-ignore: decorator
@inline
function round4(x: v128, smallestNormal: f32, spacingAtOne: f32, largest: f32): v128 {
  const bounded = f32x4.min(f32x4.max(x, f32x4.splat(-largest)), f32x4.splat(largest));
  const power = f32x4.max(v128.and(bounded, i32x4.splat(0x7f800000)), f32x4.splat(smallestNormal));
  const spacing = f32x4.mul(power, f32x4.splat(spacingAtOne));
  return f32x4.mul(f32x4.nearest(f32x4.div(bounded, spacing)), spacing);
}
