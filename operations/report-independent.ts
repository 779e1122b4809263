import {
  type CombinationCheck,
  type IndependentSearch,
  type LineFindings,
  measureIndependentSearch,
} from "../analysis/search/independent/measure.ts";
import { independent } from "../analysis/search/independent.ts";
import { searchProblem } from "../analysis/search/plan.ts";
import { levelInPercent, significant } from "../analysis/study/number-words.ts";
import type { StudySpec } from "../analysis/study/study-spec.ts";
import type { Data } from "../analysis/study/trainer-contract.ts";
import type { TrialRunResult } from "../analysis/study/trial.ts";
import type { ReportFinding, ReportTable } from "./report-page.ts";

/** What an independent search has found; null for a study that is none. */
export function findIndependentSearch(
  spec: StudySpec,
  data: Data | undefined,
  results: readonly TrialRunResult[],
): IndependentSearch | null {
  if (spec.strategy.name !== independent.id || data === undefined) return null;
  return measureIndependentSearch(searchProblem(spec, data), spec, results);
}

/** The lines' bests, the combination and the interactions, one sentence each. */
export function independentFindings({ lanes, comparisons, level }: IndependentSearch): readonly ReportFinding[] {
  const combinations = lanes.map(
    ({ name, lines, combination }): ReportFinding => ({
      tone: combination === null ? "undecided" : tones[combination.verdict],
      label: `${name}, independent search`,
      text: `${lines.map(lineText).join("; ")}. ${combination === null ? "The lines have not all settled." : combinationText(combination)}`,
    }),
  );
  const orders = comparisons.map(
    ({ lower, higher, difference, low, high, isOrdered }): ReportFinding => ({
      tone: "plain",
      label: `Interactions, ${lower} and ${higher}`,
      text: isOrdered
        ? `The mean transfer error of ${lower} is lower than that of ${higher}, by ${decimals(difference)} nats per token (${levelInPercent(level)} ${decimals(low)} to ${decimals(high)}).`
        : `Which of them has the lower mean transfer error cannot be told: the difference is ${decimals(difference)} nats per token (${levelInPercent(level)} ${decimals(low)} to ${decimals(high)}, which holds 0).`,
    }),
  );
  return [...combinations, ...orders];
}

const tones: Readonly<Record<CombinationCheck["verdict"], ReportFinding["tone"]>> = {
  better: "yes",
  "not-worse": "yes",
  same: "yes",
  worse: "no",
  diverged: "no",
  open: "undecided",
};

function lineText({ name, best, isAtEnd }: LineFindings): string {
  if (best === null) return `${name}: no best yet`;
  return `${name} ${significant(best)}${isAtEnd ? " (at the end of its line: widen it)" : ""}`;
}

function combinationText({ meanLoss, bestSingle, difference, verdict }: CombinationCheck): string {
  if (verdict === "diverged") return "Together they diverge.";
  if (meanLoss === null || bestSingle === null || difference === null) return "Together they have no loss yet.";
  const losses = `${decimals(meanLoss)} against ${decimals(bestSingle.meanLoss)} of the best single line (${bestSingle.words})`;
  if (verdict === "same") return `Together they are the best single place, ${bestSingle.words}: ${decimals(meanLoss)} nats per token.`;
  if (difference.interval === null) return `Together: ${losses}; with one seed nobody can tell whether that is noise.`;
  const { low, high, level } = difference.interval;
  const words = { better: "better", worse: "worse by more than noise", "not-worse": "not worse by more than noise", open: "undecided" }[
    verdict
  ];
  return `Together they are ${words}: ${losses}, a difference of ${decimals(difference.mean)} (${levelInPercent(level)} ${decimals(low)} to ${decimals(high)}) nats per token.`;
}

/** Every line point by point, and the matrix of transfer errors. */
export function independentTables({ lanes, level, seedCount }: IndependentSearch): readonly ReportTable[] {
  return lanes.flatMap(({ name, lines, interactions }): readonly ReportTable[] => {
    const names = lines.map((line) => line.name);
    const known = interactions?.pairs ?? [];
    const cell = (fixed: string, transferred: string): string => {
      const error = known.find((pair) => pair.fixed === fixed && pair.transferred === transferred);
      if (error === undefined) return "–";
      if (error.error === null) return error.diverges ? "diverges" : "unknown";
      return error.low === null || error.high === null
        ? decimals(error.error)
        : `${decimals(error.error)} (${decimals(error.low)} to ${decimals(error.high)})`;
    };
    return [
      {
        title: `Lines of ${name}`,
        columns: ["hyperparameter", "value", "mean loss", ""],
        rows: lines.flatMap((line) =>
          line.points.map(({ value, state, meanLoss }) => [
            line.name,
            significant(value),
            meanLoss === null ? state : decimals(meanLoss),
            value === line.best ? "best" : "",
          ]),
        ),
        note: `Nats per token, mean over ${seedCount === 1 ? "one seed" : `${seedCount} seeds`}. The first line stands at the defaults of the others, each other line at the best of the first.`,
      },
      ...(interactions === null
        ? []
        : [
            {
              title: `Transfer error of ${name}`,
              columns: ["at other values of", ...names],
              rows: names.map((fixed) => [fixed, ...names.map((transferred) => cell(fixed, transferred))]),
              note: `What is lost by taking a column's best value at other values of the row's hyperparameter to the row's best one, in nats per token; 0 where the two do not interact${interactions.mean === null ? "" : `. Mean ${decimals(interactions.mean.error)}${interactions.mean.low === null || interactions.mean.high === null ? "" : ` (${decimals(interactions.mean.low)} to ${decimals(interactions.mean.high)})`}`}. ${levelInPercent(level)} intervals: means resampled with the scatter of the seeds, choices made anew; noise alone makes an error positive.`,
            },
          ]),
    ];
  });
}

function decimals(value: number): string {
  return `${value < 0 ? "−" : ""}${Math.abs(value).toFixed(4)}`;
}
