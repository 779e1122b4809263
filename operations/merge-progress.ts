import type { RunState } from "../analysis/study/states.ts";
import type { MeasuredRun } from "./estimate-duration.ts";
import type { ProgressCell, RunCounts } from "./study-progress.ts";

/** A stored run as progress needs it. */
export interface ProgressRun {
  readonly runKey: string;
  readonly state: RunState;
  readonly loss: number | null;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

/** A trial of any of the sweeps that are shown together. */
export interface ProgressTrial {
  readonly parametrization: string;
  readonly scale: ProgressCell["scale"];
  readonly hyperparameters: Readonly<Record<string, number>>;
  readonly runs: readonly { readonly runKey: string }[];
}

export interface MergedProgress {
  readonly cells: readonly ProgressCell[];
  /** Each run counts once. */
  readonly totals: RunCounts;
  /** FLOPs of each run that has no end yet, each run once. */
  readonly remaining: readonly number[];
  readonly measured: readonly MeasuredRun[];
}

/**
 * Counts the runs of several sweeps of a study together, exactly: a run counts once in its cell and once in the totals,
 * however many sweeps, trials and parametrizations ask for it.
 *
 * @param reusedKeys runs that the newest sweep found finished
 */
export function mergeProgress(
  trials: readonly ProgressTrial[],
  runs: ReadonlyMap<string, ProgressRun>,
  reusedKeys: ReadonlySet<string>,
): MergedProgress {
  const cells = new Map<string, { readonly first: ProgressTrial; readonly keys: Map<string, ProgressTrial> }>();
  const cellsOfRun = new Map<string, Set<string>>();
  const flops = new Map<string, number>();
  for (const trial of trials) {
    const name = JSON.stringify([trial.parametrization, trial.scale]);
    const cell = cells.get(name) ?? { first: trial, keys: new Map<string, ProgressTrial>() };
    cells.set(name, cell);
    for (const { runKey } of trial.runs) {
      if (!runs.has(runKey)) continue;
      cell.keys.set(runKey, trial);
      cellsOfRun.set(runKey, (cellsOfRun.get(runKey) ?? new Set()).add(name));
      flops.set(runKey, trial.scale.trainingFlops);
    }
  }
  const sharedKeys = new Set([...cellsOfRun].filter(([, names]) => names.size > 1).map(([runKey]) => runKey));
  const all = [...cellsOfRun.keys()];
  const varying = varyingHyperparameters(trials);
  return {
    cells: [...cells.values()].map(({ first, keys }) => ({
      parametrization: first.parametrization,
      scale: first.scale,
      ...countRuns([...keys.keys()], runs, reusedKeys, sharedKeys),
      ...bestOf(keys, runs, varying),
    })),
    totals: countRuns(all, runs, reusedKeys, sharedKeys),
    remaining: all.filter((key) => runs.get(key)?.finishedAt === null).map((key) => flops.get(key) ?? 0),
    measured: all.flatMap((key) => measuredRun(flops.get(key) ?? 0, runs.get(key))),
  };
}

function countRuns(
  keys: readonly string[],
  runs: ReadonlyMap<string, ProgressRun>,
  reused: ReadonlySet<string>,
  shared: ReadonlySet<string>,
): RunCounts {
  const count = (...states: readonly RunState[]): number => keys.filter((key) => states.includes(runs.get(key)?.state ?? "queued")).length;
  return {
    total: keys.length,
    queued: count("queued", "preempted", "paused"),
    running: count("running", "lost"),
    finished: count("finished"),
    diverged: count("diverged"),
    failed: count("failed"),
    cancelled: count("cancelled"),
    reused: keys.filter((key) => reused.has(key)).length,
    shared: keys.filter((key) => shared.has(key)).length,
  };
}

/** Names of the hyperparameters that have more than one value among the trials. */
export function varyingHyperparameters(
  trials: readonly { readonly hyperparameters: Readonly<Record<string, number>> }[],
): ReadonlySet<string> {
  const first = trials[0]?.hyperparameters ?? {};
  return new Set(
    trials.flatMap(({ hyperparameters }) =>
      Object.keys({ ...first, ...hyperparameters }).filter((name) => hyperparameters[name] !== first[name]),
    ),
  );
}

function bestOf(
  keys: ReadonlyMap<string, ProgressTrial>,
  runs: ReadonlyMap<string, ProgressRun>,
  varying: ReadonlySet<string>,
): Pick<ProgressCell, "bestLoss" | "bestHyperparameters"> {
  let best: Pick<ProgressCell, "bestLoss" | "bestHyperparameters"> = { bestLoss: null, bestHyperparameters: null };
  for (const [key, trial] of keys) {
    const loss = runs.get(key)?.loss ?? null;
    if (loss !== null && (best.bestLoss === null || loss < best.bestLoss))
      best = {
        bestLoss: loss,
        bestHyperparameters: Object.fromEntries(Object.entries(trial.hyperparameters).filter(([name]) => varying.has(name))),
      };
  }
  return best;
}

function measuredRun(trainingFlops: number, run: ProgressRun | undefined): readonly MeasuredRun[] {
  if (run?.state !== "finished" || run.startedAt === null || run.finishedAt === null) return [];
  return [{ trainingFlops, seconds: (run.finishedAt.getTime() - run.startedAt.getTime()) / 1000 }];
}
