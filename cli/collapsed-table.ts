import type { CollapsedRow } from "./collapsed-rows.ts";
import { type Column, renderTable, textWidth } from "./table.ts";

type Line<Row> = { readonly heading: string } | CollapsedRow<Row>;

/**
 * Collapsed rows under their headings; as many tables as the terminal's width needs, each with the names in front, so that no
 * name is cut and no number left out.
 *
 * @param nameHeader header of the column of names
 */
export function renderCollapsed<Row>(
  nameHeader: string,
  columns: readonly Column<Row>[],
  rows: readonly CollapsedRow<Row>[],
  width: number,
): readonly string[] {
  const lines = rows.flatMap((row, index): readonly Line<Row>[] =>
    row.heading === "" || row.heading === rows[index - 1]?.heading ? [row] : [{ heading: row.heading }, row],
  );
  const name: Column<Line<Row>> = {
    header: nameHeader,
    value: (line) => ("row" in line ? `${line.heading === "" ? "" : "  "}${line.label}` : line.heading),
    flexible: true,
  };
  const others = columns.map(
    (column): Column<Line<Row>> => ({ ...column, value: (line) => ("row" in line ? column.value(line.row) : "") }),
  );
  return splitColumns(name, others, lines, width).flatMap((part, index) => [...(index === 0 ? [] : [""]), renderTable(part, lines, width)]);
}

function splitColumns<Row>(
  name: Column<Line<Row>>,
  others: readonly Column<Line<Row>>[],
  lines: readonly Line<Row>[],
  width: number,
): readonly (readonly Column<Line<Row>>[])[] {
  const gap = 2;
  const widthOf = (column: Column<Line<Row>>): number =>
    Math.max(textWidth(column.header), ...lines.map((line) => textWidth(column.value(line))));
  const parts: Column<Line<Row>>[][] = [[name]];
  let used = widthOf(name);
  for (const column of others) {
    if (used + gap + widthOf(column) > width && (parts.at(-1)?.length ?? 0) > 1) {
      parts.push([name]);
      used = widthOf(name);
    }
    parts.at(-1)?.push(column);
    used += gap + widthOf(column);
  }
  return parts;
}
