import type { Colors } from "picocolors/types.js";
import { shareInPercent } from "../analysis/study/number-words.ts";
import type { PredictionDocument } from "../operations/predict-fit.ts";
import { measureText, threeDigitsText } from "./number-text.ts";
import { hang, wrapWords } from "./render-error.ts";
import { type Column, renderTable } from "./table.ts";

type Rung = PredictionDocument["rungs"][number];
type Distance = PredictionDocument["distance"][number];

/** Value and both intervals first; then how far, how sure, what it hangs on; warnings and registration last. */
export function renderPrediction(document: PredictionDocument, colors: Colors, columns: number): string {
  const { at, output, warnings, registered, equivalent } = document;
  const place = Object.entries(at)
    .map(([name, value]) => `${name} = ${measureText(value)}`)
    .join(", ");
  return [
    colors.bold(`${output.name} ${fiveDigits(document.value)} ${output.unit}`),
    ...wrapWords(`at ${place}, by ${fitWords(document)}`, columns),
    "",
    renderIntervals(document, columns),
    ...calibrationWords(document).flatMap((line) => wrapWords(line, columns)),
    "",
    renderDistances(document, columns),
    ...(equivalent === null ? [] : ["", ...equivalentWords(equivalent).flatMap((line) => wrapWords(line, columns))]),
    ...sensitivityLines(document, columns),
    ...(document.rungs.length === 0 ? [] : ["", "each budget left out in turn:", renderRungs(document, columns)]),
    ...(warnings.length === 0 && registered === null ? [] : [""]),
    ...warnings.map((warning) => hang("warning: ", warning, columns, { paint: colors.yellow, indent: "  " })),
    ...(registered === null
      ? []
      : wrapWords(
          `registered as ${colors.green(registered.id)} for study ${registered.study} on ${registered.at}; scores: ladder predict ${registered.study} --scores`,
          columns,
        )),
  ].join("\n");
}

function fitWords({ law, fit: { id, source } }: PredictionDocument): string {
  return id === null ? `${law} fitted to ${source}` : `${id} (${law} fitted to ${source})`;
}

interface IntervalLine {
  readonly of: string;
  readonly ends: readonly [number, number];
}

function renderIntervals({ value, interval95 }: PredictionDocument, columns: number): string {
  const lines: readonly IntervalLine[] = [
    { of: "mean of runs there", ends: interval95.mean },
    { of: "one new run there", ends: interval95.newRun },
  ];
  const intervalColumns: readonly Column<IntervalLine>[] = [
    { header: "95 % INTERVAL OF", value: ({ of }) => of },
    { header: "FROM", align: "right", value: ({ ends }) => fiveDigits(ends[0]) },
    { header: "TO", align: "right", value: ({ ends }) => fiveDigits(ends[1]) },
    { header: "ABOUT", value: ({ ends: [low, high] }) => `± ${shareInPercent((high - low) / (2 * Math.abs(value)))}` },
  ];
  return renderTable(intervalColumns, lines, columns);
}

function calibrationWords({ heldOut, calibration }: PredictionDocument): readonly string[] {
  const calibrated = `calibrated: ${calibration.words} (${calibration.rows} rows of ${calibration.levels} budgets)`;
  if (heldOut === null) return ["no larger run was predicted by smaller ones: how often such intervals hold is not known", calibrated];
  const { inside, rows, interval95 } = heldOut;
  const of =
    heldOut.of === "rolling origin" ? "larger rows that fits of smaller budgets had not seen" : "larger rows that the fit had not seen";
  const [low, high] = interval95;
  return [
    `${inside} of ${rows} ${of} lay inside the interval of one new run (95 %: ${shareInPercent(low)} to ${shareInPercent(high)} of such runs)`,
    calibrated,
  ];
}

function renderDistances({ distance }: PredictionDocument, columns: number): string {
  const distanceColumns: readonly Column<Distance>[] = [
    { header: "HOW FAR", value: ({ name }) => name },
    { header: "ASKED", align: "right", value: ({ value }) => measureText(value) },
    { header: "FITTED FROM", align: "right", value: ({ fitted }) => measureText(fitted[0]) },
    { header: "TO", align: "right", value: ({ fitted }) => measureText(fitted[1]) },
    { header: "", value: ({ words }) => words, flexible: true },
  ];
  return renderTable(distanceColumns, distance, columns);
}

function equivalentWords({ input, words, interval95, method }: NonNullable<PredictionDocument["equivalent"]>): readonly string[] {
  if (interval95 === null) return [`equivalent: ${words} (${method})`];
  const [low, high] = interval95;
  if (low === high) return [`equivalent: ${words}; ${input} = ${measureText(low)}, exactly`];
  return [`equivalent: ${words}`, `95 % interval of that ${input}: ${threeDigitsText(low)} to ${threeDigitsText(high)} (${method})`];
}

function sensitivityLines({ sensitivityToE: found }: PredictionDocument, columns: number): readonly string[] {
  if (found === null) return [];
  const { parameter, value, interval95, words, predictions } = found;
  const [low, high] = interval95.map((end) => (end === null ? "no end" : measureText(end)));
  // With both ends the words have the range already.
  const held =
    predictions.length === 1 ? predictions.map((own) => `: ${measureText(own.value)} with ${parameter} = ${measureText(own.held)}`) : [];
  const known = value === null ? "0" : measureText(value);
  return ["", ...wrapWords(`${parameter} = ${known} (95 % by profile: ${low ?? ""} to ${high ?? ""}); ${words}${held.join("")}`, columns)];
}

function renderRungs({ rungs, budget }: PredictionDocument, columns: number): string {
  const rungColumns: readonly Column<Rung>[] = [
    { header: budget?.name ?? "", align: "right", value: (rung) => threeDigitsText(rung.budget) },
    { header: "ROWS", align: "right", value: ({ rows }) => String(rows) },
    { header: "PREDICTION", align: "right", value: ({ value }) => (value === null ? "–" : fiveDigits(value)) },
    { header: "CHANGE", align: "right", value: ({ change }) => (change === null ? "–" : signedShare(change)) },
    { header: "ERROR ON ITS ROWS", align: "right", value: ({ error }) => (error === null ? "–" : twoDecimalPercent(error)) },
    { header: "", value: ({ reason }) => reason ?? "", flexible: true },
  ];
  return renderTable(rungColumns, rungs, columns);
}

function signedShare(share: number): string {
  return `${share < 0 ? "−" : "+"}${twoDecimalPercent(Math.abs(share))}`;
}

function twoDecimalPercent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

/** All five digits shown, so that numbers of a column stand under each other. */
function fiveDigits(value: number): string {
  const size = Math.abs(value);
  return size >= 1e5 || size < 1e-3 ? measureText(value) : value.toPrecision(5);
}
