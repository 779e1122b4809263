import { rowParts, type RowPart } from "../fits/readings/fitted-rows.ts";
import type { JsonObject } from "../study/content-hash.ts";
import type { FigureTheme } from "./plotly-figure.ts";
import { figureColors } from "./theme.ts";

/** How a row's part is told in print without colour: by symbol, and by whether it is filled. */
const symbols: Readonly<Record<RowPart, { readonly symbol: string; readonly size: number }>> = {
  fitted: { symbol: "circle", size: 6 },
  "held out": { symbol: "diamond-open", size: 9 },
  excluded: { symbol: "x-thin-open", size: 7 },
};

/** Marker of rows of one part. */
export function rowMarker(part: RowPart, color: string | readonly string[]): JsonObject {
  const { symbol, size } = symbols[part];
  return { symbol, size, color, line: { width: part === "fitted" ? 0.5 : 1.8, ...(part === "fitted" ? {} : { color }) } };
}

/** Legend entries of the parts that occur, with how many rows each has. */
export function rowLegend(theme: FigureTheme, parts: readonly RowPart[], colorOf?: (part: RowPart) => string): readonly JsonObject[] {
  const { text, muted } = figureColors(theme);
  return rowParts.flatMap((part) => {
    const count = parts.filter((own) => own === part).length;
    if (count === 0) return [];
    const color = colorOf?.(part) ?? (part === "excluded" ? muted : text);
    return [legendEntry(`${part} (${count})`, { mode: "markers", marker: rowMarker(part, color) })];
  });
}

/** A trace without points: only its entry in the legend is seen. */
export function legendEntry(name: string, style: JsonObject): JsonObject {
  return { type: "scatter", x: [null], y: [null], name, hoverinfo: "skip", showlegend: true, ...style };
}
