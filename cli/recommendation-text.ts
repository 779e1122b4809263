import { levelInPercent, significant } from "../analysis/study/number-words.ts";
import type { Colors } from "picocolors/types.js";
import type { Proof } from "../operations/prove-recommendation.ts";
import type { RecommendReport } from "../operations/recommend-value.ts";
import type { RecommendationContent } from "../operations/stored-recommendation.ts";
import { lossText } from "./number-text.ts";
import { hang, wrapWords } from "./render-error.ts";
import { type Column, renderTable } from "./table.ts";

/** A recommendation: value, interval, regret, checks, evidence; or why there is none. */
export function renderRecommendation(report: RecommendReport, colors: Colors, columns: number): string {
  const wrap = (text: string): readonly string[] => [hang("", text, columns)];
  const detail = (text: string): string => hang("  ", text, columns);
  if (report.outcome === "withheld")
    return [...wrap(report.result.words), "", ...checkLines(report.result.checks, colors, columns)].join("\n");
  const { id, content } = report;
  const { hyperparameter, value, interval, regret, evidence, alternative } = content;
  const place = `${content.axis} ${content.target[content.axis]}`;
  const lines = [
    colors.bold(`${hyperparameter} ${significant(value)} for ${place} under ${content.parametrization}`) + `  ${id}`,
    detail(`${levelInPercent(interval.level)} interval ${significant(interval.low)} to ${significant(interval.high)} (${interval.method})`),
    detail(
      `expected regret ${nats(regret.expectedRegret)}${regret.isLowerBound ? " or more" : ""}, ${levelInPercent(regret.interval.level)} interval ${regret.interval.low.toFixed(4)} to ${regret.interval.high.toFixed(4)}; ${regret.words}`,
    ),
    detail(
      `evidence: ${evidence.optimumRunKeys.length} runs behind the optimum, ${evidence.regretRunKeys.length} behind the regret; study ${content.study}`,
    ),
    "",
    ...checkLines(content.checks, colors, columns),
  ];
  if (alternative !== null) {
    lines.push(
      "",
      ...wrap(
        `Instead, ${alternative.parametrization}'s optimum at ${content.axis} ${alternative.fromAxisValue}, ${significant(alternative.value)}, carried up unchanged: expected regret ${nats(alternative.regret.expectedRegret)}${alternative.regret.isLowerBound ? " or more" : ""}; predicted to end ${nats(alternative.excess.excessLoss)} above the recommendation (${levelInPercent(alternative.excess.interval.level)} ${alternative.excess.interval.low.toFixed(3)} to ${alternative.excess.interval.high.toFixed(3)}).`,
      ),
    );
  }
  return lines.join("\n");
}

interface ProofRow {
  readonly seed: number;
  readonly recommended: number | null;
  readonly alternative: number | null;
}

/** Measured losses of both choices by seed, beside what was predicted for each. */
export function renderProof(content: RecommendationContent, proof: Proof, columns: number): string {
  const { comparison } = proof;
  const seeds = [...new Set([...proof.recommended, ...proof.alternative].map(({ seed }) => seed))].sort((left, right) => left - right);
  const lossAt = (runs: Proof["recommended"], seed: number): number | null => runs.find((run) => run.seed === seed)?.loss ?? null;
  const rows = seeds.map(
    (seed): ProofRow => ({ seed, recommended: lossAt(proof.recommended, seed), alternative: lossAt(proof.alternative, seed) }),
  );
  const other = content.alternative;
  const tableColumns: readonly Column<ProofRow>[] = [
    { header: "SEED", align: "right", value: ({ seed }) => String(seed) },
    {
      header: `${content.parametrization} ${significant(content.value)}`,
      align: "right",
      value: ({ recommended }) => lossText(recommended),
    },
    {
      header: `${other?.parametrization ?? ""} ${significant(other?.value ?? Number.NaN)}`,
      align: "right",
      value: ({ alternative }) => lossText(alternative),
    },
    {
      header: "DIFFERENCE",
      align: "right",
      value: ({ recommended, alternative }) =>
        recommended === null || alternative === null ? "–" : (alternative - recommended).toFixed(4),
    },
  ];
  const { predicted } = comparison;
  return [
    `Measured at ${content.axis} ${content.target[content.axis]}: held-out loss, nats per token`,
    renderTable(tableColumns, rows, columns),
    "",
    `predicted regret, ${content.parametrization} ${significant(content.value)}: ${regretText(predicted.reference)}`,
    `predicted regret, ${other?.parametrization ?? ""} ${significant(other?.value ?? Number.NaN)}: ${regretText(predicted.choice)}`,
    ...wrapWords(`difference: ${comparison.words}`, columns),
    ...(comparison.interval === null
      ? []
      : wrapWords(
          `measured mean difference ${(comparison.meanExcess ?? Number.NaN).toFixed(4)}, ${levelInPercent(comparison.interval.level)} ${comparison.interval.low.toFixed(4)} to ${comparison.interval.high.toFixed(4)} (${comparison.interval.method})`,
          columns,
        )),
    ...wrapWords(
      comparison.referenceWinsEverySeed
        ? "the recommended value ends lower in every seed"
        : "the recommended value does not end lower in every seed",
      columns,
    ),
  ].join("\n");
}

function regretText(regret: {
  readonly expectedRegret: number;
  readonly isLowerBound: boolean;
  readonly interval: { readonly low: number; readonly high: number; readonly level: number };
}): string {
  return `${regret.isLowerBound ? "at least " : ""}${nats(regret.expectedRegret)} (${levelInPercent(regret.interval.level)} ${regret.interval.low.toFixed(3)} to ${regret.interval.high.toFixed(3)})`;
}

function checkLines(
  checks: readonly { readonly passed: boolean; readonly words: string }[],
  colors: Colors,
  columns: number,
): readonly string[] {
  return checks.flatMap(({ passed, words }) => {
    const [first = "", ...rest] = wrapWords(words, columns - 9);
    return [`  ${passed ? colors.green("passed") : colors.red("FAILED")} ${first}`, ...rest.map((line) => `         ${line}`)];
  });
}

function nats(value: number): string {
  return `${value.toFixed(4)} nats per token`;
}
