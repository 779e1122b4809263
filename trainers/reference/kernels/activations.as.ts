import { exponential4 } from "./exponential.as";

/**
 * Activations and their slopes, four at a time, in plain arithmetic. Kinds: 0 relu, 1 squaredRelu, 2 gelu, 3 silu, 4 tanh (the order of
 * the contract's `activations`). Passes run to the next multiple of four floats (see elementwise.as.ts).
 */

// @ts-ignore: decorator
@inline
function sigmoid4(x: v128): v128 {
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), exponential4(f32x4.neg(x))));
}

/** tanh as in Cephes' tanhf (Moshier): an odd polynomial below 0.625, 1 - 2 / (exp(2|x|) + 1) above. */
// @ts-ignore: decorator
@inline
function tanh4(x: v128): v128 {
  const size = f32x4.abs(x);
  const square = f32x4.mul(x, x);
  let p = f32x4.splat(-5.70498872745e-3);
  p = f32x4.add(f32x4.mul(p, square), f32x4.splat(2.06390887954e-2));
  p = f32x4.add(f32x4.mul(p, square), f32x4.splat(-5.37397155531e-2));
  p = f32x4.add(f32x4.mul(p, square), f32x4.splat(1.33314422036e-1));
  p = f32x4.add(f32x4.mul(p, square), f32x4.splat(-3.33332819422e-1));
  const small = f32x4.add(x, f32x4.mul(x, f32x4.mul(square, p)));
  const power = exponential4(f32x4.add(size, size));
  const large = f32x4.sub(f32x4.splat(1), f32x4.div(f32x4.splat(2), f32x4.add(power, f32x4.splat(1))));
  const signed = v128.or(large, v128.and(x, f32x4.splat(-0.0)));
  return v128.bitselect(signed, small, f32x4.ge(size, f32x4.splat(0.625)));
}

/** exp(-x^2 / 2): what the normal density and the polynomial of `normalDistribution4` share. */
// @ts-ignore: decorator
@inline
function bell4(x: v128): v128 {
  return exponential4(f32x4.mul(f32x4.mul(x, x), f32x4.splat(-0.5)));
}

/**
 * Phi(x) = (1 + erf(x / sqrt 2)) / 2 with erfc of Abramowitz and Stegun 7.1.26 (error below 1.5e-7); `bell` = exp(-x^2 / 2). Below 0 it is
 * erfc's half itself, which does not cancel, and 0 from where 1 + erf is 0 in double precision: gelu ends where an exact one does.
 */
// @ts-ignore: decorator
@inline
function normalDistribution4(x: v128, bell: v128): v128 {
  const size = f32x4.abs(x);
  const t = f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), f32x4.mul(size, f32x4.splat(0.3275911 * 0.7071067811865476))));
  let p = f32x4.splat(1.061405429);
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(-1.453152027));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(1.421413741));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(-0.284496736));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(0.254829592));
  const half = f32x4.mul(f32x4.mul(f32x4.mul(p, t), bell), f32x4.splat(0.5));
  const tail = v128.andnot(half, f32x4.gt(size, f32x4.splat(8.3744)));
  return v128.bitselect(tail, f32x4.sub(f32x4.splat(1), tail), f32x4.lt(x, f32x4.splat(0)));
}

// @ts-ignore: decorator
@inline
function activation4(kind: i32, x: v128): v128 {
  if (kind == 4) return tanh4(x);
  if (kind == 3) return f32x4.mul(x, sigmoid4(x));
  if (kind == 2) return f32x4.mul(x, normalDistribution4(x, bell4(x)));
  const positive = f32x4.max(x, f32x4.splat(0));
  return kind == 1 ? f32x4.mul(positive, positive) : positive;
}

/** The derivative of `activation4`; at 0 a relu's is 0. */
// @ts-ignore: decorator
@inline
function slope4(kind: i32, x: v128): v128 {
  const one = f32x4.splat(1);
  if (kind == 4) {
    const y = tanh4(x);
    return f32x4.sub(one, f32x4.mul(y, y));
  }
  if (kind == 3) {
    const s = sigmoid4(x);
    return f32x4.mul(s, f32x4.add(one, f32x4.mul(x, f32x4.sub(one, s))));
  }
  if (kind == 2) {
    const bell = bell4(x);
    const density = f32x4.mul(bell, f32x4.splat(0.3989422804014327));
    return f32x4.add(normalDistribution4(x, bell), f32x4.mul(x, density));
  }
  if (kind == 1) {
    const positive = f32x4.max(x, f32x4.splat(0));
    return f32x4.add(positive, positive);
  }
  return v128.and(one, f32x4.gt(x, f32x4.splat(0)));
}

/** y <- factor * act(input * x). */
export function activationForward(kind: i32, x: usize, y: usize, n: i32, input: f32, factor: f32): void {
  const inputs = f32x4.splat(input);
  const factors = f32x4.splat(factor);
  for (let i = 0; i < n; i += 4) {
    const at = <usize>i * 4;
    v128.store(y + at, f32x4.mul(activation4(kind, f32x4.mul(v128.load(x + at), inputs)), factors));
  }
}

/** dy <- factor * act'(input * x) * dy. */
export function activationBackward(kind: i32, dy: usize, x: usize, n: i32, input: f32, factor: f32): void {
  const inputs = f32x4.splat(input);
  const factors = f32x4.splat(factor);
  for (let i = 0; i < n; i += 4) {
    const at = <usize>i * 4;
    const slope = f32x4.mul(slope4(kind, f32x4.mul(v128.load(x + at), inputs)), factors);
    v128.store(dy + at, f32x4.mul(v128.load(dy + at), slope));
  }
}

/** y <- factor * act(input * gate) * up. */
export function gatedForward(kind: i32, gate: usize, up: usize, y: usize, n: i32, input: f32, factor: f32): void {
  const inputs = f32x4.splat(input);
  const factors = f32x4.splat(factor);
  for (let i = 0; i < n; i += 4) {
    const at = <usize>i * 4;
    const value = f32x4.mul(activation4(kind, f32x4.mul(v128.load(gate + at), inputs)), factors);
    v128.store(y + at, f32x4.mul(value, v128.load(up + at)));
  }
}

/** dUp <- factor * act(input * gate) * dy; dGate <- factor * input * act'(input * gate) * up * dy. */
export function gatedBackward(kind: i32, dy: usize, gate: usize, up: usize, dGate: usize, dUp: usize, n: i32, input: f32, factor: f32): void {
  const inputs = f32x4.splat(input);
  const factors = f32x4.splat(factor);
  for (let i = 0; i < n; i += 4) {
    const at = <usize>i * 4;
    const x = f32x4.mul(v128.load(gate + at), inputs);
    const gradient = f32x4.mul(v128.load(dy + at), factors);
    v128.store(dGate + at, f32x4.mul(f32x4.mul(f32x4.mul(slope4(kind, x), inputs), v128.load(up + at)), gradient));
    v128.store(dUp + at, f32x4.mul(activation4(kind, x), gradient));
  }
}
