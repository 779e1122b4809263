import { log2 } from "../numerics/elementary.ts";
import { canonicalJson } from "../study/content-hash.ts";
import { LadderError } from "../study/ladder-error.ts";
import { scaleAxes, type CountedScale, type ScaleAxis } from "../study/scale.ts";
import type { TrialRunResult } from "../study/trial.ts";

/** What a run says about a grid point: a loss, +infinity in the place of one, or nothing (failed, cancelled, not done). */
export type RunOutcome = "finished" | "diverged" | "missing";

/** One run at a grid point. */
export interface CellRun {
  readonly seed: number;
  readonly runKey: string;
  readonly cluster: string;
  readonly outcome: RunOutcome;
  /** Nats per token; null unless finished. */
  readonly loss: number | null;
}

/** All runs of one hyperparameter value in one cell, by seed. */
export interface GridPoint {
  readonly value: number;
  readonly log2Value: number;
  readonly runs: readonly CellRun[];
}

/** One parametrization at one scale: the runs along the grid of one hyperparameter, everything else held constant. */
export interface BasinCell {
  readonly parametrization: string;
  readonly axis: ScaleAxis;
  readonly hyperparameter: string;
  readonly axisValue: number;
  readonly scale: CountedScale;
  /** The other scale axes and the other hyperparameters, by name. */
  readonly heldConstant: Readonly<Record<string, number>>;
  /** By rising value. */
  readonly points: readonly GridPoint[];
}

/**
 * Sorts results into cells. The order of the results never matters: cells come by parametrization, what is held
 * constant, and axis value; points by value; runs by seed. Results without the hyperparameter are left out.
 *
 * @throws LadderError `input` HYPERPARAMETER_NOT_POSITIVE for a value without a logarithm
 * @throws LadderError `conflict` RUNS_AMBIGUOUS when two different runs claim one cell, value and seed
 */
export function basinCells(results: readonly TrialRunResult[], axis: ScaleAxis, hyperparameter: string): readonly BasinCell[] {
  const groups = new Map<string, { readonly first: TrialRunResult; readonly rows: TrialRunResult[] }>();
  for (const result of results) {
    if (result.hyperparameters[hyperparameter] === undefined) continue;
    const key = cellKey(result, hyperparameter);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { first: result, rows: [result] });
    else group.rows.push(result);
  }
  return [...groups.values()]
    .map(({ first, rows }) => ({
      parametrization: first.parametrization,
      axis,
      hyperparameter,
      axisValue: first.scale[axis],
      scale: first.scale,
      heldConstant: heldConstant(first, axis, hyperparameter),
      points: gridPoints(rows, hyperparameter),
    }))
    .sort(
      (left, right) =>
        compareText(left.parametrization, right.parametrization) ||
        compareText(canonicalJson(left.heldConstant), canonicalJson(right.heldConstant)) ||
        left.axisValue - right.axisValue,
    );
}

/** Loss of one seed at every grid point that has one for it: a number, Infinity where it diverged; missing points left out. */
export function seedLosses(cell: BasinCell, seed: number): readonly { readonly log2Value: number; readonly loss: number }[] {
  return cell.points.flatMap((point) => {
    const run = point.runs.find((candidate) => candidate.seed === seed);
    if (run === undefined || run.outcome === "missing") return [];
    return [{ log2Value: point.log2Value, loss: run.loss ?? Infinity }];
  });
}

/** Mean loss over the seeds at every grid point where each of `seeds` has a result; Infinity where any diverged. */
export function meanLosses(cell: BasinCell, seeds: readonly number[]): readonly { readonly log2Value: number; readonly loss: number }[] {
  const bySeed = seeds.map((seed) => new Map(seedLosses(cell, seed).map((point) => [point.log2Value, point.loss])));
  return cell.points.flatMap(({ log2Value }) => {
    const losses = bySeed.flatMap((losses) => losses.get(log2Value) ?? []);
    return losses.length === seeds.length ? [{ log2Value, loss: losses.reduce((sum, loss) => sum + loss, 0) / seeds.length }] : [];
  });
}

/** Seeds that appear anywhere in the cell, rising. */
export function cellSeeds(cell: BasinCell): readonly number[] {
  return [...new Set(cell.points.flatMap((point) => point.runs.map((run) => run.seed)))].sort((left, right) => left - right);
}

function gridPoints(rows: readonly TrialRunResult[], hyperparameter: string): readonly GridPoint[] {
  const byValue = new Map<number, CellRun[]>();
  for (const row of rows) {
    const value = row.hyperparameters[hyperparameter] ?? Number.NaN;
    if (!(value > 0 && Number.isFinite(value)))
      throw new LadderError(
        "input",
        "HYPERPARAMETER_NOT_POSITIVE",
        `${hyperparameter} = ${value} has no logarithm, so it has no place in a loss basin`,
        {
          fields: { hyperparameter, value, runKey: row.runKey },
          hint: "leave the value out of the sweep, or analyse another hyperparameter",
        },
      );
    const runs = byValue.get(value) ?? [];
    byValue.set(value, runs);
    const twin = runs.find((run) => run.seed === row.seed);
    if (twin === undefined) runs.push(cellRun(row));
    else if (twin.runKey !== row.runKey)
      throw new LadderError(
        "conflict",
        "RUNS_AMBIGUOUS",
        `runs ${twin.runKey} and ${row.runKey} both claim ${hyperparameter} = ${value}, seed ${row.seed}, in one cell`,
        {
          fields: { runKeys: [twin.runKey, row.runKey] },
          hint: "analyse one sweep at a time: data, schedule, optimizer or trainer differ between these runs",
        },
      );
  }
  return [...byValue]
    .map(([value, runs]) => ({ value, log2Value: log2(value), runs: runs.sort((left, right) => left.seed - right.seed) }))
    .sort((left, right) => left.value - right.value);
}

function cellRun(row: TrialRunResult): CellRun {
  const { seed, runKey, cluster, state, loss } = row;
  if (state === "diverged") return { seed, runKey, cluster, outcome: "diverged", loss: null };
  const finite = state === "finished" && loss !== null && Number.isFinite(loss);
  return { seed, runKey, cluster, outcome: finite ? "finished" : "missing", loss: finite ? loss : null };
}

/** Text that two results share exactly when they lie in one cell; canonical JSON would do, at four times the time. */
function cellKey(result: TrialRunResult, hyperparameter: string): string {
  const others = Object.entries(result.hyperparameters).flatMap(([name, value]) => (name === hyperparameter ? [] : [`${name}=${value}`]));
  return [result.parametrization, ...scaleAxes.map((axis) => result.scale[axis]), ...others.sort()].join("\u0000");
}

function heldConstant(result: TrialRunResult, axis: ScaleAxis, hyperparameter: string): Readonly<Record<string, number>> {
  const axes = scaleAxes.filter((name) => name !== axis).map((name) => [name, result.scale[name]] as const);
  const others = Object.entries(result.hyperparameters).filter(([name]) => name !== hyperparameter);
  return Object.fromEntries([...axes, ...others.sort(([left], [right]) => compareText(left, right))]);
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
