import type { Exclusion, RunRow } from "./row.ts";
import { type IdentityRules, runIdentity } from "./rows-hash.ts";

/** Rows of the best trial of every design, and the others with their reason. */
export interface BestRows {
  readonly rows: readonly RunRow[];
  readonly excluded: readonly Pick<Exclusion, "line" | "words">[];
  /** Largest number of trials that one design was chosen from. */
  readonly mostTrials: number;
}

/**
 * Of the trials of each design (rows that agree in `variables`), the one whose outcome is lowest on average over its seeds; all its rows
 * stay. A loss law speaks of tuned models: (Mis)Fitting (Li et al. 2025, arXiv:2502.18969) fits the best learning rate of each N and D.
 *
 * The lowest of many noisy runs lies below what the same trial would give again: with about 120 of them by .07 to .09 % of the loss.
 *
 * @param variables that make a design, for example N and D
 */
export function bestRows(
  rows: readonly RunRow[],
  variables: readonly string[],
  columns: readonly string[],
  identity: IdentityRules,
): BestRows {
  const designs = new Map<string, Map<string, RunRow[]>>();
  for (const row of rows) {
    const design = JSON.stringify(variables.map((name) => row.columns[name] ?? null));
    const trials = designs.get(design) ?? new Map<string, RunRow[]>();
    designs.set(design, trials);
    const trial = runIdentity({ ...row, seed: null, cluster: null }, columns, identity);
    trials.set(trial, [...(trials.get(trial) ?? []), row]);
  }
  const kept = new Set<RunRow>();
  let mostTrials = 0;
  for (const trials of designs.values()) {
    mostTrials = Math.max(mostTrials, trials.size);
    const [best] = [...trials.values()].sort((left, right) => meanOutcome(left, identity) - meanOutcome(right, identity));
    for (const row of best ?? []) kept.add(row);
  }
  return {
    rows: rows.filter((row) => kept.has(row)),
    excluded: rows.filter((row) => !kept.has(row)).map(({ line }) => ({ line, words: `not the best of its ${variables.join(", ")}` })),
    mostTrials,
  };
}

function meanOutcome(rows: readonly RunRow[], { outcome }: IdentityRules): number {
  return rows.reduce((sum, { columns }) => sum + (columns[outcome] ?? Number.POSITIVE_INFINITY), 0) / rows.length;
}
