import { twoDecimals } from "../study/number-words.ts";
import type { DriftComparison } from "./drift-comparison.ts";
import { axisWords, percent } from "./verdict-words.ts";

/**
 * "muP drifts less over width than SP: −0.05 against −1.02 octaves per doubling, difference 0.97 (95 % 0.90 to 1.04; …)".
 *
 * @param names of the two rule sets
 */
export function describeComparison(comparison: Omit<DriftComparison, "words">, names: readonly string[]): string {
  const { difference, drifts, outcome } = comparison;
  // The one that drifts less is named first, and so are its numbers.
  const turned = outcome === "more";
  const [first = "", second = ""] = turned ? names.toReversed() : names;
  if (difference === null || drifts === null)
    return `no comparison of ${first} with ${second}: not both have a drift over shared seeds and places`;
  const { low, high, degreesOfFreedom } = difference.interval;
  const [own, other] = turned ? [drifts[1], drifts[0]] : drifts;
  const [slope, from, to] = turned ? [-difference.slope, -high, -low] : [difference.slope, low, high];
  const numbers =
    `${twoDecimals(own)} against ${twoDecimals(other)} octaves per doubling, paired difference ${twoDecimals(slope)} ` +
    `(${percent(comparison.level)} ${twoDecimals(from)} to ${twoDecimals(to)}; ${difference.optima.length} pairs, ${degreesOfFreedom ?? 0} degrees of freedom)`;
  const over = `over ${axisWords(comparison.axis)}`;
  switch (outcome) {
    case "less":
    case "more":
      return `${first} drifts less ${over} than ${second}: ${numbers}`;
    case "differ":
      return `${first} and ${second} drift differently ${over}, which of them less is not told: ${numbers}`;
    case "not-told-apart":
    case "no-comparison":
      return `${first} and ${second} are not told apart ${over}: ${numbers}`;
  }
}
