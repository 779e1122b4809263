import { sqrt } from "./elementary.ts";

/** What is minimised: returns the value at `point` and writes its slopes; Infinity or NaN where there is none. */
export type SlopedFunction = (point: Float64Array, slopes: Float64Array) => number;

export interface BoundedSettings {
  readonly lower: ArrayLike<number>;
  readonly upper: ArrayLike<number>;
  /** Evaluations of the function at most. */
  readonly evaluations: number;
  /** Ends when a step lowers the value by less than this, relative to its size or 1. */
  readonly tolerance: number;
}

export interface BoundedMinimum {
  readonly value: number;
  readonly evaluations: number;
}

/** Pairs of steps and slope differences that are remembered. */
const memory = 8;

/**
 * Minimises within a box by limited-memory BFGS on the coordinates that are free, the others held at their bounds (Bertsekas 1982,
 * "Projected Newton methods for optimization problems with simple constraints"; two-loop recursion of Nocedal 1980), with a projected
 * backtracking line search. Leaves the minimum in `point`. Never worse than where it began; Infinity when the start has no value.
 */
export function minimiseWithin(fn: SlopedFunction, point: Float64Array, settings: BoundedSettings): BoundedMinimum {
  const size = point.length;
  const { lower, upper } = settings;
  const clamp = (value: number, index: number): number => Math.min(upper[index] ?? Infinity, Math.max(lower[index] ?? -Infinity, value));
  for (let index = 0; index < size; index += 1) point[index] = clamp(point[index] ?? 0, index);
  const slopes = new Float64Array(size);
  const trial = new Float64Array(size);
  const trialSlopes = new Float64Array(size);
  const direction = new Float64Array(size);
  const held = new Uint8Array(size);
  const pairs: { step: Float64Array; change: Float64Array; curvature: number }[] = [];
  let value = fn(point, slopes);
  let evaluations = 1;
  if (!Number.isFinite(value)) return { value: Infinity, evaluations };
  while (evaluations < settings.evaluations) {
    let freeNorm = 0;
    for (let index = 0; index < size; index += 1) {
      const slope = slopes[index] ?? 0;
      const place = point[index] ?? 0;
      held[index] = (place <= (lower[index] ?? -Infinity) && slope > 0) || (place >= (upper[index] ?? Infinity) && slope < 0) ? 1 : 0;
      direction[index] = held[index] === 1 ? 0 : -slope;
      freeNorm += (direction[index] ?? 0) * (direction[index] ?? 0);
    }
    if (!(freeNorm > 1e-20)) break;
    turn(direction, pairs);
    let descent = 0;
    for (let index = 0; index < size; index += 1) {
      if (held[index] === 1) direction[index] = 0;
      descent += (direction[index] ?? 0) * (slopes[index] ?? 0);
    }
    let step = 1;
    if (!(descent < 0) || pairs.length === 0) {
      pairs.length = 0;
      for (let index = 0; index < size; index += 1) direction[index] = held[index] === 1 ? 0 : -(slopes[index] ?? 0);
      // The first step has no scale of its own: at most one unit long.
      step = Math.min(1, 1 / sqrt(freeNorm));
    }
    let next = Infinity;
    let moved = false;
    for (let halving = 0; halving < 12 && evaluations < settings.evaluations; halving += 1) {
      let expected = 0;
      moved = false;
      for (let index = 0; index < size; index += 1) {
        const place = clamp((point[index] ?? 0) + step * (direction[index] ?? 0), index);
        trial[index] = place;
        const shift = place - (point[index] ?? 0);
        if (shift !== 0) moved = true;
        expected += shift * (slopes[index] ?? 0);
      }
      if (!moved) break;
      next = fn(trial, trialSlopes);
      evaluations += 1;
      if (next <= value + 1e-4 * expected) break;
      next = Infinity;
      step *= 0.4;
    }
    if (!(next < Infinity)) {
      if (pairs.length === 0) break;
      // A direction that leads nowhere was built of stale pairs: once more, straight down.
      pairs.length = 0;
      continue;
    }
    const stepTaken = new Float64Array(size);
    const change = new Float64Array(size);
    let curvature = 0;
    for (let index = 0; index < size; index += 1) {
      stepTaken[index] = (trial[index] ?? 0) - (point[index] ?? 0);
      change[index] = (trialSlopes[index] ?? 0) - (slopes[index] ?? 0);
      curvature += (stepTaken[index] ?? 0) * (change[index] ?? 0);
    }
    if (curvature > 1e-12) {
      pairs.push({ step: stepTaken, change, curvature });
      if (pairs.length > memory) pairs.shift();
    }
    const gain = value - next;
    point.set(trial);
    slopes.set(trialSlopes);
    value = next;
    if (gain <= settings.tolerance * Math.max(1, Math.abs(value))) break;
  }
  return { value, evaluations };
}

/** Multiplies by the inverse Hessian that the pairs speak of, in place. */
function turn(
  direction: Float64Array,
  pairs: readonly { readonly step: Float64Array; readonly change: Float64Array; readonly curvature: number }[],
): void {
  const factors: number[] = [];
  for (let index = pairs.length - 1; index >= 0; index -= 1) {
    const pair = pairs[index];
    if (pair === undefined) continue;
    const factor = dot(pair.step, direction) / pair.curvature;
    factors[index] = factor;
    add(direction, pair.change, -factor);
  }
  const last = pairs.at(-1);
  if (last !== undefined) {
    const scale = last.curvature / dot(last.change, last.change);
    for (let index = 0; index < direction.length; index += 1) direction[index] = (direction[index] ?? 0) * scale;
  }
  for (const [index, pair] of pairs.entries())
    add(direction, pair.step, (factors[index] ?? 0) - dot(pair.change, direction) / pair.curvature);
}

function dot(left: Float64Array, right: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < left.length; index += 1) sum += (left[index] ?? 0) * (right[index] ?? 0);
  return sum;
}

function add(to: Float64Array, what: Float64Array, factor: number): void {
  for (let index = 0; index < to.length; index += 1) to[index] = (to[index] ?? 0) + factor * (what[index] ?? 0);
}
