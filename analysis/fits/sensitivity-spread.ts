import type { SensitivityRow } from "./sensitivity.ts";
import { type SensitivityFactor, sensitivityFactors } from "./sensitivity-variants.ts";

/** How far apart the same rows put the best model size at one budget. Plain JSON. */
export interface SensitivitySpread {
  /** FLOPs. */
  readonly compute: number;
  /** Of the fit itself; null where it has no optimum there. */
  readonly asFitted: number | null;
  readonly smallest: { readonly size: number; readonly variant: string };
  readonly largest: { readonly size: number; readonly variant: string };
  /** Largest over smallest. */
  readonly factor: number;
  /** The same for what one choice changes, the fit itself included. */
  readonly byFactor: readonly { readonly factor: SensitivityFactor; readonly spread: number }[];
  /** Ways that have no optimum there. */
  readonly without: readonly string[];
  /** Start grids whose search ended above the least objective: fits of nothing, which do not count. */
  readonly missed: readonly string[];
}

/** Searches that end within this share of the least objective have found the same minimum. */
const sameMinimum = 1e-3;

/** Whether the fit itself, or a start grid, ended at the least objective that any of them reached; true of everything else. */
export function reachedLeast(row: SensitivityRow, rows: readonly SensitivityRow[]): boolean {
  const compared = rows.filter(({ factor, refused }) => refused === null && (factor === null || factor === "starts"));
  const least = Math.min(...compared.map(({ objectiveValue }) => objectiveValue));
  return !compared.includes(row) || row.objectiveValue <= least * (1 + sameMinimum);
}

/** One spread a budget; none where no way has an optimum. */
export function sensitivitySpreads(rows: readonly SensitivityRow[], computes: readonly number[]): readonly SensitivitySpread[] {
  const counted = rows.filter((row) => row.refused === null && (row.factor === null || reachedLeast(row, rows)));
  const missed = rows.flatMap((row) => (row.refused === null && !counted.includes(row) ? [row.variant] : []));
  return computes.flatMap((compute, index) => {
    const sizes = counted.flatMap(({ factor, variant, optima }) => {
      const size = optima[index]?.size;
      return size === undefined ? [] : [{ factor, variant, size }];
    });
    const ascending = [...sizes].sort((left, right) => left.size - right.size);
    const [smallest, largest] = [ascending[0], ascending.at(-1)];
    if (smallest === undefined || largest === undefined) return [];
    const spreadOf = (chosen: readonly { readonly size: number }[]): number =>
      Math.max(...chosen.map(({ size }) => size)) / Math.min(...chosen.map(({ size }) => size));
    return [
      {
        compute,
        asFitted: sizes.find(({ factor }) => factor === null)?.size ?? null,
        smallest: { size: smallest.size, variant: smallest.variant },
        largest: { size: largest.size, variant: largest.variant },
        factor: largest.size / smallest.size,
        byFactor: sensitivityFactors.flatMap((factor) => {
          const chosen = sizes.filter((row) => row.factor === factor || row.factor === null);
          return chosen.some((row) => row.factor === factor) ? [{ factor, spread: spreadOf(chosen) }] : [];
        }),
        without: counted.flatMap(({ variant, optima }) => (optima[index] == null ? [variant] : [])),
        missed,
      },
    ];
  });
}
