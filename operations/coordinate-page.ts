import { coordinateCheckFigure } from "../analysis/figures/coordinate-check-figure.ts";
import type { CoordinateQuantity, CoordinateSlope } from "../analysis/coordinate-check/coordinate-check.ts";
import { sizeQuantity } from "../analysis/coordinate-check/verdict.ts";
import { notTransfer, quantityWords } from "../analysis/coordinate-check/verdict-words.ts";
import { parametrizationName } from "../analysis/parametrizations/index.ts";
import { levelInPercent, significant, signedTwoDecimals } from "../analysis/study/number-words.ts";
import type { CoordinateCheckResult, CoordinateReport } from "./check-coordinates.ts";
import type { ReportContent, ReportFigure, ReportFinding, ReportTable } from "./report-page.ts";
import type { StudyDocument } from "./study-document.ts";

const tones: Readonly<Record<CoordinateCheckResult["check"]["verdict"], ReportFinding["tone"]>> = {
  pass: "yes",
  undecided: "undecided",
  fail: "no",
};

/** A coordinate check as a page: verdicts with every reason, a figure of sizes and one of changes, all slopes, what was run. */
export function describeCoordinatePage(report: CoordinateReport): ReportContent {
  return {
    study: `${report.study}: coordinate check over ${report.axis}`,
    question: `Do sizes and changes of activations stay the same as ${report.axis} grows?`,
    findings: [...report.checks.map(findingOf), { tone: "plain", label: "What this does not say", text: notTransfer(report.axis) }],
    figures: report.checks.flatMap(figuresOf),
    tables: report.checks.map(tableOf),
    provenance: report.checks.flatMap(provenanceOf),
    data: report,
  };
}

/** The same in a line each, for the report of a study. */
export function coordinateFindings(checks: NonNullable<StudyDocument["coordinateChecks"]>): readonly ReportFinding[] {
  return checks.map(({ parametrization, axis, verdict, words }) => ({
    tone: tones[verdict],
    label: `Coordinate check of ${parametrizationName(parametrization)} over ${axis}`,
    text: `${words.charAt(0).toUpperCase()}${words.slice(1)}.${verdict === "pass" ? " That is no test of transfer." : ""}`,
  }));
}

function findingOf({ parametrization, check }: CoordinateCheckResult): ReportFinding {
  const sentences = [check.words, ...check.reasons.slice(1).map(({ words }) => words), ...check.hints, ...check.notes];
  return {
    tone: tones[check.verdict],
    label: `${parametrizationName(parametrization)} over ${check.axis}: ${check.verdict}`,
    text: sentences.map((sentence) => `${sentence}.`).join(" "),
  };
}

function figuresOf({ parametrization, check, contentHash }: CoordinateCheckResult): readonly ReportFigure[] {
  const size: CoordinateQuantity = check.rows.some(({ quantity }) => quantity === "l1") ? "l1" : "rms";
  const drawn = [size, "changeRms" as const].filter((quantity) => check.rows.some((row) => row.quantity === quantity));
  return drawn.map((quantity) => ({
    id: `${contentHash.slice(0, 8)}-${quantity}`,
    title: `${parametrizationName(parametrization)}: ${quantityWords(quantity)} against ${check.axis}`,
    caption: `Output of each module on one batch, before the activation: mean over ${check.seeds.length} seeds (geometric), band from the lowest to the highest. One panel a step, one range for all. A right set-up is flat. Dotted: not judged.`,
    light: coordinateCheckFigure(check, quantity, { theme: "light" }),
    dark: coordinateCheckFigure(check, quantity, { theme: "dark" }),
  }));
}

function tableOf({ parametrization, check }: CoordinateCheckResult): ReportTable {
  const cell = (slope: CoordinateSlope | undefined): string => {
    if (slope === undefined) return "–";
    if (slope.slope === null) return slope.missing ?? "–";
    return signedTwoDecimals(slope.slope);
  };
  const rows = check.modules.flatMap(({ name, kind, insideBlock }) =>
    [sizeQuantity(check.slopes, name), "changeRms" as const].map((quantity) => [
      name,
      insideBlock ? `${kind}, in a block` : kind,
      quantityWords(quantity),
      ...check.steps.map((step) =>
        cell(check.slopes.find((slope) => slope.module === name && slope.quantity === quantity && slope.step === step)),
      ),
    ]),
  );
  const method = check.slopes.find(({ interval }) => interval !== null)?.interval?.method;
  return {
    title: `${parametrizationName(parametrization)}: slopes over ${check.axis}`,
    columns: ["module", "kind", "of", ...check.steps.map(String)],
    rows,
    note: `Slope of ln value on ln ${check.axis} after so many updates.${method === undefined ? "" : ` ${levelInPercent(check.level)} intervals: ${method}; they are in the page's data.`}`,
  };
}

function provenanceOf(result: CoordinateCheckResult): readonly (readonly [string, string])[] {
  const { parametrization, optimizer, hyperparameters, batchSizeTokens, specHash, trainer, contentHash, check } = result;
  const values = Object.entries(hyperparameters).map(([name, value]) => `${name} ${significant(value)}`);
  return [
    ["rule set", parametrization],
    ["set-up", `${optimizer}, ${values.join(", ")}, batch ${batchSizeTokens}, constant schedule without warm-up`],
    ["scale", `${check.axis} ${check.axisValues.join(", ")}; seeds ${check.seeds.join(", ")}`],
    ["trainer", `version ${trainer.version}, program ${trainer.programDigest}`],
    ["spec", specHash],
    ["check", contentHash],
  ];
}
