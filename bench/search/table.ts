import { studentTFactor } from "../../analysis/numerics/student-t.ts";
import { markdownTable } from "../../analysis/study/markdown-table.ts";
import type { Latency } from "./latency.ts";
import type { RunResult } from "./run-search.ts";

/** Runs of one method on one problem, by seed. */
export interface MethodRuns {
  readonly method: string;
  readonly cost: "told" | "learned";
  readonly runs: ReadonlyMap<number, RunResult>;
}

function meanOf(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function share(value: number): string {
  return Number.isFinite(value) ? value.toFixed(3) : "–";
}

/** Quality on one problem: a row a method. */
export function qualityTable(methods: readonly MethodRuns[]): string {
  return markdownTable(
    ["method", "cost", "seeds", "hypervolume", "gap middle / cap", "failed", "over cap (worst)", "spent, s", "suggest mean, ms"],
    methods.map(({ method, cost, runs }) => {
      const all = [...runs.values()];
      const volumes = all.map(({ hypervolume }) => hypervolume);
      const gap = (read: (run: RunResult) => number | null): string => {
        const known = all.map(read).filter((value) => value !== null);
        return known.length === all.length ? share(meanOf(known)) : `none in ${all.length - known.length}`;
      };
      const overrun = Math.max(...all.map(({ worstOverrun }) => worstOverrun));
      return [
        method,
        cost,
        String(all.length),
        `${share(meanOf(volumes))} [${share(Math.min(...volumes))} – ${share(Math.max(...volumes))}]`,
        `${gap(({ gapMiddle }) => gapMiddle)} / ${gap(({ gapCap }) => gapCap)}`,
        meanOf(all.map(({ failed }) => failed)).toFixed(1),
        `${meanOf(all.map(({ overCap }) => overCap)).toFixed(1)}${overrun > 1 ? ` (${overrun.toFixed(2)}x)` : ""}`,
        meanOf(all.map(({ spent }) => spent)).toExponential(1),
        (1000 * meanOf(all.flatMap(({ suggestSeconds }) => suggestSeconds))).toFixed(1),
      ];
    }),
  );
}

/** Differences in hypervolume on the seeds that two methods share: mean, 95 % interval of Student's t, wins. */
export function pairedTable(methods: readonly MethodRuns[], rivals: readonly string[]): string {
  const rows = rivals.flatMap((rival) => {
    const other = methods.find(({ method }) => method === rival);
    if (other === undefined) return [];
    return methods
      .filter((method) => method !== other)
      .map(({ method, runs }) => {
        const differences = [...runs].flatMap(([seed, { hypervolume }]) => {
          const against = other.runs.get(seed);
          return against === undefined ? [] : [hypervolume - against.hypervolume];
        });
        return [`${method} less ${rival}`, ...differenceWords(differences)];
      });
  });
  return markdownTable(["pair", "mean difference", "95 % interval", "wins"], rows);
}

function differenceWords(differences: readonly number[]): readonly string[] {
  const count = differences.length;
  const center = meanOf(differences);
  const wins = `${differences.filter((value) => value > 0).length} of ${count}`;
  if (count < 2) return [share(center), "–", wins];
  const deviation = Math.sqrt(differences.reduce((sum, value) => sum + (value - center) ** 2, 0) / (count - 1));
  const half = (studentTFactor(0.95, count - 1) * deviation) / Math.sqrt(count);
  return [share(center), `${share(center - half)} to ${share(center + half)}`, wins];
}

/** Latencies: a row a method and number of trials. */
export function latencyTable(rows: readonly { readonly method: string; readonly latencies: readonly Latency[] }[]): string {
  const milliseconds = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0));
  return markdownTable(
    ["method", "trials", "p50, ms", "p99, ms", "first, ms"],
    rows.flatMap(({ method, latencies }) =>
      latencies.map(({ trials, p50, p99, cold }) => [method, String(trials), milliseconds(p50), milliseconds(p99), milliseconds(cold)]),
    ),
  );
}
