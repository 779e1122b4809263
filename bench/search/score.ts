import type { BenchProblem } from "./problem.ts";

/** One evaluation as the score sees it. */
export interface Evaluated {
  readonly cost: number;
  /** Without noise; null of one that failed. */
  readonly loss: number | null;
}

export interface Score {
  /** Mean of max(0, reference - best loss at that cost) over 200 costs, evenly in ln cost; over the same of the true front. */
  readonly hypervolume: number;
  /** Best loss less the true best, in the middle of the range of costs (in ln cost) and at the cap; null without any. */
  readonly gapMiddle: number | null;
  readonly gapCap: number | null;
}

const levels = 200;
const remembered = new Map<string, readonly number[]>();

/** Scores the evaluations of one run; those above the cap earn nothing. */
export function scoreOf(problem: BenchProblem, evaluations: readonly Evaluated[]): Score {
  const { leastCost, cap, referenceLoss } = problem;
  const at = (share: number): number => leastCost * (cap / leastCost) ** share;
  const costs = Array.from({ length: levels }, (_, index) => at(index / (levels - 1)));
  const best = remembered.get(problem.id) ?? costs.map((cost) => problem.best(cost));
  remembered.set(problem.id, best);
  const achieved = (limit: number): number =>
    evaluations.reduce(
      (lowest, { cost, loss }) => (loss !== null && cost <= cap && cost <= limit * (1 + 1e-9) ? Math.min(lowest, loss) : lowest),
      Infinity,
    );
  const total = (losses: readonly number[]): number => losses.reduce((sum, loss) => sum + Math.max(0, referenceLoss - loss), 0);
  const gap = (cost: number): number | null => {
    const loss = achieved(cost);
    return Number.isFinite(loss) ? loss - problem.best(cost) : null;
  };
  return { hypervolume: total(costs.map(achieved)) / total(best), gapMiddle: gap(at(0.5)), gapCap: gap(cap) };
}
