import type { RunTable, SourceRecord } from "../../analysis/rows/run-table.ts";
import { decodeText, readText, type RunSource, type RunTableFormat, runTableInvalid } from "./run-table-format.ts";

/** Text with a header line and a separator: `,`, `;` or a tab, whichever the header has most of (RFC 4180 quoting). */
export const csvFormat: RunTableFormat = {
  id: "csv",
  reads: "text with a header line; comma, semicolon or tab between cells",
  detect: ({ isFolder, head, path }) => !isFolder && (/\.(csv|tsv|txt)$/i.test(path) || !head.includes(0)),
  read: async (source) => parseCsv(await readText(source), source.name),
};

/** One line of cells, with the line of the file where it begins. */
interface CsvLine {
  readonly line: number;
  readonly cells: readonly string[];
  readonly unreadable?: string;
}

/**
 * Parses a whole text. A line whose number of cells is not that of the header is kept as unreadable; empty lines are none.
 * Columns without a name (an index that was written along) get one and count as bookkeeping.
 *
 * @throws LadderError `input` RUN_TABLE_INVALID without a header, or with two columns of one name
 */
export function parseCsv(text: string, name: string): RunTable {
  const separator = findSeparator(text);
  const lines = readLines(text, separator);
  const header = lines.next().value;
  if (header === undefined) throw runTableInvalid(name, "it is empty: the first line must hold the names of the columns");
  const columns = header.cells.map((cell, index) => (cell.trim() === "" ? `column ${index + 1}` : cell.trim()));
  const twice = columns.find((column, index) => columns.indexOf(column) !== index);
  if (twice !== undefined) throw runTableInvalid(name, `two of its columns are called ${JSON.stringify(twice)}: rename one`);
  const records: SourceRecord[] = [];
  for (const line of lines) records.push(checkLine(line, columns.length));
  const unnamed = columns.filter((column, index) => (header.cells[index] ?? "").trim() === "" || /^Unnamed: \d+$/.test(column));
  return { format: "csv", place: "line", columns, outcomeColumns: unnamed, records, notes: [] };
}

/** Names of the columns of a text that is a CSV, from its first bytes. */
export function csvHeader({ head }: Pick<RunSource, "head">): readonly string[] {
  const text = decodeText(head);
  return (readLines(text, findSeparator(text)).next().value?.cells ?? []).map((cell) => cell.trim());
}

function checkLine({ line, cells, unreadable }: CsvLine, expected: number): SourceRecord {
  if (unreadable !== undefined) return { line, cells, unreadable };
  const trailing = cells.slice(expected).every((cell) => cell.trim() === "");
  if (cells.length >= expected && trailing) return { line, cells: cells.length === expected ? cells : cells.slice(0, expected) };
  return { line, cells, unreadable: `the line has ${cells.length} cells, the header ${expected}` };
}

function findSeparator(text: string): string {
  const firstLine = text.slice(0, Math.max(0, text.search(/[\r\n]|$/))).replace(/"[^"]*"/g, "");
  const counted = [",", ";", "\t"].map((separator) => ({ separator, count: firstLine.split(separator).length }));
  return counted.reduce((best, next) => (next.count > best.count ? next : best)).separator;
}

/** Lines of cells. Quoted cells may hold separators, line ends and doubled quotes; a quote inside an open cell is a letter. */
function* readLines(text: string, separator: string): Generator<CsvLine, undefined> {
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const start = line;
    const cells: string[] = [];
    let unreadable: string | undefined;
    let isQuoted = false;
    for (;;) {
      let cell: string;
      if (text[at] === '"') {
        isQuoted = true;
        const end = endOfQuoted(text, at + 1);
        cell = text.slice(at + 1, end).replaceAll('""', '"');
        line += countLineEnds(cell);
        at = end + 1;
        if (end >= text.length) unreadable = `a quote is opened in line ${start} and never closed: the file ends in it, at line ${line}`;
        // What follows a closing quote up to the separator belongs to the cell: "3.1" nats
        const rest = endOfPlain(text, at, separator);
        cell += text.slice(at, rest);
        at = Math.max(at, rest);
      } else {
        const end = endOfPlain(text, at, separator);
        cell = text.slice(at, end);
        at = end;
      }
      cells.push(cell);
      if (text[at] !== separator) break;
      at += 1;
    }
    if (text[at] === "\r" && text[at + 1] === "\n") at += 1;
    at += 1;
    line += 1;
    if (cells.length === 1 && cells[0]?.trim() === "" && !isQuoted) continue;
    yield unreadable === undefined ? { line: start, cells } : { line: start, cells, unreadable };
  }
  return undefined;
}

/** Offset of the quote that closes, or of the end of the text. */
function endOfQuoted(text: string, from: number): number {
  let at = from;
  for (;;) {
    at = text.indexOf('"', at);
    if (at < 0) return text.length;
    if (text[at + 1] !== '"') return at;
    at += 2;
  }
}

function endOfPlain(text: string, from: number, separator: string): number {
  let at = from;
  while (at < text.length) {
    const character = text[at];
    if (character === separator || character === "\n" || character === "\r") return at;
    at += 1;
  }
  return text.length;
}

function countLineEnds(cell: string): number {
  return cell.split(/\r\n|\r|\n/).length - 1;
}
