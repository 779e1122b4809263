import { friedmanTest, holmAdjusted, leastSignedRankProbability, signedRankProbability } from "../../numerics/rank-tests.ts";
import { quantileOfSorted } from "../../numerics/quantile.ts";
import type { SearchScore } from "./regret.ts";

/** What strategies are ranked by. */
export const measures = ["anytime", "final", "front"] as const;
export type Measure = (typeof measures)[number];

/** A pair of strategies whose difference is no luck. */
export interface StrategyOrder {
  readonly better: string;
  readonly worse: string;
  /** After Holm's correction for all pairs. */
  readonly probability: number;
}

/** Strategies by one measure. Plain JSON. */
export interface StrategyRanking {
  readonly measure: Measure;
  /** By mean rank, the best first; of equal ones the order given. */
  readonly strategies: readonly {
    readonly strategy: string;
    /** Over the seeds; 1 is the best of each seed. */
    readonly meanRank: number;
    readonly median: number;
    readonly low: number;
    readonly high: number;
  }[];
  /** Friedman's probability that all are alike; null with one strategy or one seed. */
  readonly probability: number | null;
  /** Pairs that are told apart at 5 %. */
  readonly orders: readonly StrategyOrder[];
  /** Seeds from which on these tests can tell any pair apart at 5 %. */
  readonly seedsNeeded: number;
}

const level = 0.05;

/**
 * Ranks strategies over seeds, which are blocks: in each every strategy met the same luck of the runs. Friedman's test says whether they
 * differ at all; pairs are then compared with Wilcoxon's signed ranks, Holm-corrected (Demsar 2006, "Statistical comparisons of classifiers
 * over multiple data sets"; pairs by signed ranks and not by mean ranks, whose verdict on two strategies would hang on a third: Benavoli,
 * Corani and Mangili 2016). A pair is named only where both say so.
 *
 * @param scores every strategy has every seed
 * @returns null for a measure that these searches do not have
 */
export function rankStrategies(scores: readonly SearchScore[], measure: Measure): StrategyRanking | null {
  const strategies = [...new Set(scores.map(({ strategy }) => strategy))];
  const seeds = [...new Set(scores.map(({ seed }) => seed))];
  const valueOf = new Map(scores.map((score) => [JSON.stringify([score.strategy, score.seed]), score[measure]]));
  const blocks: number[][] = [];
  for (const seed of seeds) {
    const block = strategies.map((strategy) => valueOf.get(JSON.stringify([strategy, seed])));
    const known = block.flatMap((value) => value ?? []);
    if (known.length < block.length) return null;
    blocks.push(known);
  }
  const { meanRanks, probability } = friedmanTest(blocks);
  const pairs = strategies.flatMap((_, left) => strategies.slice(left + 1).map((__, offset) => ({ left, right: left + 1 + offset })));
  const adjusted = holmAdjusted(
    pairs.map(({ left, right }) => signedRankProbability(blocks.map((block) => (block[left] ?? 0) - (block[right] ?? 0)))),
  );
  const isTested = strategies.length > 1 && seeds.length > 1;
  const orders = pairs.flatMap(({ left, right }, index) => {
    const found = adjusted[index] ?? 1;
    if (!isTested || found > level || (strategies.length > 2 && probability > level)) return [];
    const isLeft = (meanRanks[left] ?? 0) < (meanRanks[right] ?? 0);
    const names = [strategies[left] ?? "", strategies[right] ?? ""];
    return [{ better: names[isLeft ? 0 : 1] ?? "", worse: names[isLeft ? 1 : 0] ?? "", probability: found }];
  });
  let seedsNeeded = 2;
  while (leastSignedRankProbability(seedsNeeded) * Math.max(1, pairs.length) > level) seedsNeeded += 1;
  return {
    measure,
    strategies: strategies
      .map((strategy, column) => {
        const sorted = blocks.map((block) => block[column] ?? 0).sort((left, right) => left - right);
        const at = (share: number): number => quantileOfSorted(sorted, share);
        return { strategy, meanRank: meanRanks[column] ?? 0, median: at(0.5), low: at(0.25), high: at(0.75) };
      })
      .sort((left, right) => left.meanRank - right.meanRank),
    probability: isTested ? probability : null,
    orders,
    seedsNeeded,
  };
}
