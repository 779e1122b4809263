import type { Colors } from "picocolors/types.js";
import type { ImportReport } from "../operations/import-runs.ts";
import { countText, measureText } from "./number-text.ts";
import { hang, wrapWords } from "./render-error.ts";
import { type Column, renderTable } from "./table.ts";

/** Records left out that are shown unless all are asked for. */
const shownExclusions = 20;

/** What became of a file: variables, what N counts, every reason with its count, lines left out, warnings, where the rows are. */
export function renderImport(report: ImportReport, { colors, columns, all }: ImportTextOptions): string {
  const { rows, place } = report;
  const sections = [
    [
      `${report.source} (${report.format}): ${countText(rows.read, place)} read, ${countText(rows.kept, "row")} kept, ${rows.read - rows.kept} left out`,
    ],
    [renderTable(variableColumns, report.variables, columns), ...factLines(report, columns)],
    exclusionLines(report, columns, all),
    report.warnings.map((warning) => hang("warning: ", warning, Math.min(columns, 100), { paint: colors.yellow, indent: "  " })),
    storedLines(report, columns),
  ];
  return sections.flatMap((lines) => (lines.length === 0 ? [] : [lines.join("\n")])).join("\n\n");
}

interface ImportTextOptions {
  readonly colors: Colors;
  readonly columns: number;
  readonly all: boolean;
}

type Variable = ImportReport["variables"][number];

const variableColumns: readonly Column<Variable>[] = [
  { header: "VARIABLE", value: ({ name }) => name },
  { header: "FROM", value: ({ from }) => from, flexible: true },
  { header: "SMALLEST", align: "right", value: ({ smallest }) => (smallest === null ? "" : measureText(smallest)) },
  { header: "LARGEST", align: "right", value: ({ largest }) => (largest === null ? "" : measureText(largest)) },
];

function factLines(report: ImportReport, columns: number): readonly string[] {
  const { counting, clusterColumn, clusters, seedColumn, computeOverSixND } = report;
  const lines: string[] = [];
  if (report.variables.some(({ name }) => name === "N"))
    lines.push(
      counting === "unknown"
        ? "N counts: not known"
        : `N counts: ${counting === "total" ? "all parameters, embeddings too" : "parameters without embeddings"}`,
    );
  if (computeOverSixND !== null) {
    const { smallest, largest } = computeOverSixND;
    const isSame = smallest > 0.9995 && largest < 1.0005;
    lines.push(isSame ? "C counts: 6 N D in every row" : `C counts: ${measureText(smallest)} to ${measureText(largest)} times 6 N D`);
  }
  lines.push(clusterColumn === null ? "clusters: each row is its own (--cluster COLUMN)" : `clusters: ${clusters}, by ${clusterColumn}`);
  lines.push(seedColumn === null ? "seeds: no column" : `seeds: by ${seedColumn}`);
  return lines.flatMap((line) => wrapWords(line, columns));
}

function exclusionLines({ rows, place }: ImportReport, columns: number, all: boolean): readonly string[] {
  const { excluded, excludedByReason } = rows;
  if (excluded.length === 0) return [];
  const counts = Object.entries(excludedByReason)
    .map(([reason, count]) => `${count} ${reasonWords[reason] ?? reason}`)
    .join(", ");
  const shown = all ? excluded : excluded.slice(0, shownExclusions);
  const listed = shown.map(({ line, label, words }) =>
    hang(`  ${place} ${line}${label === undefined ? "" : ` (${label})`}: `, words, columns, { indent: "      " }),
  );
  const more = excluded.length - shown.length;
  return [
    ...wrapWords(`left out: ${counts}`, columns),
    ...listed,
    ...(more > 0 ? [`  and ${more} more: --all shows every one, and so does --json`] : []),
  ];
}

const reasonWords: Readonly<Record<string, string>> = {
  unfinished: "not finished",
  where: "by --where",
  missing: "with an empty cell",
  notANumber: "with text for a number",
  nan: "with NaN",
  infinite: "with infinity",
  nonPositive: "not above 0",
};

function storedLines(report: ImportReport, columns: number): readonly string[] {
  const { status, study, replaced } = report;
  const lines: string[] = [];
  if (status === "read") lines.push("nothing was stored: --study NAME keeps these rows");
  if (status === "stored") lines.push(`kept in study ${study ?? ""} as ${report.import ?? ""}`);
  if (status === "unchanged") lines.push(`study ${study ?? ""} has exactly these rows already, as ${report.import ?? ""}: nothing changed`);
  if (replaced.length > 0) lines.push(`in place of ${replaced.join(", ")}`);
  return lines.flatMap((line) => wrapWords(line, columns));
}
