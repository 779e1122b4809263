import { independentFindings, independentTables } from "../operations/report-independent.ts";
import type { StudyDetails } from "../operations/show-study.ts";
import { wrapWords } from "./render-error.ts";
import { renderTable } from "./table.ts";

/** What an independent search has found so far: its findings, lines and matrix of transfer errors; nothing for other studies. */
export function independentLines({ independentSearch }: Pick<StudyDetails, "independentSearch">, columns: number): readonly string[] {
  if (independentSearch === null) return [];
  return [
    "",
    ...independentFindings(independentSearch).flatMap(({ label, text }) => [
      `${label}:`,
      ...wrapWords(text, columns - 2).map((line) => `  ${line}`),
    ]),
    ...independentTables(independentSearch).flatMap(({ title, columns: headers, rows, note }) => [
      "",
      `${title}:`,
      ...renderTable(
        headers.map((header, index) => ({
          header,
          value: (row: readonly string[]) => row[index] ?? "",
        })),
        rows,
        columns - 2,
      )
        .split("\n")
        .map((line) => `  ${line}`),
      ...(note === undefined ? [] : wrapWords(note, columns - 2).map((line) => `  ${line}`)),
    ]),
  ];
}
