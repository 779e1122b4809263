import { canonicalJson } from "../study/content-hash.ts";
import { describeScale, scaleAxes } from "../study/scale.ts";
import type { TrialRunResult } from "../study/trial.ts";

/** A best value that has nothing better beyond it to compare with. Plain JSON. */
export interface GridEdge {
  readonly parametrization: string;
  /** Where, `width=128 depth=2 …`. */
  readonly scale: string;
  readonly hyperparameter: string;
  readonly value: number;
  readonly side: "low" | "high";
}

/** What a sweep tuned: one cell a parametrization and scale. Plain JSON. */
export interface TunedCells {
  readonly cells: number;
  /** Cells in which each hyperparameter took several values, with the most values that it took. */
  readonly swept: Readonly<Record<string, { readonly cells: number; readonly values: number }>>;
  readonly edges: readonly GridEdge[];
}

/**
 * In every cell the trial of the lowest mean loss over its seeds, and whether one of its values lies at an end of what was tried there. A
 * value next to a diverged one is no edge: what lies beyond was tried.
 *
 * @param results of one study; cells come in the order of the results
 */
export function tunedCells(results: readonly TrialRunResult[]): TunedCells {
  const cells = new Map<string, TrialRunResult[]>();
  for (const result of results) {
    const key = canonicalJson([result.parametrization, scaleAxes.map((axis) => result.scale[axis])]);
    cells.set(key, [...(cells.get(key) ?? []), result]);
  }
  const swept: Record<string, { cells: number; values: number }> = {};
  const edges: GridEdge[] = [];
  for (const rows of cells.values()) {
    const best = bestTrial(rows);
    for (const name of [...new Set(rows.flatMap(({ hyperparameters }) => Object.keys(hyperparameters)))].sort()) {
      const values = [...new Set(rows.flatMap(({ hyperparameters }) => hyperparameters[name] ?? []))].sort((left, right) => left - right);
      if (values.length < 2) continue;
      const known = swept[name] ?? { cells: 0, values: 0 };
      swept[name] = { cells: known.cells + 1, values: Math.max(known.values, values.length) };
      const value = best?.hyperparameters[name];
      if (best === undefined || value === undefined) continue;
      const side = value === values[0] ? "low" : value === values.at(-1) ? "high" : null;
      if (side !== null)
        edges.push({ parametrization: best.parametrization, scale: describeScale(best.scale), hyperparameter: name, value, side });
    }
  }
  return { cells: cells.size, swept, edges };
}

/** Trials with a seed that did not finish are no candidates; undefined where none is left. */
function bestTrial(rows: readonly TrialRunResult[]): TrialRunResult | undefined {
  const trials = new Map<string, TrialRunResult[]>();
  for (const row of rows) {
    const key = canonicalJson(row.hyperparameters);
    trials.set(key, [...(trials.get(key) ?? []), row]);
  }
  const meanLoss = (runs: readonly TrialRunResult[]): number =>
    runs.reduce((sum, { state, loss }) => sum + (state === "finished" && loss !== null ? loss : Infinity), 0) / runs.length;
  const [lowest] = [...trials.values()].map((runs) => ({ runs, loss: meanLoss(runs) })).sort((left, right) => left.loss - right.loss);
  return lowest === undefined || lowest.loss === Infinity ? undefined : lowest.runs[0];
}
