import type { Colors } from "picocolors/types.js";
import { signedTwoDecimals, twoDecimals } from "../analysis/study/number-words.ts";
import type { TransferReport } from "../operations/test-transfer.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { wrapWords } from "./render-error.ts";
import { type Column, renderTable } from "./table.ts";
import { renderVariantMatrix } from "./variant-matrix-text.ts";

type Test = TransferReport["tests"][number];
type Verdict = Test["verdict"];
type Comparison = TransferReport["comparisons"][number];

interface OptimumLine {
  readonly parametrization: string;
  readonly axisValue: number;
  readonly optimum: string;
  readonly interval: string;
  readonly seeds: string;
}

/** Tables of optima, drift and verdict of every test, or the matrix of a study's variants; the method of each interval is named below. */
export function renderTransfer(
  { study, axis, hyperparameter, tests, comparisons, matrix }: TransferReport,
  colors: Colors,
  columns: number,
): string {
  const lines: OptimumLine[] = tests.flatMap((test) =>
    test.optima.map(({ axisValue, optimum, bySeed }) => ({
      parametrization: test.parametrization,
      axisValue,
      optimum: optimum === null ? "none inside the grid" : twoDecimals(optimum.log2),
      interval: optimum?.interval == null ? "–" : `${twoDecimals(optimum.interval.low)} to ${twoDecimals(optimum.interval.high)}`,
      seeds: bySeed.map(({ log2 }) => (log2 === null ? "edge" : twoDecimals(log2))).join("  "),
    })),
  );
  const optimumColumns: readonly Column<OptimumLine>[] = [
    { header: "RULES", value: ({ parametrization }) => parametrization, flexible: true },
    { header: axis.toUpperCase(), align: "right", value: ({ axisValue }) => String(axisValue) },
    { header: `LOG2 ${hyperparameter}`, align: "right", value: ({ optimum }) => optimum, flexible: true },
    { header: `${levelText(tests[0]?.level)} INTERVAL`, value: ({ interval }) => interval },
    { header: "BY SEED", value: ({ seeds }) => seeds, flexible: true },
  ];
  const driftColumns: readonly Column<Test>[] = [
    { header: "RULES", value: ({ parametrization }) => parametrization, flexible: true },
    { header: "DRIFT", align: "right", value: ({ drift }) => (drift === null ? "–" : signedTwoDecimals(drift.slope)) },
    {
      header: `${levelText(tests[0]?.level)} INTERVAL`,
      value: ({ drift }) =>
        drift === null ? "–" : `${signedTwoDecimals(drift.interval.low)} to ${signedTwoDecimals(drift.interval.high)}`,
    },
    { header: "MARGIN", value: ({ marginOctavesPerDoubling }) => `± ${marginOctavesPerDoubling}` },
    { header: "VERDICT", value: ({ verdict }) => verdictText(verdict, colors) },
  ];
  const methods = new Set(tests.flatMap((test) => test.optima.flatMap(({ optimum }) => optimum?.interval?.method ?? [])));
  const driftMethods = new Set(tests.flatMap(({ drift }) => drift?.interval.method ?? []));
  const notes = [
    ...(matrix === null ? tests.map(({ words }) => words) : []),
    ...[...methods].map((method) => `interval of an optimum: ${method}`),
    ...[...driftMethods].map((method) => `interval of a drift: ${method}`),
    ...(matrix === null ? comparisonNotes(comparisons) : []),
    ...(tests[0] === undefined ? [] : [tests[0].method]),
    ...nextSteps(study, hyperparameter, tests),
  ];
  return [
    renderTable(optimumColumns, lines, columns),
    "",
    ...(matrix === null
      ? [
          `Drift of the optimum, octaves per doubling of ${axis}:`,
          renderTable(driftColumns, tests, columns),
          "",
          ...renderComparisons(comparisons, columns),
        ]
      : [renderVariantMatrix(matrix, colors, columns)]),
    ...notes.flatMap((note) => wrapWords(note, columns)),
  ].join("\n");
}

/** Which rules drift less, where their difference says so; nothing where one set of rules was swept. */
function renderComparisons(comparisons: readonly Comparison[], columns: number): readonly string[] {
  const [first] = comparisons;
  if (first === undefined) return [];
  const comparisonColumns: readonly Column<Comparison>[] = [
    { header: "RULES", value: ({ parametrization }) => parametrization, flexible: true },
    { header: "AGAINST", value: ({ against }) => against, flexible: true },
    { header: "DIFFERENCE", align: "right", value: ({ difference }) => (difference === null ? "–" : signedTwoDecimals(difference.slope)) },
    {
      header: `${levelText(first.level)} INTERVAL`,
      value: ({ difference }) =>
        difference === null ? "–" : `${signedTwoDecimals(difference.interval.low)} to ${signedTwoDecimals(difference.interval.high)}`,
    },
    { header: "DRIFTS LESS", value: outcomeText, flexible: true },
  ];
  return ["Their drifts compared, optima of one seed paired:", renderTable(comparisonColumns, comparisons, columns), ""];
}

function outcomeText({ outcome, parametrization, against }: Comparison): string {
  switch (outcome) {
    case "less":
      return parametrization;
    case "more":
      return against;
    case "differ":
      return "not told";
    case "not-told-apart":
      return "not told apart";
    case "no-comparison":
      return "no drift to compare";
  }
}

function comparisonNotes(comparisons: readonly Comparison[]): readonly string[] {
  const [first] = comparisons;
  if (first === undefined) return [];
  const together = first.comparisons === 1 ? "" : `; the ${first.comparisons} intervals hold together at ${levelText(first.familyLevel)}`;
  return [`one set of rules drifts less than another only where the interval of their difference excludes 0${together}`];
}

/** The commands that would decide what is not decided: a wider grid, more seeds. */
function nextSteps(study: string, hyperparameter: string, tests: readonly Test[]): readonly string[] {
  const lows = tests.flatMap(({ blockers }) =>
    blockers.flatMap(({ side, widenToLog2 }) => (side === "low" && widenToLog2 !== null ? [widenToLog2] : [])),
  );
  const highs = tests.flatMap(({ blockers }) =>
    blockers.flatMap(({ side, widenToLog2 }) => (side === "high" && widenToLog2 !== null ? [widenToLog2] : [])),
  );
  const range = `${lows.length > 0 ? Math.min(...lows) : ""}..${highs.length > 0 ? Math.max(...highs) : ""}`;
  const seeds = tests.flatMap(({ runsToDecide }) => runsToDecide?.additionalSeeds ?? []);
  return [
    ...(range === ".." ? [] : [`to widen the grid: ladder extend ${study} --widen ${hyperparameter}=${range}`]),
    ...(seeds.length === 0 ? [] : [`to add seeds: ladder extend ${study} --seeds LIST (${Math.min(...seeds)} more would decide)`]),
  ];
}

/** What a verdict answers to a caller: yes, no, or not decided. */
export function exitCodeOfVerdict(verdict: Verdict): ExitCode {
  switch (verdict) {
    case "transfers":
      return exitCodes.done;
    case "does-not-transfer":
      return exitCodes.scientificNo;
    case "undecided":
    case "no-verdict":
      return exitCodes.undecided;
  }
}

/** A verdict in words and colour. */
export function verdictText(verdict: Verdict, colors: Colors): string {
  switch (verdict) {
    case "transfers":
      return colors.green("transfers");
    case "does-not-transfer":
      return colors.red("does not transfer");
    case "undecided":
      return colors.yellow("undecided");
    case "no-verdict":
      return colors.yellow("no verdict");
  }
}

function levelText(level: number | undefined): string {
  return `${Number((100 * (level ?? 0.95)).toFixed(2))} %`;
}
