import { shareInPercent } from "../../study/number-words.ts";
import { exp, log } from "../../numerics/elementary.ts";
import { studentTInterval } from "../../numerics/interval.ts";
import { leverage } from "../../numerics/least-squares.ts";
import { mean } from "../../numerics/mean.ts";
import { type CellRun, lowestLoss, type OptimumCell, scaleWords } from "./cells.ts";
import { type Quadratic, quadratic } from "./quadratic.ts";
import type { FittedSurface, GridEnd, RefusedSurface, Surface } from "./surface.ts";

export interface SurfaceOptions {
  /** Runs within this share above the cell's lowest loss are fitted: 0.02 by default. The optimum depends on it (notes of band-sensitivity). */
  readonly band: number;
  /** Of the intervals, in (0, 1). */
  readonly level: number;
}

export const defaultSurface: SurfaceOptions = { band: 0.02, level: 0.95 };

/**
 * A quadratic of ln loss in ln hyperparameters, with cross term, by least squares over the runs near the best of a cell; its vertex is the
 * optimum (Bjorck et al. 2025, arXiv:2409.19913, for one hyperparameter). Hyperparameters with one value are no axis. The vertex must lie
 * within the fitted runs: one that does not is refused, as an edge where the grid ends there.
 */
export function fitSurface(cell: OptimumCell, { band, level }: SurfaceOptions = defaultSurface): Surface {
  const lowest = lowestLoss(cell);
  const best = cell.runs.find(({ loss }) => loss === lowest);
  const refused = (status: RefusedSurface["status"], why: string, ends: readonly GridEnd[] = []): RefusedSurface => ({
    status,
    scale: cell.scale,
    band,
    ends,
    words: `${scaleWords(cell.scale)}: ${why}`,
  });
  if (best === undefined || lowest === Infinity) return refused("too-few-runs", "no run has finished with a finite loss");
  const varying = cell.axes.flatMap((name, index) =>
    cell.runs.some(({ logValues }) => logValues[index] !== best.logValues[index]) ? [{ name, index }] : [],
  );
  const axes = varying.map(({ name }) => name);
  const place = ({ logValues }: CellRun): number[] => varying.map(({ index }) => logValues[index] ?? 0);
  if (axes.length === 0) return refused("too-few-runs", "every run has the same hyperparameters");
  const grid = rangeOf(cell.runs.map(place));
  const near = cell.runs.filter(({ loss }) => loss <= lowest * (1 + band));
  const places = near.map(place);
  const ends = endsAt(place(best), grid, axes);
  const size = axes.length;
  const unknowns = 1 + 2 * size + (size * (size - 1)) / 2;
  const distinct = axes.map((_, axis) => new Set(places.map((at) => at[axis])).size);
  const thin = distinct.findIndex((count) => count < 3);
  // An edge comes before a count: it says what to do about it.
  const few = near.length <= unknowns || thin >= 0;
  if (few && ends.length > 0) return refused("edge", `the best run lies at ${endWords(ends)}: widen the grid there`, ends);
  if (few && thin >= 0)
    return refused(
      "too-few-runs",
      `${distinct[thin] ?? 0} values of ${axes[thin] ?? ""} within ${shareInPercent(band)} of the best, 3 needed`,
    );
  if (few) return refused("too-few-runs", `${near.length} runs within ${shareInPercent(band)} of the best, ${unknowns + 1} needed`);
  const center = axes.map((_, axis) => mean(places.map((at) => at[axis] ?? 0)));
  const fit = quadratic(
    places.map((at) => at.map((value, axis) => value - (center[axis] ?? 0))),
    near.map(({ loss }) => log(loss)),
  );
  if (fit === null)
    return refused(
      "too-few-runs",
      `the ${near.length} runs within ${shareInPercent(band)} of the best do not spread over ${axes.join(" and ")}`,
    );
  if (fit.offset === null) {
    if (ends.length > 0)
      return refused("edge", `the best run lies at ${endWords(ends)} and the surface has no minimum: widen the grid there`, ends);
    return refused("no-minimum", `the surface through ${near.length} runs within ${shareInPercent(band)} of the best has no minimum`);
  }
  const vertex = fit.offset.map((value, axis) => value + (center[axis] ?? 0));
  const window = rangeOf(places);
  const outside = vertex.flatMap((value, axis): GridEnd[] => {
    const side = value < (window.low[axis] ?? 0) ? "low" : value > (window.high[axis] ?? 0) ? "high" : null;
    return side === null ? [] : [{ axis: axes[axis] ?? "", side }];
  });
  if (outside.length > 0) {
    const atEnd = outside.filter(({ axis, side }) => {
      const index = axes.indexOf(axis);
      return side === "low" ? window.low[index] === grid.low[index] : window.high[index] === grid.high[index];
    });
    return atEnd.length > 0
      ? refused("edge", `the optimum lies beyond ${endWords(atEnd)}: widen the grid there`, atEnd)
      : refused("no-minimum", `the optimum lies outside the ${near.length} runs within ${shareInPercent(band)} of the best`);
  }
  return {
    ...fitted(axes, vertex, fit, level),
    scale: cell.scale,
    runs: near.length,
    band,
    windowLow: window.low,
    windowHigh: window.high,
    bestRunAtEnd: ends,
    luckOfTheBest: log(lowest) - fit.vertexValue,
  };
}

function fitted(axes: readonly string[], vertex: readonly number[], fit: Quadratic, level: number) {
  const { residualStandardDeviation: deviation, degreesOfFreedom } = fit.regression;
  const standardErrors = fit.gradients.map((gradient) => (deviation === null ? null : deviation * leverage(fit.regression, gradient)));
  const optima = axes.map((axis, index): FittedSurface["optima"][number] => {
    const [at = 0, error = null] = [vertex[index], standardErrors[index]];
    if (error === null) return { axis, value: exp(at), interval: null };
    const interval = studentTInterval(at, error, degreesOfFreedom, level, "delta method at the vertex of a quadratic in ln, Student's t");
    return { axis, value: exp(at), interval: { ...interval, low: exp(interval.low), high: exp(interval.high) } };
  });
  return {
    status: "fitted" as const,
    axes,
    vertex,
    optima,
    standardErrors,
    vertexLogLoss: fit.vertexValue,
    hessian: fit.hessian,
    residualStandardDeviation: deviation,
  };
}

function rangeOf(places: readonly (readonly number[])[]): { readonly low: readonly number[]; readonly high: readonly number[] } {
  const [first = []] = places;
  return {
    low: first.map((_, axis) => Math.min(...places.map((at) => at[axis] ?? Infinity))),
    high: first.map((_, axis) => Math.max(...places.map((at) => at[axis] ?? -Infinity))),
  };
}

function endsAt(at: readonly number[], grid: ReturnType<typeof rangeOf>, axes: readonly string[]): GridEnd[] {
  return axes.flatMap((axis, index): GridEnd[] => {
    if (at[index] === grid.low[index]) return [{ axis, side: "low" }];
    return at[index] === grid.high[index] ? [{ axis, side: "high" }] : [];
  });
}

function endWords(ends: readonly GridEnd[]): string {
  return ends.map(({ axis, side }) => `the ${side} end of ${axis}`).join(" and ");
}
