import { exp, pow } from "./elementary.ts";
import { logChiSquareSurvival } from "./chi-square.ts";

/**
 * Ranks from 1 for the smallest; equal values share the mean of their ranks.
 *
 * @param values finite
 */
export function midRanks(values: readonly number[]): readonly number[] {
  return values.map((value) => {
    let below = 0;
    let same = 0;
    for (const other of values) {
      if (other < value) below += 1;
      else if (other === value) same += 1;
    }
    return below + (same + 1) / 2;
  });
}

/** Whether treatments differ at all. */
export interface FriedmanTest {
  /** Mean rank of each treatment over the blocks; 1 is the smallest value. */
  readonly meanRanks: readonly number[];
  readonly statistic: number;
  /** By chi-square with one degree of freedom less than treatments; 1 where all values of every block are equal. */
  readonly probability: number;
}

/**
 * Friedman's test (Friedman 1937) that treatments are alike, corrected for ties (Conover 1999, section 5.8).
 *
 * @param blocks one row a block, in each a value of every treatment; at least 1 block and 2 treatments
 */
export function friedmanTest(blocks: readonly (readonly number[])[]): FriedmanTest {
  const treatments = blocks[0]?.length ?? 0;
  const ranks = blocks.map(midRanks);
  const meanRanks = Array.from(
    { length: treatments },
    (_, column) => ranks.reduce((sum, row) => sum + (row[column] ?? 0), 0) / blocks.length,
  );
  const middle = (treatments + 1) / 2;
  const between = meanRanks.reduce((sum, rank) => sum + (rank - middle) * (rank - middle), 0) * blocks.length * blocks.length;
  const within = ranks.reduce((sum, row) => sum + row.reduce((part, rank) => part + (rank - middle) * (rank - middle), 0), 0);
  if (within === 0) return { meanRanks, statistic: 0, probability: 1 };
  const statistic = ((treatments - 1) * between) / within;
  return { meanRanks, statistic, probability: Math.min(1, exp(logChiSquareSurvival(statistic, treatments - 1))) };
}

/**
 * Two-sided probability of differences at least as lopsided as these, were their signs a matter of luck: Wilcoxon's signed-rank test
 * (Wilcoxon 1945), exact, with ties, and with zeros ranked and then dropped (Pratt 1959).
 *
 * @param differences finite
 * @returns 1 where all are 0
 */
export function signedRankProbability(differences: readonly number[]): number {
  // Twice the ranks, which are whole numbers also where values are equal.
  const ranks = midRanks(differences.map((difference) => Math.abs(difference))).map((rank) => Math.round(2 * rank));
  const signed = ranks.flatMap((rank, index) => {
    const difference = differences[index] ?? 0;
    return difference === 0 ? [] : [{ rank, isAbove: difference > 0 }];
  });
  const total = signed.reduce((sum, { rank }) => sum + rank, 0);
  if (total === 0) return 1;
  const observed = signed.reduce((sum, { rank, isAbove }) => sum + (isAbove ? rank : 0), 0);
  // ways[s]: the share of all signs whose ranks above sum to s.
  let ways = new Float64Array(total + 1);
  ways[0] = 1;
  for (const { rank } of signed) {
    const next = new Float64Array(total + 1);
    for (let sum = 0; sum <= total; sum += 1) next[sum] = 0.5 * (ways[sum] ?? 0) + 0.5 * (sum >= rank ? (ways[sum - rank] ?? 0) : 0);
    ways = next;
  }
  const extreme = Math.min(observed, total - observed);
  let tail = 0;
  for (let sum = 0; sum <= extreme; sum += 1) tail += ways[sum] ?? 0;
  return Math.min(1, 2 * tail);
}

/** The smallest probability that `signedRankProbability` can give for so many differences: all of one sign. */
export function leastSignedRankProbability(count: number): number {
  return Math.min(1, pow(2, 1 - count));
}

/**
 * Probabilities adjusted so that the chance of any false alarm among all of them stays below a level (Holm 1979).
 *
 * @returns in the order given, at most 1
 */
export function holmAdjusted(probabilities: readonly number[]): readonly number[] {
  const order = probabilities.map((_, index) => index).sort((left, right) => (probabilities[left] ?? 1) - (probabilities[right] ?? 1));
  const adjusted = new Array<number>(probabilities.length).fill(1);
  let most = 0;
  for (const [place, index] of order.entries()) {
    most = Math.max(most, Math.min(1, (probabilities.length - place) * (probabilities[index] ?? 1)));
    adjusted[index] = most;
  }
  return adjusted;
}
