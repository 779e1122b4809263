import { reachedLeast } from "../analysis/fits/sensitivity-spread.ts";
import { shareInPercent } from "../analysis/study/number-words.ts";
import type { SensitivityReport } from "../operations/fit-sensitivity.ts";
import { flopsText, threeDigitsText } from "./number-text.ts";
import { hang, wrapWords } from "./render-error.ts";
import { type Column, renderTable, textWidth } from "./table.ts";

type Row = SensitivityReport["rows"][number];

/** A line of the table: a way to fit, or the heading of several. */
interface Line {
  readonly label: string;
  readonly row: Row | null;
}

const headings = { form: "other forms", counting: "counting", objective: "objective", starts: "starts", rows: "rows" } as const;

/** One table of every way to fit the same rows, start grids beside their objectives, and how far apart it all is. */
export function renderSensitivity(report: SensitivityReport, columns: number): string {
  const { law, formula, computes, rows, spreads, notes } = report;
  const lines = linesOf(rows);
  const whole = [...parameterColumns(report), ...optimumColumns(report, 0)];
  const fits = widthOf(whole, lines) <= columns;
  const tables = Math.max(1, computes.length);
  return [
    hang(`${law}: `, formula, columns, { indent: "  " }),
    ...Array.from({ length: tables }, (_, index) => {
      const compute = computes[index];
      const shown = fits && index === 0 ? whole : optimumColumns(report, index);
      return [
        "",
        ...wrapWords(
          compute === undefined
            ? "the same rows, fitted in other ways:"
            : `the same rows, fitted in other ways, with the best split of ${flopsText(compute)}:`,
          columns,
        ),
        renderTable([variantColumn, ...shown], lines, columns),
      ].join("\n");
    }),
    ...(fits ? [] : ["parameters of each: --json"]),
    "",
    ...formWords(report).flatMap((line) => hang("", line, columns, { indent: "  " }).split("\n")),
    ...(rows.some(({ factor }) => factor === "starts") ? ["", renderStarts(report, columns)] : []),
    "",
    ...notes.flatMap((note) => wrapWords(note, columns)),
    ...rows.flatMap(({ variant, refused }) => (refused === null ? [] : [hang(`${variant}: `, refused, columns, { indent: "  " })])),
    ...spreads.flatMap((spread) => wrapWords(spreadWords(report, spread), columns)),
  ].join("\n");
}

const variantColumn: Column<Line> = { header: "VARIANT", value: ({ label }) => label, flexible: true };

function linesOf(rows: readonly Row[]): readonly Line[] {
  const own = rows.flatMap((row) => (row.factor === null ? [{ label: row.variant, row }] : []));
  const groups = (Object.keys(headings) as (keyof typeof headings)[]).flatMap((factor) => {
    const members = rows.filter((row) => row.factor === factor);
    return members.length === 0
      ? []
      : [{ label: headings[factor], row: null }, ...members.map((row) => ({ label: `  ${shortWords(row)}`, row }))];
  });
  return [...own, ...groups];
}

function parameterColumns({ parameterNames, law }: SensitivityReport): readonly Column<Line>[] {
  return parameterNames.map((name) => ({
    header: name,
    align: "right",
    value: ({ row }) => {
      if (row === null) return "";
      const value = row.law === law ? row.parameters[name] : undefined;
      return value === undefined ? "–" : value === null ? "0" : threeDigitsText(value);
    },
  }));
}

function optimumColumns({ split, computes }: SensitivityReport, index: number): readonly Column<Line>[] {
  if (split === null || computes.length === 0)
    return [{ header: "ROWS", align: "right", value: ({ row }) => (row === null ? "" : String(row.rowCount)) }];
  const shown = (row: Row | null, of: "size" | "tokens"): string => {
    if (row === null) return "";
    const optimum = row.optima[index];
    return optimum == null ? "none" : threeDigitsText(optimum[of]);
  };
  return [
    { header: `${split.size}*`, align: "right", value: ({ row }) => shown(row, "size") },
    { header: `${split.tokens}*`, align: "right", value: ({ row }) => shown(row, "tokens") },
  ];
}

function widthOf(shown: readonly Column<Line>[], lines: readonly Line[]): number {
  return [variantColumn, ...shown]
    .map((column) => Math.max(textWidth(column.header), ...lines.map((line) => textWidth(column.value(line)))))
    .reduce((sum, width) => sum + width + 2, -2);
}

/** Parameters of other forms, whose names are no columns. */
function formWords({ rows, law }: SensitivityReport): readonly string[] {
  return rows.flatMap(({ law: other, factor, parameters, refused }) =>
    other === law || factor !== "form" || refused !== null
      ? []
      : [
          `${other}: ${Object.entries(parameters)
            .map(([name, value]) => `${name} ${value === null ? "0" : threeDigitsText(value)}`)
            .join(", ")}`,
        ],
  );
}

/** Grids of starts are judged by the objective that they reach. */
function renderStarts({ rows, startsRanked }: SensitivityReport, columns: number): string {
  const own = rows.filter(({ factor }) => factor === null);
  const chosen = rows.filter(({ factor, refused }) => factor === "starts" && refused === null);
  const least = Math.min(...[...own, ...chosen].map(({ objectiveValue }) => objectiveValue));
  const startColumns: readonly Column<Row>[] = [
    { header: "START GRID", value: ({ factor, variant }) => (factor === null ? `best of ${startsRanked} ranked` : variant) },
    { header: "RUN", align: "right", value: ({ startsRun }) => String(startsRun) },
    { header: "OBJECTIVE", align: "right", value: ({ objectiveValue }) => objectiveText(objectiveValue) },
    {
      header: "REACHED BY",
      align: "right",
      value: (row) => (reachedLeast(row, rows) ? shareInPercent(row.shareReached) : "–"),
    },
    {
      header: "",
      value: (row) => (reachedLeast(row, rows) ? "" : `not the least, ${threeDigitsText(row.objectiveValue / least)} times it`),
    },
  ];
  return renderTable(startColumns, [...own, ...chosen], columns);
}

function spreadWords({ split }: SensitivityReport, spread: SensitivityReport["spreads"][number]): string {
  const { compute, asFitted, smallest, largest, factor, byFactor, without, missed } = spread;
  const name = `${split?.size ?? "N"}*`;
  const parts = byFactor.map((part) => `${headings[part.factor]} ${part.spread.toFixed(2)}`).join(", ");
  const none = without.length === 0 ? "" : `; none by ${without.map(plain).join(", ")}`;
  const lost = missed.length === 0 ? "" : `; not counted: ${missed.map(plain).join(", ")}, which did not reach the minimum`;
  const fitted = asFitted === null ? "has no optimum as fitted" : `is ${threeDigitsText(asFitted)} as fitted`;
  return `${name} at ${flopsText(compute)} ${fitted}; it runs from ${threeDigitsText(smallest.size)} (${plain(smallest.variant)}) to ${threeDigitsText(largest.size)} (${plain(largest.variant)}), a factor of ${factor.toFixed(2)} (${parts})${none}${lost}`;
}

/** `without the 5 rows of the largest residuals` is `less 5 largest residuals` where room is scarce. */
function shortWords({ variant }: Row): string {
  const [, count = "", which] = /^without the (?:(\d+) rows|row) of the (.+)$/.exec(variant) ?? [];
  return which === undefined ? plain(variant) : `less ${count === "" ? "1" : count} ${which}`;
}

function plain(variant: string): string {
  return variant.replaceAll("e+", "e");
}

/** Seven digits: objectives of two searches differ in the last of them. */
function objectiveText(value: number): string {
  return value < 1e-4 ? value.toExponential(6) : value.toPrecision(7);
}
