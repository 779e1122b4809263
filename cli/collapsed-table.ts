import type { CollapsedRow } from "./collapsed-rows.ts";
import { type Column, textWidth } from "./table.ts";

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
  const name: TextColumn = { header: nameHeader, right: false, texts: lines.map((line) => lineName(line)) };
  const others = columns.map(
    ({ header, align, value }): TextColumn => ({
      header,
      right: align === "right",
      texts: lines.map((line) => ("row" in line ? value(line.row) : "")),
    }),
  );
  return splitColumns(name, others, width).flatMap((part, index) => [...(index === 0 ? [] : [""]), ...renderPart(part, lines.length)]);
}

const gap = 2;

interface TextColumn {
  readonly header: string;
  readonly right: boolean;
  readonly texts: readonly string[];
}

function lineName<Row>(line: Line<Row>): string {
  if (!("row" in line)) return line.heading;
  return line.heading === "" ? line.label : `  ${line.label}`;
}

function widthOf({ header, texts }: TextColumn): number {
  return Math.max(textWidth(header), ...texts.map(textWidth));
}

function splitColumns(name: TextColumn, others: readonly TextColumn[], width: number): readonly (readonly TextColumn[])[] {
  const parts: TextColumn[][] = [[name]];
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

/** Nothing is ever cut, so the rows are only padded. */
function renderPart(part: readonly TextColumn[], lines: number): readonly string[] {
  const widths = part.map(widthOf);
  const render = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => {
        const space = " ".repeat(Math.max(0, (widths[index] ?? 0) - textWidth(cell)));
        return part[index]?.right === true ? `${space}${cell}` : `${cell}${space}`;
      })
      .join(" ".repeat(gap))
      .trimEnd();
  return [
    render(part.map(({ header }) => header)),
    ...Array.from({ length: lines }, (_, line) => render(part.map(({ texts }) => texts[line] ?? ""))),
  ];
}
