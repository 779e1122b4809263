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
}

/** One spread a budget; none where no way has an optimum. */
export function sensitivitySpreads(rows: readonly SensitivityRow[], computes: readonly number[]): readonly SensitivitySpread[] {
  return computes.flatMap((compute, index) => {
    const sizes = rows.flatMap(({ factor, variant, optima }) => {
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
        without: rows.flatMap(({ variant, optima, refused }) => (refused === null && optima[index] == null ? [variant] : [])),
      },
    ];
  });
}
