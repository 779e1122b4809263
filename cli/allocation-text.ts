import type { Colors } from "picocolors/types.js";
import type { AllocationPlace, Estimate } from "../analysis/fits/allocation-intervals.ts";
import type { AllocationReport } from "../operations/allocate-compute.ts";
import { flopsText, lossText, measureText, threeDigitsText } from "./number-text.ts";
import { hang, wrapWords } from "./render-error.ts";
import { type Column, renderTable } from "./table.ts";

/** The split at every budget asked for, its growth, the frontier, and what other methods say of the same rows. */
export function renderAllocation(report: AllocationReport, colors: Colors, columns: number): string {
  const { places, frontier, warnings, refusedReadings } = report;
  return [
    hang(`${report.law}: `, report.formula, columns, { indent: "  " }),
    ...wrapWords(fittedWords(report), columns),
    "",
    ...places.flatMap((place) => [renderPlace(report, place, columns), ""]),
    ...growthWords(report).flatMap((line) => wrapWords(line, columns)),
    "",
    ...(frontier.length === 0 ? [] : [renderFrontier(report, columns), ""]),
    ...(report.readings.length < 2 ? [] : [renderReadings(report, columns), ""]),
    ...refusedReadings.map(({ method, message }) => hang(`no ${method} reading: `, message, columns, { indent: "  " })),
    ...[...readingWarnings(report), ...warnings].map((warning) =>
      hang("warning: ", warning, columns, { paint: colors.yellow, indent: "  " }),
    ),
  ]
    .join("\n")
    .trimEnd();
}

const countingWords = {
  total: "all parameters",
  "non-embedding": "parameters without embeddings",
  unknown: "nobody said which parameters",
};

function fittedWords({ rows, source, fittedCompute, counting, size }: AllocationReport): string {
  const range = fittedCompute === null ? "" : `, ${threeDigitsText(fittedCompute.from)} to ${flopsText(fittedCompute.to)}`;
  return `fitted to ${rows} rows of ${source}${range}; ${counting === "unknown" ? `what ${size} counts is not known` : `${size} counts ${countingWords[counting]}`}`;
}

function renderPlace(report: AllocationReport, place: AllocationPlace, columns: number): string {
  const { size, tokens, flopsPerParameterToken, fixed } = report;
  const held = Object.entries(fixed).map(([name, value]) => `, ${name} = ${measureText(value)}`);
  const lines = [
    { quantity: `${size}, parameters`, estimate: place.size, text: threeDigitsText },
    { quantity: `${tokens}, tokens`, estimate: place.tokens, text: threeDigitsText },
    { quantity: "tokens per parameter", estimate: place.tokensPerParameter, text: threeDigitsText },
    { quantity: "loss of the law", estimate: place.loss, text: lossText },
  ];
  const placeColumns: readonly Column<(typeof lines)[number]>[] = [
    { header: "OPTIMUM", value: ({ quantity }) => quantity },
    { header: "VALUE", align: "right", value: ({ estimate, text }) => text(estimate.value) },
    { header: percent(report), value: ({ estimate, text }) => intervalText(estimate, text) },
  ];
  return [
    `at ${flopsText(place.compute)} = ${measureText(flopsPerParameterToken)} ${size} ${tokens}${held.join("")}${beyondWords(place)}`,
    renderTable(placeColumns, lines, columns),
  ].join("\n");
}

function beyondWords({ beyond }: AllocationPlace): string {
  if (beyond === null) return "";
  if (beyond <= 1) return ", within the fitted budgets";
  const decades = Math.log10(beyond);
  return `, ${threeDigitsText(beyond)} times the largest fitted budget${decades < 0.5 ? "" : ` (${decades.toFixed(1)} decades)`}`;
}

function growthWords({ exponents, size, tokens, level, method, places }: AllocationReport): readonly string[] {
  const told = `intervals: ${method}, on the log scale; the loss is the law's own, not that of one new run (ladder predict)`;
  if (exponents === null) return [told];
  const growth = (name: string, estimate: Estimate): string =>
    `${name} grows as C^${estimate.value.toFixed(3)}${hasWidth(estimate) ? ` (${levelText(level)} ${intervalText(estimate, threeDecimals)})` : ""}`;
  const where = exponents.constant ? "" : ` around ${flopsText(Math.max(...places.map(({ compute }) => compute)))}; it is no power of C`;
  return [`${growth(size, exponents.size)} and ${growth(tokens, exponents.tokens)}${where}`, told];
}

function renderFrontier(report: AllocationReport, columns: number): string {
  const { size, tokens, fittedCompute, frontier } = report;
  const asked = new Set(report.places.map(({ compute }) => compute));
  const lines = [...frontier.filter(({ compute }) => !asked.has(compute)), ...report.places].sort(
    (left, right) => left.compute - right.compute,
  );
  const note = ({ compute }: AllocationPlace): string =>
    asked.has(compute) ? "asked" : fittedCompute !== null && compute > fittedCompute.to ? "beyond" : "";
  const frontierColumns: readonly Column<AllocationPlace>[] = [
    { header: "COMPUTE", align: "right", value: ({ compute }) => measureText(compute) },
    { header: size, align: "right", value: (place) => threeDigitsText(place.size.value) },
    { header: percent(report), value: (place) => intervalText(place.size, threeDigitsText) },
    { header: tokens, align: "right", value: (place) => threeDigitsText(place.tokens.value) },
    { header: `${tokens}/${size}`, align: "right", value: ({ tokensPerParameter }) => threeDigitsText(tokensPerParameter.value) },
    { header: "LOSS", align: "right", value: ({ loss }) => lossText(loss.value) },
    { header: "", value: note },
  ];
  return renderTable(frontierColumns, lines, columns);
}

interface ReadingLine {
  readonly method: string;
  readonly exponent: Estimate | null;
  readonly place: AllocationReport["readings"][number]["places"][number];
}

/** One table a budget: methods on the same rows, and how far they are apart. */
function renderReadings(report: AllocationReport, columns: number): string {
  const { readings, places, size, tokens } = report;
  const readingColumns: readonly Column<ReadingLine>[] = [
    { header: "METHOD", value: ({ method }) => method, flexible: true },
    { header: "EXPONENT", value: ({ exponent }) => exponentText(exponent) },
    { header: size, align: "right", value: ({ place }) => (place === null ? "–" : threeDigitsText(place.size.value)) },
    { header: percent(report), value: ({ place }) => (place === null ? "no optimum" : intervalText(place.size, threeDigitsText)) },
    { header: tokens, align: "right", value: ({ place }) => (place === null ? "–" : threeDigitsText(place.tokens.value)) },
  ];
  const tables = places.map(({ compute }, index) => {
    const lines = readings.map(({ method, exponent, places: own }) => ({ method, exponent, place: own[index] ?? null }));
    return [
      `other ways to read the same rows, at ${flopsText(compute)}:`,
      renderTable(readingColumns, lines, columns),
      ...wrapWords(apartWords(lines, size), columns),
    ].join("\n");
  });
  const words = readings.slice(1).flatMap((reading) => wrapWords(`${reading.method}: ${reading.words}`, columns));
  return [tables.join("\n\n"), ...words].join("\n");
}

function apartWords(lines: readonly ReadingLine[], size: string): string {
  const known = lines.flatMap(({ method, place }) => (place === null ? [] : [{ method, value: place.size.value }]));
  const [least, ...others] = [...known].sort((left, right) => left.value - right.value);
  const most = others.at(-1);
  if (least === undefined || most === undefined) return "";
  return `${size} differs by a factor of ${(most.value / least.value).toFixed(2)}: ${least.method} least, ${most.method} most`;
}

function readingWarnings({ readings }: AllocationReport): readonly string[] {
  return readings.flatMap(({ method, warnings }) => warnings.map((warning) => `${method}: ${warning}`));
}

function exponentText(exponent: Estimate | null): string {
  if (exponent === null) return "–";
  return hasWidth(exponent)
    ? `${exponent.value.toFixed(3)} (${intervalText(exponent, threeDecimals)})`
    : `${exponent.value.toFixed(3)} by its form`;
}

function hasWidth({ low, high }: Estimate): boolean {
  return low !== null && high !== null && high - low > 1e-6;
}

function intervalText({ low, high }: Estimate, text: (value: number) => string): string {
  return low === null || high === null ? "–" : `${text(low)} to ${text(high)}`;
}

function threeDecimals(value: number): string {
  return value.toFixed(3);
}

function levelText(level: number): string {
  return `${Number((100 * level).toFixed(1))} %`;
}

function percent({ level }: AllocationReport): string {
  return `${levelText(level)} INTERVAL`;
}
