import type { SearchStrategy } from "../analysis/search/contract.ts";
import { findSearchStrategy } from "../analysis/search/index.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import type { LadderDatabase } from "../infra/postgres/connect.ts";
import { findRuns, pendingRuns } from "../infra/postgres/runs.ts";
import { type Budget, getSweep, type Sweep } from "../infra/postgres/sweeps.ts";
import { listTrials } from "../infra/postgres/trials.ts";
import { listSuggestions, type StoredSuggestion } from "../infra/postgres/suggestions.ts";
import { suggestRuns } from "./suggest-runs.ts";

export interface NextRunsRequest {
  readonly sweepId: string;
  /** Runs that are at work already. */
  readonly exclude: readonly string[];
}

export interface NextRuns {
  /** At most 400, longest first; keys only, so that a payload stays small. */
  readonly runKeys: readonly string[];
  /** True when there are more than were given. */
  readonly more: boolean;
  /** Why no run is given although some are left; null otherwise. */
  readonly budgetReached: string | null;
}

const batchSize = 400;

/** A run of a sweep as its budget sees it. */
export interface BudgetedRun {
  readonly runKey: string;
  readonly trainingFlops: number;
}

/**
 * What a sweep should run next: longest first (by training FLOPs, then in the order of the plan), so that no long run is
 * left alone at the end; not more than its budget allows. Runs that had ended before the sweep was made cost it nothing.
 */
export function createNextRuns(db: LadderDatabase): (request: NextRunsRequest) => Promise<NextRuns> {
  return async ({ sweepId, exclude }) => {
    const sweep = await getSweep(db, sweepId);
    const strategy = findSearchStrategy(sweep.spec.strategy.name);
    if (strategy.asksWhileRunning) return nextSearchRuns(db, sweep, strategy, exclude);
    return pendingWithinBudget(db, sweep, exclude);
  };
}

/**
 * Of a strategy that searches: as many runs as there is room for, asked for now where none wait. It is asked again whenever a run has
 * ended, until nothing is at work and it has nothing to ask for.
 */
async function nextSearchRuns(db: LadderDatabase, sweep: Sweep, strategy: SearchStrategy, exclude: readonly string[]): Promise<NextRuns> {
  const room = Math.max(1, sweep.concurrency - exclude.length);
  for (;;) {
    // Read before what waits is counted: if somebody asks in between, the suggestions made for this count are refused.
    const known = await listSuggestions(db, sweep.id);
    const waiting = await pendingWithinBudget(db, sweep, exclude);
    const missing = room - waiting.runKeys.length;
    if (missing <= 0) return { runKeys: waiting.runKeys.slice(0, room), more: true, budgetReached: null };
    const spent = waiting.budgetReached ?? (await spentWords(db, sweep));
    const asked = spent ?? (await trySuggesting(db, sweep, strategy, known, missing));
    const more = waiting.runKeys.length > 0 || exclude.length > 0;
    if (typeof asked === "string") return { ...waiting, more, budgetReached: waiting.runKeys.length === 0 ? asked : null };
    // A suggestion may be a run that has ended in another sweep: then the strategy is asked once more.
    if (asked === 0) return { ...waiting, more };
  }
}

/** How many were suggested, null when somebody else asked meanwhile, or why the search cannot go on. */
async function trySuggesting(
  db: LadderDatabase,
  sweep: Sweep,
  strategy: SearchStrategy,
  known: readonly StoredSuggestion[],
  count: number,
): Promise<number | string | null> {
  try {
    return await suggestRuns(db, sweep, strategy, known, count);
  } catch (error) {
    if (error instanceof LadderError && error.kind === "input") return `the search cannot go on: ${error.message}`;
    throw error;
  }
}

async function pendingWithinBudget(db: LadderDatabase, sweep: Sweep, exclude: readonly string[]): Promise<NextRuns> {
  const sweepId = sweep.id;
  const flops = await flopsOfRuns(db, sweepId);
  const taken = new Set(exclude);
  const candidates = (await pendingRuns(db, sweepId))
    .filter((runKey) => !taken.has(runKey))
    .map((runKey) => ({ runKey, trainingFlops: flops.get(runKey) ?? 0 }))
    .sort((left, right) => right.trainingFlops - left.trainingFlops);
  const begun = hasLimit(sweep.budget) ? await begunRuns(db, flops, sweep.createdAt) : [];
  const begunKeys = new Set(begun.map((run) => run.runKey));
  const { allowed, reason } = withinBudget(sweep.budget, begun, candidates, begunKeys);
  const budgetReached = allowed.length === 0 && candidates.length > 0 ? reason : null;
  return { runKeys: allowed.slice(0, batchSize).map((run) => run.runKey), more: allowed.length > batchSize, budgetReached };
}

/** That the sweep's budget pays for no further run, whatever it costs; null where it does. */
async function spentWords(db: LadderDatabase, sweep: Sweep): Promise<string | null> {
  const { budget } = sweep;
  if (!hasLimit(budget)) return null;
  const flops = await flopsOfRuns(db, sweep.id);
  const begun = await begunRuns(db, flops, sweep.createdAt);
  const spent = begun.reduce((sum, { trainingFlops }) => sum + trainingFlops, 0);
  if (begun.length >= (budget.runs ?? Infinity)) return `the budget is spent: ${String(begun.length)} of ${String(budget.runs)} runs`;
  if (spent >= (budget.trainingFlops ?? Infinity))
    return `the budget is spent: ${spent.toExponential(2)} of ${(budget.trainingFlops ?? 0).toExponential(2)} training FLOPs`;
  return null;
}

async function flopsOfRuns(db: LadderDatabase, sweepId: string): Promise<ReadonlyMap<string, number>> {
  const flops = new Map<string, number>();
  for (const trial of await listTrials(db, sweepId)) for (const { runKey } of trial.runs) flops.set(runKey, trial.scale.trainingFlops);
  return flops;
}

function hasLimit(budget: Budget): boolean {
  return budget.runs !== undefined || budget.trainingFlops !== undefined;
}

async function begunRuns(db: LadderDatabase, flops: ReadonlyMap<string, number>, createdAt: Date): Promise<readonly BudgetedRun[]> {
  const runs = await findRuns(db, [...flops.keys()]);
  return runs
    .filter((run) => run.fence > 0 && (run.finishedAt === null || run.finishedAt >= createdAt))
    .map((run) => ({ runKey: run.runKey, trainingFlops: flops.get(run.runKey) ?? 0 }));
}

/**
 * The candidates that a budget pays for. A run that has begun is paid for; of the others each is taken, in order, if it
 * still fits.
 */
export function withinBudget<Run extends BudgetedRun>(
  budget: Budget,
  begun: readonly BudgetedRun[],
  candidates: readonly Run[],
  begunKeys: ReadonlySet<string>,
): { readonly allowed: readonly Run[]; readonly reason: string | null } {
  let runs = begun.length;
  let trainingFlops = begun.reduce((sum, run) => sum + run.trainingFlops, 0);
  const mostRuns = budget.runs ?? Infinity;
  const mostFlops = budget.trainingFlops ?? Infinity;
  const allowed = candidates.filter((run) => {
    if (begunKeys.has(run.runKey)) return true;
    if (runs + 1 > mostRuns || trainingFlops + run.trainingFlops > mostFlops) return false;
    runs += 1;
    trainingFlops += run.trainingFlops;
    return true;
  });
  if (allowed.length === candidates.length) return { allowed, reason: null };
  const spent =
    runs >= mostRuns
      ? `${String(runs)} of ${String(mostRuns)} runs`
      : `${trainingFlops.toExponential(2)} of ${mostFlops.toExponential(2)} training FLOPs`;
  return { allowed, reason: `the budget is spent: ${spent}; ${String(candidates.length - allowed.length)} runs are left` };
}
