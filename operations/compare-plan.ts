import type { CountedScale } from "../analysis/study/scale.ts";
import type { RunState } from "../analysis/study/states.ts";
import type { PlannedTrial } from "../analysis/study/trial.ts";
import { explainNewRun, type NewRunReason, type StoredIdentity } from "./explain-new-run.ts";

/** `new` has never run; `unfinished` is stored but has no result yet; `reused` has one. */
export type PlannedRunStatus = "new" | "unfinished" | "reused";

/** One run of a plan with what is known of it. */
export interface PlannedRunRow {
  readonly runKey: string;
  readonly parametrization: string;
  readonly scale: CountedScale;
  readonly hyperparameters: Readonly<Record<string, number>>;
  readonly seed: number;
  readonly status: PlannedRunStatus;
  /** State of the stored run; null when there is none. */
  readonly state: RunState | null;
  /** Parametrization whose row counts this run, when an earlier row of the plan asks for the same run. */
  readonly sharedWith: string | null;
  /** Why it is no stored run; null unless it is new and reuse was checked. */
  readonly reason: NewRunReason | null;
}

/** One parametrization at one scale of a plan; its runs by status. Shared ones are counted in every row they stand in. */
export interface PlanCell {
  readonly parametrization: string;
  readonly scale: CountedScale;
  readonly runs: number;
  readonly new: number;
  readonly unfinished: number;
  readonly reused: number;
  readonly shared: number;
}

/**
 * Says of every run of a plan whether it is stored already, and of each new one why it is not.
 *
 * @param stored state of the stored runs among the plan's, by run key; null when no database could be asked
 * @param candidates stored runs that a new one is compared with, by its key
 */
export function comparePlan(
  trials: readonly PlannedTrial[],
  stored: ReadonlyMap<string, RunState> | null,
  candidates: ReadonlyMap<string, readonly StoredIdentity[]>,
): readonly PlannedRunRow[] {
  const firstAsked = new Map<string, string>();
  return trials.flatMap((trial) =>
    trial.runs.map((run) => {
      const first = firstAsked.get(run.runKey) ?? null;
      if (first === null) firstAsked.set(run.runKey, trial.parametrization);
      const state = stored?.get(run.runKey) ?? null;
      const status = state === null ? "new" : hasResult(state) ? "reused" : "unfinished";
      return {
        runKey: run.runKey,
        parametrization: trial.parametrization,
        scale: trial.scale,
        hyperparameters: trial.hyperparameters,
        seed: run.seed,
        status,
        state,
        sharedWith: first,
        reason: status === "new" && stored !== null ? explainNewRun(run.identity, candidates.get(run.runKey) ?? []) : null,
      };
    }),
  );
}

/** A row per parametrization and scale, in the order of the plan. */
export function planCells(rows: readonly PlannedRunRow[]): readonly PlanCell[] {
  const keyOf = (row: PlannedRunRow): string => `${row.parametrization} ${JSON.stringify(row.scale)}`;
  const askers = new Map<string, Set<string>>();
  for (const row of rows) askers.set(row.runKey, (askers.get(row.runKey) ?? new Set()).add(keyOf(row)));
  const cells = new Map<string, PlannedRunRow[]>();
  for (const row of rows) {
    const cell = cells.get(keyOf(row));
    if (cell === undefined) cells.set(keyOf(row), [row]);
    else cell.push(row);
  }
  return [...cells.values()].flatMap((members) => {
    const [first] = members;
    if (first === undefined) return [];
    const count = (status: PlannedRunStatus): number => members.filter((row) => row.status === status).length;
    return [
      {
        parametrization: first.parametrization,
        scale: first.scale,
        runs: members.length,
        new: count("new"),
        unfinished: count("unfinished"),
        reused: count("reused"),
        shared: members.filter((row) => (askers.get(row.runKey)?.size ?? 0) > 1).length,
      },
    ];
  });
}

/** Each run once: rows that only repeat a run of an earlier row are left out. */
export function distinctRuns(rows: readonly PlannedRunRow[]): readonly PlannedRunRow[] {
  return [...new Map(rows.toReversed().map((row) => [row.runKey, row])).values()].toReversed();
}

/** How many new runs there are for each set of differing fields, the most frequent first. */
export function summariseReasons(rows: readonly PlannedRunRow[]): readonly { readonly fields: readonly string[]; readonly runs: number }[] {
  const counts = new Map<string, { fields: readonly string[]; runs: number }>();
  for (const row of distinctRuns(rows)) {
    if (row.reason === null) continue;
    const key = row.reason.fields.join("\n");
    const entry = counts.get(key) ?? { fields: row.reason.fields, runs: 0 };
    counts.set(key, { ...entry, runs: entry.runs + 1 });
  }
  return [...counts.values()].sort((left, right) => right.runs - left.runs);
}

/** True for states that no further work will follow and that analysis can read. */
function hasResult(state: RunState): boolean {
  return state === "finished" || state === "diverged";
}
