import { levelInPercent } from "../analysis/study/number-words.ts";
import type { VariantMatrix, VariantRow } from "../analysis/transfer/variant-matrix.ts";
import type { ReportFinding, ReportTable } from "./report-page.ts";

/** How many variants transfer, and how many of the decided ones came out as published: one finding in place of one a variant. */
export function variantFindings({ axis, rows }: VariantMatrix): readonly ReportFinding[] {
  const named = (answer: VariantRow["answer"]): string => {
    const names = rows.filter((row) => row.answer === answer).map(({ name }) => name);
    return names.length === 0 ? "none" : `${names.length} (${names.join(", ")})`;
  };
  const judged = rows.filter(({ isAsPublished }) => isAsPublished !== null);
  const unlike = judged.filter(({ isAsPublished }) => isAsPublished === false).map(({ name }) => name);
  const published =
    judged.length === 0
      ? ""
      : ` Of ${judged.length} decided ones with a published outcome, ${judged.length - unlike.length} came out like it${unlike.length === 0 ? "" : `; unlike it: ${unlike.join(", ")}`}.`;
  return [
    {
      tone: "plain",
      label: `Variants over ${axis}`,
      text: `Transfer: ${named("yes")}. Do not: ${named("no")}. Undecided: ${named("undecided")}.${published}`,
    },
  ];
}

/** The matrix itself. */
export function variantTables({ axis, hyperparameter, level, marginOctavesPerDoubling, rows }: VariantMatrix): readonly ReportTable[] {
  return [
    {
      title: `Variants: does the optimal ${hyperparameter} stay put along ${axis}?`,
      columns: [
        "variant",
        "rules and changes",
        "transfers",
        "drift",
        `${levelInPercent(level)} interval`,
        "seeds",
        `best of grid at ${axis}`,
        `fitted optimum at ${axis}`,
        "published",
        "source",
        "what would decide",
      ],
      rows: rows.map((row) => [
        row.name,
        [row.ruleSet, ...row.changes].join(", "),
        row.resolution === null ? row.answer : `${row.answer}; ${row.resolution}`,
        row.drift === null ? "–" : decimals(row.drift.slope),
        row.drift === null ? "–" : `${decimals(row.drift.low)} to ${decimals(row.drift.high)}`,
        String(row.seeds),
        row.optima
          .map(({ axisValue, bestGridLog2 }) => `${axisValue}: ${bestGridLog2 === null ? "–" : withMinus(bestGridLog2)}`)
          .join(", "),
        row.optima.map(({ axisValue, vertexLog2 }) => `${axisValue}: ${vertexLog2 === null ? "edge" : decimals(vertexLog2)}`).join(", "),
        row.published == null
          ? "–"
          : `${row.published.outcome === "transfers" ? "yes" : "no"}${row.isAsPublished === false ? ", unlike here" : ""}`,
        row.published?.source ?? "–",
        row.next ?? "–",
      ]),
      note: `Drift in octaves per doubling; yes when its whole interval lies within ± ${marginOctavesPerDoubling}, no when it lies outside, undecided in between. Optima are log2; the best grid point shows no drift below the step of the grid and is not judged.`,
    },
  ];
}

function decimals(value: number): string {
  return withMinus(Number(value.toFixed(2)), 2);
}

function withMinus(value: number, digits?: number): string {
  const text = digits === undefined ? String(Math.abs(value)) : Math.abs(value).toFixed(digits);
  return value < 0 ? `−${text}` : text;
}
