import { type FigureLayout, type FigureTrace, legendTitle } from "./figure-schema.ts";
import { columnsOf, type CharacterSet, plainText, plainTickText, wrapText } from "./plain-text.ts";
import { drawsLine, drawsMarkers, isBand, opacityOf, type SeriesMarks } from "./series-marks.ts";

/** How bands and lines look in a legend. */
const samples: Readonly<
  Record<CharacterSet, { readonly light: string; readonly dense: string; readonly line: string; readonly dashed: string }>
> = {
  unicode: { light: "░░", dense: "▒▒", line: "⠤⠤⠤", dashed: "⠤⠀⠤" },
  ascii: { light: "::", dense: "%%", line: "---", dashed: "- -" },
};

/** Bands of at least this opacity are the inner ones. */
export const denseOpacity = 0.25;

/**
 * Every legend of a figure on lines of its own, wrapped: `model size (parameters): ● 44M  ■ 1.1B`.
 *
 * @param named series whose line ends have a mark
 */
export function legendLines(
  traces: readonly FigureTrace[],
  layout: FigureLayout,
  {
    marks,
    marked,
    characters,
    columns,
  }: { readonly marks: SeriesMarks; readonly marked: ReadonlySet<string>; readonly characters: CharacterSet; readonly columns: number },
): readonly string[] {
  if (layout.showlegend === false) return [];
  const listed = traces.filter(({ name, showlegend }) => showlegend !== false && name !== undefined && name !== "");
  const legends = [...new Set(listed.map(({ legend }) => legend))].map((legend) => ({
    title: plainText(legendTitle(layout, legend), characters),
    entries: listed
      .filter((trace) => trace.legend === legend)
      .map((trace) => `${sample(trace, marks, marked, characters)} ${plainTickText(trace.name ?? "", characters)}`),
  }));
  const key = { title: marks.keyTitle, entries: marks.keyEntries.map(({ mark, text }) => `${mark} ${text}`) };
  return [...legends, ...(key.entries.length === 0 ? [] : [key])].flatMap(({ title, entries }) =>
    wrapEntries(title === "" ? "" : `${title}:`, [...new Set(entries)], columns),
  );
}

function sample(trace: FigureTrace, marks: SeriesMarks, marked: ReadonlySet<string>, characters: CharacterSet): string {
  const { light, dense, line, dashed } = samples[characters];
  if (isBand(trace)) return opacityOf(trace.fillcolor) >= denseOpacity ? dense : light;
  if (drawsMarkers(trace)) return marks.ofEntry(trace);
  if (!drawsLine(trace)) return "";
  const color = typeof trace.line.color === "string" ? trace.line.color : undefined;
  // A thick translucent line stands for a band.
  if (opacityOf(color) < 0.6) return opacityOf(color) >= denseOpacity ? dense : light;
  const identity = marks.lineIdentity(trace);
  if (identity !== null && marked.has(identity)) return marks.ofLine(trace);
  return trace.line.dash === "solid" ? line : dashed;
}

function wrapEntries(title: string, entries: readonly string[], columns: number): readonly string[] {
  const lines = title === "" ? [] : [...wrapText(title, columns)];
  for (const [index, entry] of entries.entries()) {
    const last = lines.at(-1);
    const gap = index === 0 ? " " : "   ";
    if (last === undefined) lines.push(entry);
    else if (columnsOf(last) + gap.length + columnsOf(entry) <= columns) lines[lines.length - 1] = `${last}${gap}${entry}`;
    else lines.push(`  ${entry}`);
  }
  return lines.flatMap((line) => (columnsOf(line) <= columns ? [line] : wrapText(line, columns)));
}
