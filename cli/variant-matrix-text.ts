import type { Colors } from "picocolors/types.js";
import { levelInPercent, signedTwoDecimals } from "../analysis/study/number-words.ts";
import type { TransferReport } from "../operations/test-transfer.ts";
import { wrapWords } from "./render-error.ts";
import { type Column, renderTable } from "./table.ts";

type Matrix = NonNullable<TransferReport["matrix"]>;
type Row = Matrix["rows"][number];

/** One line a variant: answer, drift with interval, seeds, best grid point at every place, what is published; then what would decide. */
export function renderVariantMatrix(matrix: Matrix, colors: Colors, columns: number): string {
  const { axis, hyperparameter, level, marginOctavesPerDoubling: margin, rows } = matrix;
  const places = [...new Set(rows.flatMap(({ optima }) => optima.map(({ axisValue }) => axisValue)))].sort((left, right) => left - right);
  const table: readonly Column<Row>[] = [
    { header: "VARIANT", value: ({ name }) => name, flexible: true },
    { header: "TRANSFERS", value: ({ answer }) => answerText(answer, colors) },
    { header: "DRIFT", align: "right", value: ({ drift }) => (drift === null ? "–" : signedTwoDecimals(drift.slope)) },
    {
      header: `${levelInPercent(level)} INTERVAL`,
      value: ({ drift }) => (drift === null ? "–" : `${signedTwoDecimals(drift.low)} to ${signedTwoDecimals(drift.high)}`),
    },
    { header: "SEEDS", align: "right", value: ({ seeds }) => String(seeds) },
    { header: "BEST", value: ({ optima }) => places.map((place) => bestAt(optima, place)).join(" ") },
    { header: "PAPER", value: (row) => publishedText(row, colors) },
  ];
  return [
    ...wrapWords(`Drift of log2 ${hyperparameter}, octaves per doubling of ${axis}; yes within ± ${margin}:`, columns),
    renderTable(table, rows, columns),
    "",
    ...matrixNotes(matrix, places).flatMap((note) => wrapWords(note, columns)),
  ].join("\n");
}

/** What the table cannot say: counts, both readings of an optimum, what would decide, who published what. */
function matrixNotes({ axis, hyperparameter, rows }: Matrix, places: readonly number[]): readonly string[] {
  const count = (answer: Row["answer"]): number => rows.filter((row) => row.answer === answer).length;
  const judged = rows.filter(({ isAsPublished }) => isAsPublished !== null);
  const unlike = judged.filter(({ isAsPublished }) => isAsPublished === false);
  return [
    `${count("yes")} transfer, ${count("no")} do not, ${count("undecided")} are undecided${judged.length === 0 ? "" : `; ${judged.length - unlike.length} of ${judged.length} decided ones are as published`}${unlike.length === 0 ? "" : `, unlike: ${unlike.map(({ name }) => name).join(", ")}`}`,
    `BEST: log2 of the best ${hyperparameter} of the grid at ${axis} ${places.join(", ")}; in steps of ${stepsText(rows)} it shows no smaller drift over the whole axis. The answer rests on the fitted optima above`,
    ...rows.flatMap(({ name, resolution }) => (resolution === null ? [] : [`${name} ${resolution}`])),
    ...rows.flatMap(({ name, next }) => (next === null ? [] : [`${name}: ${next}`])),
    ...sources(rows).map(([source, names]) => `PAPER of ${names.join(", ")}: ${source}`),
  ];
}

/** `one octave`, `1 or 2 octaves`: the steps of the rows' grids. */
function stepsText(rows: readonly Row[]): string {
  const steps = [...new Set(rows.flatMap(({ gridStepOctaves }) => (gridStepOctaves === null ? [] : Number(gridStepOctaves.toFixed(2)))))];
  return steps.join() === "1" ? "one octave" : `${steps.sort((left, right) => left - right).join(" or ")} octaves`;
}

function sources(rows: readonly Row[]): readonly (readonly [string, readonly string[]])[] {
  const named = new Map<string, string[]>();
  for (const { name, published } of rows)
    if (published != null) named.set(published.source, [...(named.get(published.source) ?? []), name]);
  return [...named];
}

function bestAt(optima: Row["optima"], place: number): string {
  const best = optima.find(({ axisValue }) => axisValue === place)?.bestGridLog2 ?? null;
  return best === null ? "–" : withMinus(Number(best.toFixed(2)));
}

function answerText(answer: Row["answer"], colors: Colors): string {
  switch (answer) {
    case "yes":
      return colors.green("yes");
    case "no":
      return colors.red("no");
    case "undecided":
      return colors.yellow("undecided");
  }
}

/** `≠` where it was decided here and came out otherwise. */
function publishedText({ published, isAsPublished }: Row, colors: Colors): string {
  if (published == null) return "–";
  const text = published.outcome === "transfers" ? "yes" : "no";
  return isAsPublished === false ? colors.yellow(`${text} ≠`) : text;
}

function withMinus(value: number): string {
  return value < 0 ? `−${-value}` : String(value);
}
