import { sqrt } from "../../numerics/elementary.ts";
import { LadderError } from "../../study/ladder-error.ts";
import type { FitRows } from "../contract.ts";
import { akimaReader } from "./akima-budget.ts";
import { type BudgetReading, type FittedBudget, logOptimum, nounOf, type RefusedBudget, short } from "./budget-optimum.ts";
import { type BudgetOptions, type ComputeBudget, computeBudgets, type OptimumOf } from "./budgets.ts";
import { type ComputeOptimum, type ComputePowerLaw, computePowerLaw } from "./compute-power-law.ts";
import { parabolaReader } from "./parabola-budget.ts";

export type IsoflopReading = "parabola" | "akima";

/** Everything that decides the result; stored with it. Plain JSON. */
export interface IsoflopOptions extends BudgetOptions {
  readonly optimumOf: OptimumOf;
  readonly reading: IsoflopReading;
  /** `inverse-variance` takes each optimum's standard error for its weight (Porian's second fit). */
  readonly weighting: "equal" | "inverse-variance";
  /** Redraws behind the intervals, at least 1. */
  readonly draws: number;
  /** Of the intervals, in (0, 1). */
  readonly level: number;
  /** Standard deviation of a loss over seeds, nats; read by `akima` alone: a parabola has residuals. */
  readonly lossNoise: number;
  readonly seed: number;
}

export const defaultIsoflop: Omit<IsoflopOptions, "optimumOf" | "reading"> = {
  budgetTolerance: 0.01,
  repeats: "lowest",
  weighting: "equal",
  draws: 1000,
  level: 0.95,
  lossNoise: 0.005,
  seed: 0,
};

/** Optima of all budgets and their power law in compute. Plain JSON. */
export interface IsoflopAnalysis {
  readonly options: IsoflopOptions;
  readonly fitted: readonly FittedBudget[];
  /** Budgets that are left out of the law, each with its reason. */
  readonly refused: readonly RefusedBudget[];
  readonly law: ComputePowerLaw;
  readonly warnings: readonly string[];
}

/**
 * IsoFLOP analysis (Hoffmann et al. 2022, approach 2): at each compute budget the loss has a minimum over model size, or over tokens;
 * optimum = k C^a over the budgets' minima. Budgets whose minimum is not bracketed are left out by name.
 *
 * @param rows columns C and `optimumOf` (N or D), output loss
 * @throws LadderError `input` ISOFLOP_ONE_BUDGET, ISOFLOP_TOO_FEW_POINTS, ISOFLOP_NO_INTERIOR_MINIMUM when fewer than two budgets have an
 *   optimum, each saying what is missing; ISOFLOP_COLUMNS and ISOFLOP_VALUES as `computeBudgets`
 */
export function isoflop(rows: FitRows, choices: Pick<IsoflopOptions, "optimumOf" | "reading"> & Partial<IsoflopOptions>): IsoflopAnalysis {
  const options: IsoflopOptions = { ...defaultIsoflop, ...choices };
  const { optimumOf, draws, seed } = options;
  const budgets = computeBudgets(rows, optimumOf, options);
  const clusters = budgets.flatMap(({ points }) => points.map(({ cluster }) => cluster));
  const read = options.reading === "parabola" ? parabolaReader(clusters, draws, seed) : akimaReader(draws, options.lossNoise, seed);
  const readings = budgets.map((budget) => read(budget, optimumOf));
  const fitted = readings.flatMap(({ budget, draws: redraws }) => (budget.status === "fitted" ? [{ budget, redraws }] : []));
  const refused = readings.flatMap(({ budget }) => (budget.status === "fitted" ? [] : [budget]));
  if (fitted.length < 2) throw tooFewBudgets(budgets, fitted.length, refused, optimumOf);
  const weightOf = ({ logStandardError }: FittedBudget): number =>
    options.weighting === "equal" || logStandardError === null ? 1 : 1 / (logStandardError * logStandardError);
  const redraws = Array.from({ length: draws }, (_, draw) =>
    fitted.flatMap(({ budget, redraws: own }): ComputeOptimum[] => {
      const value = own[draw];
      return value === undefined || value === null ? [] : [{ compute: budget.compute, logOptimum: value, weight: weightOf(budget) }];
    }),
  );
  const law = computePowerLaw(
    fitted.map(({ budget }) => ({ compute: budget.compute, logOptimum: logOptimum(budget), weight: weightOf(budget) })),
    { optima: redraws, level: options.level, method: methodOf(options) },
  );
  return { options, fitted: fitted.map(({ budget }) => budget), refused, law, warnings: warningsOf(readings, law, options) };
}

function methodOf({ reading, draws, lossNoise }: IsoflopOptions): string {
  return reading === "parabola"
    ? `wild bootstrap of each budget's residuals, ${draws} redraws, percentiles`
    : `${draws} redraws with seed noise ${lossNoise} nats, percentiles`;
}

function warningsOf(readings: readonly BudgetReading[], law: ComputePowerLaw, { draws, optimumOf }: IsoflopOptions): string[] {
  const warnings: string[] = [];
  const fitted = readings.flatMap(({ budget }) => (budget.status === "fitted" ? [budget] : []));
  const refused = readings.length - fitted.length;
  if (refused > 0) warnings.push(`${refused} of ${readings.length} budgets have no bracketed minimum and are left out`);
  if (fitted.length < 4)
    warnings.push(`${fitted.length} budgets carry the law ${optimumOf}*(C): a straight line cannot be checked on so few`);
  if (law.lines.length < 0.9 * draws)
    warnings.push(`${draws - law.lines.length} of ${draws} redraws have a minimum at fewer than two budgets`);
  const known = fitted.flatMap(({ logStandardError }) => (logStandardError === null ? [] : [logStandardError * logStandardError]));
  const expected = known.reduce((sum, value) => sum + value, 0) / known.length;
  // Two lines' worth of freedom; a factor 2 in the spread is beyond chance for four budgets and more.
  const observed = (law.scatter * law.scatter * fitted.length) / Math.max(1, fitted.length - 2);
  if (fitted.length >= 4 && observed > 4 * expected)
    warnings.push(
      `the optima scatter ${short(sqrt(observed / expected))} times as far about the line as their own errors say: the intervals, which know those errors alone, are too narrow`,
    );
  return warnings;
}

function tooFewBudgets(
  budgets: readonly ComputeBudget[],
  fitted: number,
  refused: readonly RefusedBudget[],
  optimumOf: OptimumOf,
): LadderError {
  const law = `the law ${optimumOf}*(C)`;
  const problems = refused.map(({ compute, words }, index) => ({ path: `budgets[${index}]`, message: words, value: String(compute) }));
  const fields = { budgets: budgets.length, fitted, optimumOf };
  const [only] = budgets;
  if (budgets.length < 2)
    return new LadderError(
      "input",
      "ISOFLOP_ONE_BUDGET",
      `${law} needs runs at two or more compute budgets; there is ${only === undefined ? "none" : `one, C = ${short(only.compute)}`}`,
      {
        fields,
        problems,
        hint: "train the same sizes at budgets a factor of 3 apart, five or more; rows whose C differ by more than the tolerance are different budgets",
      },
    );
  if (refused.every(({ status }) => status === "too-few-points"))
    return new LadderError(
      "input",
      "ISOFLOP_TOO_FEW_POINTS",
      `${law} needs two budgets with runs of four or more different ${nounOf[optimumOf]}; ${fitted} of ${budgets.length} has them`,
      {
        fields,
        problems,
        hint: "train more sizes at each budget, or raise the budget tolerance when C was not set exactly",
      },
    );
  return new LadderError(
    "input",
    "ISOFLOP_NO_INTERIOR_MINIMUM",
    `${law} needs two budgets whose lowest loss lies between smaller and larger runs; ${fitted} of ${budgets.length} has it: ${problems[0]?.message ?? ""}`,
    {
      fields,
      problems,
      hint: "widen the sizes at each budget named",
    },
  );
}
