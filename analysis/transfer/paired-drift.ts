import { sameFamily } from "./basins.ts";
import { driftOf, type Drift, type Optimum } from "./drift.ts";
import type { DriftComparison, DriftComparisonOutcome } from "./drift-comparison.ts";
import { defaultTransferTest, type TransferTest } from "./transfer-test.ts";
import { describeComparison } from "./paired-drift-words.ts";

export interface DriftComparisonOptions {
  /** Level at which all comparisons of one family hold together, in (0, 1). */
  readonly level?: number;
  /** How a parametrization is written in words, by id; the id itself where left out. */
  readonly names?: Readonly<Record<string, string>>;
}

/** With more rule sets than these, each is compared with the first one only. */
const mostComparedPairwise = 4;

/**
 * Compares the drifts of rule sets that were swept together. Runs of one seed see the same batches under every rule set,
 * so that their optima move together: the comparison is on differences of one seed at one place, whose drift is the
 * difference of the two drifts and whose scatter is what the two do not share. Up to `mostComparedPairwise` rule sets
 * are compared in all pairs, more of them each with the first one; intervals hold together (Bonferroni).
 *
 * A drift is called less than another only when the interval of their difference excludes 0 and so does that of their
 * sum, on the side that makes |first| < |second|: first^2 < second^2 says that (second - first)(second + first) > 0.
 * Both have to be rejected, so no correction between the two is needed (intersection-union test, Berger 1982).
 *
 * At the base scale rule sets share their runs and differences are exactly 0 there, which makes intervals a little wide.
 *
 * @param tests of one sweep; families with other constants are compared among themselves only
 * @returns by family, then in the order of the tests
 */
export function compareDrifts(tests: readonly TransferTest[], options: DriftComparisonOptions = {}): readonly DriftComparison[] {
  const familyLevel = options.level ?? defaultTransferTest.level;
  return families(tests).flatMap((family) => {
    const pairs = pairsOf(family);
    const level = 1 - (1 - familyLevel) / pairs.length;
    return pairs.map(([left, right]): DriftComparison => {
      const { axis, hyperparameter, heldConstant } = left;
      const shared = { axis, hyperparameter, heldConstant, familyLevel, level, comparisons: pairs.length };
      const comparison = {
        parametrization: left.parametrization,
        against: right.parametrization,
        ...shared,
        ...compare(left, right, level),
      };
      return {
        ...comparison,
        words: describeComparison(
          comparison,
          [left, right].map(({ parametrization }) => options.names?.[parametrization] ?? parametrization),
        ),
      };
    });
  });
}

type Compared = Pick<DriftComparison, "outcome" | "drifts" | "difference" | "sum">;

function compare(left: TransferTest, right: TransferTest, level: number): Compared {
  const nothing = { outcome: "no-comparison", drifts: null, difference: null, sum: null } as const;
  if (left.drift === null || right.drift === null) return nothing;
  const pairs = pairOptima(left.drift.optima, right.drift.optima);
  const shared = left.drift.sharesTrunks || right.drift.sharesTrunks;
  const drift = (combine: (first: number, second: number) => number): Drift | null =>
    driftOf(
      pairs.map(({ first, second }) => ({ ...first, log2Optimum: combine(first.log2Optimum, second.log2Optimum) })),
      shared,
      level,
    );
  const difference = drift((first, second) => first - second);
  const sum = drift((first, second) => first + second);
  if (difference === null || sum === null) return nothing;
  const drifts = [(sum.slope + difference.slope) / 2, (sum.slope - difference.slope) / 2] as const;
  return { outcome: judge(difference, sum), drifts, difference, sum };
}

function judge(difference: Drift, sum: Drift): DriftComparisonOutcome {
  const apart = sideOf(difference);
  if (apart === 0) return "not-told-apart";
  // Steeper on the same side of 0 as the sum: farther from 0.
  const product = apart * sideOf(sum);
  return product === 0 ? "differ" : product > 0 ? "more" : "less";
}

/** -1 or 1 where the interval of a drift lies below or above 0, else 0. */
function sideOf({ interval }: Drift): -1 | 0 | 1 {
  return interval.low > 0 ? 1 : interval.high < 0 ? -1 : 0;
}

/** Optima of one seed at one place under both. */
function pairOptima(left: readonly Optimum[], right: readonly Optimum[]): readonly { readonly first: Optimum; readonly second: Optimum }[] {
  return left.flatMap((first) => {
    const second = right.find(({ seed, axisValue }) => seed === first.seed && axisValue === first.axisValue);
    return second === undefined ? [] : [{ first, second }];
  });
}

/** Tests whose basins differ in the parametrization only. */
function families(tests: readonly TransferTest[]): readonly (readonly TransferTest[])[] {
  const groups: TransferTest[][] = [];
  for (const test of tests) {
    const group = groups.find(([member]) => member !== undefined && samePlace(member, test));
    if (group === undefined) groups.push([test]);
    else group.push(test);
  }
  return groups;
}

function samePlace(left: TransferTest, right: TransferTest): boolean {
  return (
    left.axis === right.axis &&
    left.hyperparameter === right.hyperparameter &&
    sameFamily({ ...left, parametrization: "" }, { ...right, parametrization: "" })
  );
}

function pairsOf(family: readonly TransferTest[]): readonly (readonly [TransferTest, TransferTest])[] {
  const [first, ...others] = family;
  if (first === undefined) return [];
  if (family.length > mostComparedPairwise) return others.map((other) => [other, first]);
  return family.flatMap((later, index) => family.slice(0, index).map((earlier) => [later, earlier] as const));
}
