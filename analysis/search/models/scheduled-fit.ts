import { contentHash } from "../../study/content-hash.ts";
import { fitKernel, priorCoordinates, type KernelFitSettings } from "./kernel-fit.ts";
import type { KernelCoordinates } from "./kernel-matrix.ts";
import type { Points } from "./kernel.ts";
import { negativeLogMarginalLikelihood } from "./marginal-likelihood.ts";
import { outputFrame, toTarget, type OutputFrame } from "./output-frame.ts";
import { negativeLogClassLikelihood } from "./success-classifier.ts";

/** Fewest readings that a kernel is fitted to. */
const firstFit = 5;
/** Each fit has at least this many times the readings of the one before. */
const growth = 1.19;
/** Up to here a fit also begins at fixed places, not only where the last one ended. */
const manyStarts = 24;
/** A kernel is fitted to at most so many readings. */
const mostReadings = 200;
const rememberedFits = 600;

/** What a model of one quantity is like; a part of the key under which fits are remembered. */
export interface FitKind {
  readonly name: "loss" | "cost" | "success";
  readonly isPowered: boolean;
  readonly kernel: Omit<KernelFitSettings, "starts" | "evaluations">;
}

/** A kernel and the frame that it speaks of. */
export interface ScheduledFit {
  readonly coordinates: KernelCoordinates;
  readonly frame: OutputFrame;
  /** Where the linear part of the kernel is 0: the mean of the points. */
  readonly centre: Float64Array;
  /** How many readings it was made of. */
  readonly readings: number;
  /** False: the likelihood had no value anywhere, and the kernel is the last one or the prior's. */
  readonly isFitted: boolean;
}

const remembered = new Map<string, ScheduledFit>();

/**
 * The kernel for these readings: fitted to the first 5, 6, 8, 10, 12, … of them, whichever is the most there are, beginning where the
 * fit before ended. So it is a function of the readings alone, and a process that meets all of them at once comes to the same bits as one
 * that saw them arrive. Fits are remembered by content.
 *
 * @param outputs losses, ln costs or labels (1 and -1), one for each point
 */
export function scheduledFit(kind: FitKind, points: Points, outputs: Float64Array): ScheduledFit {
  let size = 0;
  let before = 0;
  for (let next = firstFit; next <= points.count; next = Math.ceil(next * growth)) {
    before = size;
    size = next;
  }
  if (size === 0) return { ...unfitted(kind, points, outputs), isFitted: true };
  return fitAt(kind, points, outputs, size, before);
}

function fitAt(kind: FitKind, all: Points, allOutputs: Float64Array, size: number, before: number): ScheduledFit {
  const { dimensions } = all;
  const values = all.values.subarray(0, size * dimensions);
  const outputs = allOutputs.subarray(0, size);
  const key = contentHash([kind.name, kind.isPowered, dimensions, Array.from(values), Array.from(outputs), settingsKey(kind)]);
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const points = { values, count: size, dimensions };
  const from = before === 0 ? null : scheduledFit(kind, { values, count: before, dimensions }, outputs.subarray(0, before));
  const blank = unfitted(kind, points, outputs);
  const isClass = kind.name === "success";
  let fit: ScheduledFit = { ...blank, coordinates: from?.coordinates ?? blank.coordinates, isFitted: true };
  // Labels of one kind say nothing of a kernel.
  if (!isClass || outputs.some((label) => label !== outputs[0])) {
    const chosen = size <= mostReadings ? null : thinned(size, mostReadings);
    const some = chosen === null ? points : pick(points, chosen);
    const someOutputs = chosen === null ? outputs : Float64Array.from(chosen, (index) => outputs[index] ?? 0);
    const targets = isClass ? someOutputs : someOutputs.map((output) => toTarget(blank.frame, output));
    const likelihood = (isClass ? negativeLogClassLikelihood : negativeLogMarginalLikelihood)(some, blank.centre, targets);
    const starts = from === null ? 4 : size <= manyStarts ? 2 : 0;
    const found = fitKernel(likelihood, dimensions, from?.coordinates ?? null, {
      ...kind.kernel,
      evaluations: from === null ? 60 : 40,
      starts,
    });
    fit = { ...blank, coordinates: found.coordinates, isFitted: found.objective < Infinity };
  }
  if (remembered.size >= rememberedFits) {
    const oldest = remembered.keys().next();
    if (oldest.done !== true) remembered.delete(oldest.value);
  }
  remembered.set(key, fit);
  return fit;
}

/** Indices of `kept` of `count` readings: the newest half of them, and the rest evenly from those before. */
export function thinned(count: number, kept: number): readonly number[] {
  const newest = Math.floor(kept / 2);
  const older = kept - newest;
  const span = count - newest;
  return [
    ...Array.from({ length: older }, (_, index) => Math.floor((index * span) / older)),
    ...Array.from({ length: newest }, (_, index) => span + index),
  ];
}

/** Some of the points. */
export function pick({ values, dimensions }: Points, chosen: readonly number[]): Points {
  const picked = new Float64Array(chosen.length * dimensions);
  for (const [place, index] of chosen.entries())
    picked.set(values.subarray(index * dimensions, (index + 1) * dimensions), place * dimensions);
  return { values: picked, count: chosen.length, dimensions };
}

function unfitted(kind: FitKind, points: Points, outputs: Float64Array): ScheduledFit {
  const { values, count, dimensions } = points;
  const centre = new Float64Array(dimensions);
  for (let index = 0; index < count; index += 1)
    for (let axis = 0; axis < dimensions; axis += 1) centre[axis] = (centre[axis] ?? 0) + (values[index * dimensions + axis] ?? 0) / count;
  return {
    coordinates: priorCoordinates(dimensions),
    frame: outputFrame(outputs, kind.isPowered),
    centre,
    readings: count,
    isFitted: true,
  };
}

function settingsKey({ kernel: { prior, leastNoise } }: FitKind): readonly number[] {
  return [prior.smoothness, ...prior.scale, ...prior.logLinear, ...prior.noise, leastNoise];
}
