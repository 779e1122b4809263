import type { LadderDatabase } from "../infra/postgres/connect.ts";
import { findRuns, pendingRuns } from "../infra/postgres/runs.ts";
import { type Budget, getSweep } from "../infra/postgres/sweeps.ts";
import { listTrials } from "../infra/postgres/trials.ts";

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
    const flops = new Map<string, number>();
    for (const trial of await listTrials(db, sweepId)) for (const { runKey } of trial.runs) flops.set(runKey, trial.scale.trainingFlops);
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
  };
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
