import type { MeasuredCell } from "./measure-cell.ts";
import { lastChangeSlope } from "./measure-cell.ts";

/** What a flat cell may show at most, and one that scales at least. */
export const flatSlope = 0.1;
export const steepSlope = 0.15;

/** A cell held against what was expected of it. */
export interface JudgedCell extends MeasuredCell {
  readonly slopes: readonly { readonly module: string; readonly slope: number; readonly reference: number | null }[];
  readonly meets: boolean;
  /** Why not; empty where it meets. */
  readonly misses: readonly string[];
}

/**
 * A cell that should pass: every slope of the last step within ± 0.10, and verdict pass. One that should fail: the module
 * that the reference saw scale most scales by 0.15 or more with the same sign, and verdict fail. One that cannot be judged:
 * verdict undecided.
 */
export function judgeCell(measured: MeasuredCell, modules: readonly string[]): JudgedCell {
  const { cell, check } = measured;
  const slopes = modules.map((module) => ({
    module,
    slope: lastChangeSlope(measured, module)?.slope ?? Number.NaN,
    reference: cell.reference?.[module] ?? null,
  }));
  const misses: string[] = [];
  if (check.verdict !== cell.expected) misses.push(`verdict ${check.verdict}, expected ${cell.expected}`);
  if (cell.expected === "pass")
    for (const { module, slope } of slopes)
      if (!(Math.abs(slope) <= flatSlope)) misses.push(`${module} ${slope.toFixed(2)}, at most ${flatSlope} expected`);
  if (cell.expected === "fail") {
    const size = ({ reference }: { readonly reference: number | null }): number => Math.abs(reference ?? 0);
    const steepest = slopes.reduce((most, candidate) => (size(candidate) > size(most) ? candidate : most));
    const along = steepest.slope * Math.sign(steepest.reference ?? steepest.slope);
    if (!(along >= steepSlope))
      misses.push(`${steepest.module} ${steepest.slope.toFixed(2)}, at least ${steepSlope} expected along ${String(steepest.reference)}`);
  }
  return { ...measured, slopes, meets: misses.length === 0, misses };
}
