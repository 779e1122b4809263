import { conditionGaussianProcess, type GaussianProcess } from "./gaussian-process.ts";
import { kernelParameters } from "./kernel-matrix.ts";
import type { Points } from "./kernel.ts";
import { toTarget, type OutputFrame } from "./output-frame.ts";
import { pick, scheduledFit, thinned, type FitKind } from "./scheduled-fit.ts";

/** A model is conditioned on at most so many readings: the newest half of them and the rest evenly from those before. */
const mostReadings = 400;

/** A process under its scheduled kernel; null where its covariance matrix has no factor. */
export function conditionOn(kind: FitKind, points: Points, outputs: Float64Array): { process: GaussianProcess | null; frame: OutputFrame } {
  const fit = scheduledFit(kind, points, outputs);
  const targets = outputs.map((value) => toTarget(fit.frame, value));
  const some = atMost(points, targets, mostReadings);
  return { process: conditionGaussianProcess(kernelParameters(fit.coordinates), fit.centre, some.points, some.targets), frame: fit.frame };
}

/** All readings, or `most` of them by the rule of `thinned`. */
export function atMost(points: Points, targets: Float64Array, most: number): { points: Points; targets: Float64Array } {
  if (points.count <= most) return { points, targets };
  const chosen = thinned(points.count, most);
  return { points: pick(points, chosen), targets: Float64Array.from(chosen, (index) => targets[index] ?? 0) };
}
