import { stripVTControlCharacters } from "node:util";
import Table from "cli-table3";

/** One column of a printed table; `value` makes the cell's text of a row. */
export interface Column<Row> {
  readonly header: string;
  readonly value: (row: Row) => string;
  readonly align?: "left" | "right";
  /** May be shortened (with an ellipsis) when the table is wider than the terminal; at least one column should be. */
  readonly flexible?: boolean;
}

const gap = 2;
const smallestFlexibleWidth = 6;

/**
 * A table without borders that is at most `width` columns wide as long as its inflexible columns allow it: headers in
 * capitals, two spaces between columns, no trailing spaces. Flexible columns give way, the widest first.
 */
export function renderTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): string {
  const cells = rows.map((row) => columns.map((column) => column.value(row)));
  const natural = columns.map((column, index) => Math.max(textWidth(column.header), ...cells.map((row) => textWidth(row[index] ?? ""))));
  const widths = fitWidths(columns, natural, width);
  const table = new Table({
    head: columns.map((column) => column.header),
    colWidths: widths.map((columnWidth, index) => columnWidth + (index === columns.length - 1 ? 0 : gap)),
    colAligns: columns.map((column) => column.align ?? "left"),
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [], compact: true },
    truncate: "…",
    chars: noBorders,
  });
  // The gap is part of the cell, so that a right-aligned column keeps its distance from the next one.
  for (const row of cells) table.push(row.map((cell, index) => ({ content: padForGap(cell, index, columns, widths) })));
  table.options.head = columns.map((column, index) => padForGap(column.header, index, columns, widths));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

/** Number of terminal columns of a text on one line, colour codes not counted. */
export function textWidth(text: string): number {
  return Array.from(stripVTControlCharacters(text)).length;
}

function padForGap<Row>(cell: string, index: number, columns: readonly Column<Row>[], widths: readonly number[]): string {
  const width = widths[index] ?? 0;
  const short =
    textWidth(cell) > width
      ? `${Array.from(stripVTControlCharacters(cell))
          .slice(0, width - 1)
          .join("")}…`
      : cell;
  const isLast = index === columns.length - 1;
  return columns[index]?.align === "right" && !isLast ? `${short}${" ".repeat(gap)}` : short;
}

function fitWidths<Row>(columns: readonly Column<Row>[], natural: readonly number[], width: number): readonly number[] {
  const widths = [...natural];
  const total = (): number => widths.reduce((sum, columnWidth) => sum + columnWidth, 0) + gap * (widths.length - 1);
  while (total() > width) {
    const candidates = widths
      .map((columnWidth, index) => ({ columnWidth, index }))
      .filter(({ columnWidth, index }) => columns[index]?.flexible === true && columnWidth > smallestFlexibleWidth)
      .sort((left, right) => right.columnWidth - left.columnWidth || right.index - left.index);
    const widest = candidates[0];
    if (widest === undefined) break;
    widths[widest.index] = widest.columnWidth - 1;
  }
  return widths;
}

const noBorders = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "",
};
