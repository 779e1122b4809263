import { mean } from "../numerics/mean.ts";
import { exp2, sqrt } from "../numerics/elementary.ts";
import { studentTInterval, studentTIntervals, type Interval } from "../numerics/interval.ts";
import { canonicalJson } from "../study/content-hash.ts";
import type { ScaleAxis } from "../study/scale.ts";
import type { TrialRunResult } from "../study/trial.ts";
import { basinCells, cellSeeds, meanLosses, seedLosses, type BasinCell, type CellRun } from "./basin-cells.ts";
import { defaultBasinFit, fewestGridPoints, fitBasin, type BasinFit, type BasinFitOptions } from "../fits/basin-fit.ts";

export interface BasinOptions {
  /** Scale axis along which cells are lined up. */
  readonly axis: ScaleAxis;
  /** Swept hyperparameter, positive; read on a log2 scale. */
  readonly hyperparameter: string;
  /** Level of every interval, in (0, 1). */
  readonly level?: number;
  readonly fit?: BasinFitOptions;
}

/** A grid point with what its seeds say together. */
export interface BasinPoint {
  readonly value: number;
  readonly log2Value: number;
  readonly runs: readonly CellRun[];
  /** Mean over the finished seeds, nats per token; null when none finished. */
  readonly meanLoss: number | null;
  /** Of the mean; seed-to-seed scatter pooled over the grid points of the cell; null with one seed. */
  readonly interval: Interval | null;
  readonly diverged: number;
  readonly missing: number;
}

export interface SeedBasin {
  readonly seed: number;
  readonly fit: BasinFit;
}

/** The loss basin of one parametrization at one scale. Plain JSON. */
export interface Basin {
  readonly parametrization: string;
  readonly axis: ScaleAxis;
  readonly hyperparameter: string;
  readonly axisValue: number;
  /** Other scale axes and other hyperparameters, by name. */
  readonly heldConstant: Readonly<Record<string, number>>;
  readonly points: readonly BasinPoint[];
  /** One fit a seed, by rising seed. */
  readonly seeds: readonly SeedBasin[];
  /** Fit of the mean losses over the seeds: the shape that regret is read off. */
  readonly mean: BasinFit;
  /** Mean of the seeds' optima; null while any seed has none. */
  readonly optimum: { readonly log2: number; readonly value: number; readonly interval: Interval | null } | null;
  /** False for cells with too few grid points to be a sweep at all, such as single runs at a target. */
  readonly isSweep: boolean;
}

/**
 * Measures the loss basin of every parametrization at every scale: per seed a polynomial around the best grid point, its
 * optimum the mean over seeds. Interval of an optimum: Student's t with the seed-to-seed standard deviation pooled over
 * the cells of one parametrization (degrees of freedom = sum over cells of seeds - 1); with one seed, the delta method
 * on the fit's residuals. The pooled interval covers the mean over seeds at each scale by itself; it does not claim that
 * cells are independent, since seeds that share their batches across scales move together (the drift test uses that).
 *
 * @returns by parametrization, what is held constant, axis value; equal results in any order give equal bits
 * @throws LadderError as `basinCells` does
 */
export function measureBasins(results: readonly TrialRunResult[], options: BasinOptions): readonly Basin[] {
  const level = options.level ?? 0.95;
  const fitOptions = options.fit ?? defaultBasinFit;
  const drafts = basinCells(results, options.axis, options.hyperparameter).map((cell) => draftBasin(cell, level, fitOptions));
  const keys = drafts.map(familyKey);
  return drafts.map((draft, index) => {
    const family = drafts.filter((_, other) => keys[other] === keys[index]);
    return { ...draft, optimum: optimumOf(draft, family, level) };
  });
}

/** True when two basins differ in nothing but their place on the axis. */
export function sameFamily(
  left: Pick<Basin, "parametrization" | "heldConstant">,
  right: Pick<Basin, "parametrization" | "heldConstant">,
): boolean {
  return familyKey(left) === familyKey(right);
}

function familyKey(basin: Pick<Basin, "parametrization" | "heldConstant">): string {
  return canonicalJson([basin.parametrization, basin.heldConstant]);
}

/** log2 optima of the seeds, by rising seed; null when any seed of the basin has none. */
export function seedOptima(basin: Pick<Basin, "seeds">): readonly { readonly seed: number; readonly log2: number }[] | null {
  const optima = basin.seeds.flatMap(({ seed, fit }) => (fit.status === "fitted" ? [{ seed, log2: fit.vertexLog2 }] : []));
  return optima.length > 0 && optima.length === basin.seeds.length ? optima : null;
}

type Draft = Omit<Basin, "optimum">;

function draftBasin(cell: BasinCell, level: number, fitOptions: BasinFitOptions): Draft {
  const { parametrization, axis, hyperparameter, axisValue, heldConstant } = cell;
  const seeds = cellSeeds(cell);
  return {
    parametrization,
    axis,
    hyperparameter,
    axisValue,
    heldConstant,
    points: basinPoints(cell, level),
    seeds: seeds.map((seed) => ({ seed, fit: fitBasin(seedLosses(cell, seed), fitOptions) })),
    mean: fitBasin(meanLosses(cell, seeds), fitOptions),
    isSweep: cell.points.length >= fewestGridPoints,
  };
}

function basinPoints(cell: BasinCell, level: number): readonly BasinPoint[] {
  const groups = cell.points.map((point) => point.runs.flatMap((run) => (run.loss === null ? [] : [run.loss])));
  const { variance, degreesOfFreedom } = pooledVariance(groups);
  const method = "mean over seeds; Student t, scatter pooled over the grid points of the cell";
  const intervalOf = degreesOfFreedom === 0 ? null : studentTIntervals(degreesOfFreedom, level, method);
  return cell.points.map((point, index) => {
    const losses = groups[index] ?? [];
    const meanLoss = losses.length === 0 ? null : mean(losses);
    return {
      ...point,
      meanLoss,
      interval: meanLoss === null || intervalOf === null ? null : intervalOf(meanLoss, sqrt(variance / losses.length)),
      diverged: point.runs.filter((run) => run.outcome === "diverged").length,
      missing: point.runs.filter((run) => run.outcome === "missing").length,
    };
  });
}

function optimumOf(draft: Draft, family: readonly Draft[], level: number): Basin["optimum"] {
  const optima = seedOptima(draft);
  if (optima === null) return null;
  const log2 = mean(optima.map((optimum) => optimum.log2));
  return { log2, value: exp2(log2), interval: optimumInterval(draft, optima.length, log2, family, level) };
}

function optimumInterval(draft: Draft, seedCount: number, log2: number, family: readonly Draft[], level: number): Interval | null {
  const pooled = pooledVariance(family.map((basin) => (seedOptima(basin) ?? []).map((optimum) => optimum.log2)));
  if (pooled.degreesOfFreedom > 0)
    return studentTInterval(
      log2,
      sqrt(pooled.variance / seedCount),
      pooled.degreesOfFreedom,
      level,
      `mean over ${seedCount} seeds; Student t, seed-to-seed scatter pooled over the cells of the axis`,
    );
  const [only] = draft.seeds;
  if (only?.fit.status !== "fitted" || only.fit.standardError === null) return null;
  return studentTInterval(
    log2,
    only.fit.standardError,
    only.fit.degreesOfFreedom,
    level,
    "one seed: delta method on the residuals of the basin's fit, without seed-to-seed scatter",
  );
}

/** Variance within groups pooled over groups of two or more; degrees of freedom = sum of (size - 1). */
function pooledVariance(groups: readonly (readonly number[])[]): { readonly variance: number; readonly degreesOfFreedom: number } {
  let sum = 0;
  let degreesOfFreedom = 0;
  for (const group of groups) {
    if (group.length < 2) continue;
    const center = mean(group);
    for (const value of group) sum += (value - center) * (value - center);
    degreesOfFreedom += group.length - 1;
  }
  return { variance: degreesOfFreedom === 0 ? 0 : sum / degreesOfFreedom, degreesOfFreedom };
}
