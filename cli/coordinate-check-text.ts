import type { Colors } from "picocolors/types.js";
import { isJudgedOver } from "../analysis/coordinate-check/check-coordinates.ts";
import type {
  CoordinateCheck,
  CoordinateModule,
  CoordinateQuantity,
  CoordinateVerdict,
} from "../analysis/coordinate-check/coordinate-check.ts";
import { sizeQuantity } from "../analysis/coordinate-check/verdict.ts";
import { notTransfer, plural, quantityWords } from "../analysis/coordinate-check/verdict-words.ts";
import { levelInPercent, signedTwoDecimals, shareInPercent } from "../analysis/study/number-words.ts";
import type { CoordinateCheckResult, CoordinateReport } from "../operations/check-coordinates.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { hyperparametersText } from "./number-text.ts";
import { hang, wrapWords } from "./render-error.ts";
import { type Column, renderTable } from "./table.ts";

/** Every check: what was run, slopes by module and step, verdict with its reasons; and what no check says. */
export function renderCoordinateReport(report: CoordinateReport, colors: Colors, columns: number): string {
  return [
    ...report.checks.flatMap((result) => [...renderCheck(result, colors, columns), ""]),
    ...wrapWords(notTransfer(report.axis), Math.min(columns, 100)),
  ].join("\n");
}

/** 10 when any check failed, else 11 when any is undecided, else 0. */
export function exitCodeOfChecks(verdicts: readonly CoordinateVerdict[]): ExitCode {
  if (verdicts.includes("fail")) return exitCodes.scientificNo;
  return verdicts.includes("undecided") ? exitCodes.undecided : exitCodes.done;
}

/** A verdict in colour. */
export function coordinateVerdictText(verdict: CoordinateVerdict, colors: Colors): string {
  const paint = { pass: colors.green, undecided: colors.yellow, fail: colors.red }[verdict];
  return paint(verdict);
}

function renderCheck(result: CoordinateCheckResult, colors: Colors, columns: number): readonly string[] {
  const { parametrization, optimizer, hyperparameters, batchSizeTokens, check, reused } = result;
  const width = Math.min(columns, 100);
  const setUp = `${optimizer}, ${hyperparametersText(hyperparameters)}; ${check.axis} ${check.axisValues.join(", ")}; ${plural(check.seeds.length, "seed")}; one batch of ${batchSizeTokens}, constant schedule without warm-up${reused ? "; checked before, nothing was trained" : ""}`;
  const label = `${check.verdict} `;
  const sentence = check.words.slice(check.verdict.length + 1);
  const more = check.reasons.slice(1, 1 + mostReasons);
  const left = check.reasons.length - 1 - more.length;
  return [
    hang(`${parametrization}  `, setUp, width),
    ...slopeTable(check, sizeOf(check), columns),
    ...slopeTable(check, "changeRms", columns),
    "",
    hang(label, sentence, width, { paint: () => `${coordinateVerdictText(check.verdict, colors)} ` }),
    ...more.map(({ verdict, words }) => hang("  - ", `${verdict === check.verdict ? "" : `${verdict}: `}${words}`, width)),
    ...(left > 0 ? [`  … and ${plural(left, "more reason")} in --json`] : []),
    ...check.hints.map((hint) => hang("hint: ", hint, width, { paint: colors.cyan })),
    ...check.notes.map((note) => hang("note: ", note, width)),
  ];
}

/** Reasons after the first that are printed. */
const mostReasons = 7;

function sizeOf(check: CoordinateCheck): CoordinateQuantity {
  const [first] = check.modules;
  return first === undefined ? "l1" : sizeQuantity(check.slopes, first.name);
}

/** Slopes of judged modules, a column a step (a selection of many), with the interval of the last step. */
function slopeTable(check: CoordinateCheck, quantity: CoordinateQuantity, columns: number): readonly string[] {
  const of = (module: string, step: number) =>
    check.slopes.find((slope) => slope.module === module && slope.quantity === quantity && slope.step === step);
  const modules = check.modules.filter(
    (module) =>
      isJudgedOver(module, check.axis) && check.slopes.some((slope) => slope.module === module.name && slope.quantity === quantity),
  );
  if (modules.length === 0) return [];
  const measured = check.steps.filter((step) => modules.some(({ name }) => of(name, step) !== undefined));
  const steps = selected(measured, columns < 100 ? (quantity === "changeRms" ? 3 : 4) : 7);
  const last = steps.at(-1) ?? 0;
  const movement = (module: CoordinateModule): string => {
    const share = check.movements.find((candidate) => candidate.module === module.name)?.relativeChange;
    return share == null ? "–" : shareInPercent(share);
  };
  const tableColumns: readonly Column<CoordinateModule>[] = [
    { header: "MODULE", value: ({ name }) => name, flexible: true },
    // The table of sizes says which kind each module is.
    ...(quantity === "changeRms" ? [] : [{ header: "KIND", value: ({ kind }: CoordinateModule) => kind }]),
    ...steps.map(
      (step): Column<CoordinateModule> => ({
        header: step === 0 ? "START" : `STEP ${step}`,
        align: "right",
        value: ({ name }) => slopeText(of(name, step)),
      }),
    ),
    {
      header: `${levelInPercent(check.level)} AT ${last}`,
      value: ({ name }) => {
        const interval = of(name, last)?.interval;
        return interval == null ? "–" : `${signedTwoDecimals(interval.low)} to ${signedTwoDecimals(interval.high)}`;
      },
    },
    ...(quantity === "changeRms" ? [{ header: "MOVED", align: "right" as const, value: movement }] : []),
  ];
  return ["", `Slope over ${check.axis} of ${quantityWords(quantity)}:`, renderTable(tableColumns, modules, columns)];
}

function slopeText(slope: CoordinateCheck["slopes"][number] | undefined): string {
  if (slope === undefined) return "–";
  if (slope.slope !== null) return signedTwoDecimals(slope.slope);
  return slope.missing === "zero" ? "all 0" : "none";
}

/** At most `most` steps: the first, the last and some between. */
function selected(steps: readonly number[], most: number): readonly number[] {
  if (steps.length <= most) return steps;
  return Array.from({ length: most }, (_, index) => steps[Math.round((index * (steps.length - 1)) / (most - 1))] ?? 0);
}
