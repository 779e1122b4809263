import { exp, log } from "../../numerics/elementary.ts";
import { mean } from "../../numerics/mean.ts";
import { quantileOfSorted } from "../../numerics/quantile.ts";
import type { RecordedProblem } from "./recorded-problem.ts";
import type { SimulatedTrial, Simulation } from "./simulate.ts";

const gridPoints = 64;
/** Costs that differ by less than this factor are alike: there is no front to find. */
const alike = 2;

/** A loss that something costs, at least. */
interface CostedLoss {
  readonly cost: number;
  readonly loss: number;
}

/** What the best and the middling run of at most a cost told. */
export interface CostReference {
  readonly cheapest: number;
  readonly costliest: number;
  best(cost: number): number;
  /** The median: what taking such a run blindly gives. */
  middling(cost: number): number;
  /** The highest loss of all. */
  readonly worst: number;
}

/**
 * The best and the middling noiseless loss that at most this cost buys in one recorded run. Between runs a surface may go lower: what the
 * searches themselves found counts then, so that no regret is below 0.
 *
 * @param maximumCost runs above it are out of reach; null: none is
 */
export function costReference(problem: RecordedProblem, simulations: readonly Simulation[], maximumCost: number | null): CostReference {
  const cap = maximumCost ?? Infinity;
  const recorded = problem.designs.flatMap(({ values, cost, meanLoss }) => {
    const loss = problem.mode === "nearest" ? meanLoss : problem.locate(values).loss;
    return loss === null ? [] : [{ cost, loss }];
  });
  const found =
    problem.mode === "nearest"
      ? []
      : simulations.flatMap(({ trials }) =>
          trials.flatMap(({ cost, trueLoss, status }) => (status === "finished" && trueLoss !== null ? [{ cost, loss: trueLoss }] : [])),
        );
  // All of them where the cap leaves none.
  const within = [...recorded, ...found].filter(({ cost }) => cost <= cap * (1 + 1e-12));
  const sorted = [...(within.length === 0 ? recorded : within)].sort((left, right) => left.cost - right.cost);
  let low = Infinity;
  const bests: CostedLoss[] = [];
  const medians: CostedLoss[] = [];
  const rising: number[] = [];
  for (const { cost, loss } of sorted) {
    low = Math.min(low, loss);
    bests.push({ cost, loss: low });
    insertRising(rising, loss);
    medians.push({ cost, loss: quantileOfSorted(rising, 0.5) });
  }
  return {
    cheapest: sorted[0]?.cost ?? 1,
    costliest: sorted.at(-1)?.cost ?? 1,
    best: (cost) => lastWithin(bests, cost),
    middling: (cost) => lastWithin(medians, cost),
    worst: rising.at(-1) ?? Number.NaN,
  };
}

/** Regret of one search. Losses are without noise, in nats; all regrets at least 0. */
export interface SearchScore {
  readonly strategy: string;
  readonly seed: number;
  /** At each cost of the grid, as `regretCurve`. */
  readonly curve: readonly number[];
  /** Mean of the curve: equal weights on equal ratios of cost. */
  readonly anytime: number;
  /** Best loss found less the best that is within reach; of a search that found nothing that of the worst run. */
  readonly final: number;
  /** Mean over log-spaced costs of a single run: best loss found in runs of at most this cost, less the best recorded; at most that of the middling run. Null where costs are alike. */
  readonly front: number | null;
}

/** Scores of many searches on one grid of costs. */
export interface SearchScores {
  /** What was spent, log-spaced from the cheapest run to the largest spend of any search. */
  readonly costs: readonly number[];
  readonly scores: readonly SearchScore[];
}

/**
 * Scores searches of one problem. Regret at a spend S is the best loss found by then, less the best that one recorded run of at most S
 * has. It is never more than that of the middling run of at most S, which whoever takes one blindly has: so it is while nothing has been
 * found. After a search has ended its best loss stays.
 */
export function scoreSearches(problem: RecordedProblem, simulations: readonly Simulation[], maximumCost: number | null): SearchScores {
  const reference = costReference(problem, simulations, maximumCost);
  const most = simulations.reduce((largest, { spent }) => Math.max(largest, spent), reference.cheapest * alike);
  const costs = logGrid(reference.cheapest, most);
  const isFront = reference.costliest >= alike * reference.cheapest;
  const sizes = isFront ? logGrid(reference.cheapest, reference.costliest) : [];
  return {
    costs,
    scores: simulations.map((simulation) => {
      const { strategy, seed, trials } = simulation;
      const curve = regretCurve(trials, reference, costs);
      const all = trials.flatMap(foundLoss);
      const best = all.reduce((low, { loss }) => Math.min(low, loss), Infinity);
      const within = (cost: number): number => {
        const own = all.filter((found) => found.cost <= cost * (1 + 1e-12)).reduce((low, { loss }) => Math.min(low, loss), Infinity);
        return Math.min(own, reference.middling(cost)) - reference.best(cost);
      };
      return {
        strategy,
        seed,
        curve,
        anytime: mean(curve),
        final: Math.max(0, (best === Infinity ? reference.worst : best) - reference.best(Infinity)),
        front: isFront ? mean(sizes.map((cost) => Math.max(0, within(cost)))) : null,
      };
    }),
  };
}

/** Regret at each spend. */
function regretCurve(trials: readonly SimulatedTrial[], reference: CostReference, costs: readonly number[]): readonly number[] {
  let next = 0;
  let spent = 0;
  let best = Infinity;
  return costs.map((cost) => {
    for (let trial = trials[next]; trial !== undefined && spent + trial.cost <= cost * (1 + 1e-9); trial = trials[next]) {
      spent += trial.cost;
      for (const { loss } of foundLoss(trial)) best = Math.min(best, loss);
      next += 1;
    }
    return Math.max(0, Math.min(best, reference.middling(cost)) - reference.best(cost));
  });
}

/** Regret of several seeds at each spend: the middle one, and the quarters on either side. */
export interface RegretBand {
  readonly strategy: string;
  readonly median: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** The band of each strategy over its seeds, in the order in which they appear: median, lower and upper quartile. */
export function regretBands({ costs, scores }: SearchScores): readonly RegretBand[] {
  const strategies = [...new Set(scores.map(({ strategy }) => strategy))];
  return strategies.map((strategy) => {
    const own = scores.filter((score) => score.strategy === strategy);
    const columns = costs.map((_, index) => own.map(({ curve }) => curve[index] ?? Number.NaN).sort((left, right) => left - right));
    const at = (share: number): readonly number[] => columns.map((values) => quantileOfSorted(values, share));
    return { strategy, median: at(0.5), low: at(0.25), high: at(0.75) };
  });
}

function foundLoss({ status, trueLoss, cost }: SimulatedTrial): readonly CostedLoss[] {
  return status === "finished" && trueLoss !== null ? [{ cost, loss: trueLoss }] : [];
}

function logGrid(from: number, to: number): readonly number[] {
  const [start, end] = [log(from), log(to)];
  return Array.from({ length: gridPoints }, (_, index) =>
    index === gridPoints - 1 ? to : index === 0 ? from : exp(start + (index / (gridPoints - 1)) * (end - start)),
  );
}

/** Puts a value in its place among rising ones. */
function insertRising(rising: number[], value: number): void {
  let low = 0;
  let high = rising.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rising[middle] ?? Infinity) <= value) low = middle + 1;
    else high = middle;
  }
  rising.splice(low, 0, value);
}

/** The last entry of at most this cost; the first where there is none. */
function lastWithin(entries: readonly CostedLoss[], cost: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.cost ?? Infinity) <= cost * (1 + 1e-12)) low = middle + 1;
    else high = middle;
  }
  return entries[Math.max(0, low - 1)]?.loss ?? Number.NaN;
}
