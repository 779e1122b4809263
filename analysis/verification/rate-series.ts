import { log } from "../numerics/elementary.ts";
import { scheduleFactor } from "../numerics/schedule-factor.ts";
import type { ResolvedRun } from "../study/run-key.ts";
import type { Schedule } from "../study/trainer-contract.ts";
import { baseLearningRate } from "./likely-causes.ts";
import type { LoggedPoint } from "./run-verification.ts";

const prefix = "learningRate/";

/** Relative difference that a logged rate may have: float32 loggers have 1e-7, five digits 5e-6. */
export const rateTolerance = 1e-4;
/** Of the peak: what counts as the zero at which a schedule ends. */
const zeroTolerance = 1e-7;

/** What a trainer logged as the rate of a group, or of one tensor. */
export interface RateSeries {
  readonly name: string;
  readonly tensors: readonly string[];
  /** Resolved peak rate. */
  readonly peak: number;
  /** peak / base learning rate: the rule's factor. */
  readonly factor: number;
  readonly points: readonly LoggedPoint[];
}

/** A logged rate beside the resolved one. */
export interface RateReading {
  readonly series: RateSeries;
  readonly attempt: number;
  readonly step: number;
  readonly used: number;
  readonly expected: number;
  /** used / expected; 1 where they match, Infinity where nothing but 0 was right. */
  readonly ratio: number;
  readonly matches: boolean;
}

/** Series of the names that are groups or tensors of the run (a group first), and the names that are neither. */
export function rateSeries(
  run: Pick<ResolvedRun, "hyperparameters" | "tensors">,
  points: readonly LoggedPoint[],
): { readonly series: readonly RateSeries[]; readonly unknown: readonly string[] } {
  const base = baseLearningRate(run);
  const byName = new Map<string, LoggedPoint[]>();
  for (const point of points)
    if (point.name.startsWith(prefix)) {
      const name = point.name.slice(prefix.length);
      const members = byName.get(name);
      if (members === undefined) byName.set(name, [point]);
      else members.push(point);
    }
  const series: RateSeries[] = [];
  const unknown: string[] = [];
  for (const [name, members] of byName) {
    const group = run.tensors.filter((row) => row.group === name);
    const rows = group.length > 0 ? group : run.tensors.filter((row) => row.name === name);
    const [first] = rows;
    if (first === undefined || rows.some((row) => row.learningRate !== first.learningRate)) unknown.push(prefix + name);
    else
      series.push({
        name,
        tensors: rows.map((row) => row.name),
        peak: first.learningRate,
        factor: base > 0 ? first.learningRate / base : 1,
        points: members,
      });
  }
  return { series, unknown };
}

/**
 * Whether a rate logged at step n is that of update n, whose index is n - 1, or that of the next one. At step 0 no update
 * has been done: both mean the first.
 */
export type RateConvention = "update" | "next-update";

/** Resolved rate that a series should show at a step. */
export function expectedRate(schedule: Schedule, peak: number, step: number, convention: RateConvention): number {
  return peak * scheduleFactor(schedule, convention === "update" ? Math.max(0, step - 1) : step);
}

export function rateMatches(used: number, expected: number, peak: number): boolean {
  return Math.abs(used - expected) <= rateTolerance * expected + zeroTolerance * peak;
}

/** Every logged rate beside the resolved one. */
export function readRates(schedule: Schedule, series: readonly RateSeries[], convention: RateConvention): readonly RateReading[] {
  return series.flatMap((member) =>
    member.points.map(({ attempt, step, value }): RateReading => {
      const expected = expectedRate(schedule, member.peak, step, convention);
      const matches = rateMatches(value, expected, member.peak);
      return { series: member, attempt, step, used: value, expected, ratio: matches ? 1 : value / expected, matches };
    }),
  );
}

/**
 * The convention under which no point differs, over all series and attempts; `either` when both explain all of them. Where
 * none does, the one under which used / expected varies less along the run; then `update`, which is the contract's.
 */
export function readConvention(schedule: Schedule, series: readonly RateSeries[]): RateConvention | "either" {
  const update = readRates(schedule, series, "update");
  const next = readRates(schedule, series, "next-update");
  const [updateFits, nextFits] = [update, next].map((readings) => readings.every(({ matches }) => matches));
  if (updateFits === true) return nextFits === true ? "either" : "update";
  if (nextFits === true) return "next-update";
  return logSpread(next) < logSpread(update) - rateTolerance ? "next-update" : "update";
}

/** Logarithm of largest over smallest ratio of used and expected along a series, summed over the series. */
function logSpread(readings: readonly RateReading[]): number {
  const ranges = new Map<RateSeries, { low: number; high: number }>();
  for (const { series, used, expected } of readings) {
    const ratio = used / expected;
    if (!(ratio > 0) || !Number.isFinite(ratio)) continue;
    const range = ranges.get(series) ?? { low: ratio, high: ratio };
    ranges.set(series, { low: Math.min(range.low, ratio), high: Math.max(range.high, ratio) });
  }
  return [...ranges.values()].reduce((sum, { low, high }) => sum + log(high / low), 0);
}
