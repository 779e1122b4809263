import { z } from "zod";
import { roundTicks, type Tick } from "./axis-ticks.ts";
import { type Dot, dotCanvas, type DotCanvas, dotsAcross, dotsDown } from "./dot-canvas.ts";
import { type FigureLayout, type FigureTrace, layoutSchema, traceSchema } from "./figure-schema.ts";
import { denseOpacity, legendLines } from "./legend-lines.ts";
import { errorEnds, figureWords, onAxis, type Panel, readPanels } from "./panels.ts";
import { asciiText, type CharacterSet, columnsOf, wrapText } from "./plain-text.ts";
import { drawsLine, drawsMarkers, hasPoints, isBand, opacityOf, type SeriesMarks, seriesMarks } from "./series-marks.ts";
import type { PlotlyFigure } from "../plotly-figure.ts";

export interface TerminalFigureOptions {
  /** Above all; left out: the figure's own title, or none. */
  readonly title?: string;
  /** Characters across, at least 40; more than 120 are not used. */
  readonly columns: number;
  /** Rows of each panel without its axis; left out: 18, or 12 where there are two or three panels, or 8 where there are more. */
  readonly rows?: number;
  readonly characters: CharacterSet;
}

/** Characters for the ends of lines beside the frame. */
const mostEndMarks = 4;

/**
 * Draws the scatter traces of any of our figures in characters: lines and error bars in dots, bands as shades, one mark a series. No colour
 * is needed to read it. Panels stand one below another.
 *
 * @returns lines of at most `columns` characters, without trailing blanks; with `ascii` of printable ASCII alone
 */
export function terminalFigure(figure: PlotlyFigure, { title, columns, rows, characters }: TerminalFigureOptions): string {
  const layout = layoutSchema.parse(figure.layout);
  const all = z.array(traceSchema).parse(figure.data);
  const traces = all.filter((trace) => /^scatter(gl)?$/.test(trace.type) && trace.visible === true);
  const width = Math.max(40, Math.min(columns, 120));
  const marks = seriesMarks(traces, layout, characters);
  const panels = readPanels(traces, layout, characters).filter(({ traces: own }) => own.some(hasPoints));
  const height = rows ?? (panels.length > 3 ? 8 : panels.length > 1 ? 12 : 18);
  const words = figureWords(layout, characters);
  const heading = [title ?? layout.title.text, ...words.headings].filter((text) => text !== "");
  const drawn = panels.map((panel) => drawPanel(panel, { layout, marks, characters, width, height }));
  const marked = new Set(drawn.flatMap(({ marked: own }) => [...own]));
  const otherKinds = [...new Set(all.filter((trace) => !traces.includes(trace) && trace.visible === true).map(({ type }) => type))];
  const missing = otherKinds.length === 0 ? [] : [`(not drawn in a terminal: ${otherKinds.join(", ")})`];
  return [
    ...heading.flatMap((text) => wrapText(text, width)),
    ...drawn.flatMap(({ lines }, index) => [...(index > 0 ? [""] : []), ...lines]),
    ...legendLines(traces, layout, { marks, marked, characters, columns: width }),
    ...[...words.notes, ...missing].flatMap((text) => wrapText(text, width)),
  ]
    .map((line) => (characters === "ascii" ? asciiText(line) : line).trimEnd())
    .join("\n");
}

interface PanelStyle {
  readonly layout: FigureLayout;
  readonly marks: SeriesMarks;
  readonly characters: CharacterSet;
  readonly width: number;
  readonly height: number;
}

const frames: Readonly<
  Record<
    CharacterSet,
    { readonly side: string; readonly sideTick: string; readonly corner: string; readonly floor: string; readonly floorTick: string }
  >
> = {
  unicode: { side: "│", sideTick: "┤", corner: "└", floor: "─", floorTick: "┬" },
  ascii: { side: "|", sideTick: "+", corner: "+", floor: "-", floorTick: "+" },
};

function drawPanel(panel: Panel, style: PanelStyle): { readonly lines: readonly string[]; readonly marked: ReadonlySet<string> } {
  const { marks, characters, width, height } = style;
  const frame = frames[characters];
  const ticksY =
    panel.y.ticks ?? roundTicks(sorted(panel.y.range), { isLogarithmic: panel.y.isLogarithmic, most: Math.ceil(height / 2), characters });
  const lines = panel.traces.filter((trace) => drawsLine(trace) && hasPoints(trace));
  const identities = new Set(lines.flatMap((trace) => marks.lineIdentity(trace) ?? []));
  const ends = identities.size > 1 ? mostEndMarks : 0;
  const labels = labelRows(ticksY, panel.y.range, height);
  const margin = Math.min(Math.floor(width / 4), Math.max(0, ...[...labels.values()].map(columnsOf)));
  const columns = width - margin - 2 - ends;
  const ticksX =
    panel.x.ticks ?? roundTicks(sorted(panel.x.range), { isLogarithmic: panel.x.isLogarithmic, most: Math.floor(columns / 9), characters });
  const place = (x: unknown, y: unknown): Dot => ({
    x: share(onAxis(x, panel.x.isLogarithmic), panel.x.range) * (columns * dotsAcross - 1) + 0.5,
    y: (1 - share(onAxis(y, panel.y.isLogarithmic), panel.y.range)) * (height * dotsDown - 1) + 0.5,
  });
  const canvas = dotCanvas(columns, height, characters);
  drawShapes(panel, canvas, columns, height);
  for (const trace of panel.traces) drawBand(trace, panel.traces, canvas, place);
  for (const trace of panel.traces) drawTrace(trace, canvas, place, marks);
  for (const { x, y, text } of panel.labels) drawLabel(canvas, placeOnAxes(panel, x, y, columns, height), text);
  const endMarks = ends === 0 ? new Map<number, string>() : lineEnds(lines, place, marks, { columns, height });
  const body = canvas.rows().map((row, index) => {
    const label = labels.get(index);
    return `${(label ?? "").slice(0, margin).padStart(margin)} ${label === undefined ? frame.side : frame.sideTick}${row}${endMarks.get(index) ?? ""}`;
  });
  const floor = floorLines(ticksX, panel.x.range, columns, characters);
  const indent = " ".repeat(margin + 1);
  return {
    lines: [
      ...[panel.title, panel.y.title].filter((text) => text !== "").flatMap((text) => wrapText(text, width)),
      ...body,
      `${indent}${frame.corner}${floor.line}`,
      `${indent} ${floor.labels}`.slice(0, width),
      ...wrapText(panel.x.title, columns).flatMap((text) => (text === "" ? [] : [centered(text, margin + 2, columns)])),
    ],
    marked: ends === 0 ? new Set() : identities,
  };
}

function drawShapes({ shapes, x, y }: Panel, canvas: DotCanvas, columns: number, height: number): void {
  for (const { isLine, isDashed, corners } of shapes) {
    const [left, bottom, right, top] = corners;
    const dots = ([at, up]: readonly [number, number]): Dot => ({
      x: share(at, x.range) * (columns * dotsAcross - 1) + 0.5,
      y: (1 - share(up, y.range)) * (height * dotsDown - 1) + 0.5,
    });
    if (isLine) canvas.line([dots([left, bottom]), dots([right, top])], isDashed);
    else canvas.fill([dots([left, bottom]), dots([right, bottom]), dots([right, top]), dots([left, top])], false);
  }
}

function placeOnAxes({ x, y }: Panel, at: number, up: number, columns: number, height: number): Dot {
  return { x: share(at, x.range) * (columns * dotsAcross - 1) + 0.5, y: (1 - share(up, y.range)) * (height * dotsDown - 1) + 0.5 };
}

type Place = (x: unknown, y: unknown) => Dot;

function drawBand(trace: FigureTrace, traces: readonly FigureTrace[], canvas: DotCanvas, place: Place): void {
  if (trace.fill === "none") return;
  const isDense = opacityOf(trace.fillcolor) >= denseOpacity;
  const own = trace.x.map((x, point) => place(x, trace.y[point]));
  if (trace.fill === "toself") canvas.fill(own, isDense);
  const before = traces[traces.indexOf(trace) - 1];
  if (trace.fill === "tonexty" && before !== undefined)
    canvas.fill([...own, ...before.x.map((x, point) => place(x, before.y[point])).reverse()], isDense);
}

function drawTrace(trace: FigureTrace, canvas: DotCanvas, place: Place, marks: SeriesMarks): void {
  if (isBand(trace)) return;
  if (drawsLine(trace))
    canvas.line(
      trace.x.map((x, point) => place(x, trace.y[point])),
      trace.line.dash !== "solid",
    );
  for (const [point, x] of trace.x.entries()) {
    const y = trace.y[point];
    const [across, up] = [errorEnds(trace.error_x, x, point), errorEnds(trace.error_y, y, point)];
    if (across !== null) canvas.line([place(across[0], y), place(across[1], y)], false);
    if (up !== null) canvas.line([place(x, up[0]), place(x, up[1])], false);
  }
  if (!drawsMarkers(trace)) return;
  for (const [point, x] of trace.x.entries()) canvas.mark(place(x, trace.y[point]), marks.ofPoint(trace, point));
}

function drawLabel(canvas: DotCanvas, at: Dot, text: string): void {
  for (const [index, character] of Array.from(text).entries()) canvas.mark({ x: at.x + index * dotsAcross, y: at.y }, character);
}

/** Marks of lines beside the frame, in the row where each leaves it: which curve is which needs no colour. */
function lineEnds(
  lines: readonly FigureTrace[],
  place: Place,
  marks: SeriesMarks,
  { columns, height }: { readonly columns: number; readonly height: number },
): ReadonlyMap<number, string> {
  const last = new Map<string, { readonly dot: Dot; readonly mark: string }>();
  for (const trace of lines)
    for (const [point, x] of trace.x.entries()) {
      const dot = place(x, trace.y[point]);
      const identity = marks.lineIdentity(trace);
      if (identity === null || dot.y < 0 || dot.y >= height * dotsDown || !(dot.x > (last.get(identity)?.dot.x ?? -Infinity))) continue;
      last.set(identity, { dot, mark: marks.ofLine(trace) });
    }
  const rows = new Map<number, string>();
  for (const { dot, mark } of last.values()) {
    const row = Math.floor(dot.y / dotsDown);
    const beside = rows.get(row) ?? "";
    if (dot.x >= (columns - 6) * dotsAcross && columnsOf(beside) < mostEndMarks) rows.set(row, `${beside}${mark}`);
  }
  return rows;
}

/** Labels of a vertical axis by row; where two meet the first one stays. */
function labelRows(ticks: readonly Tick[], range: readonly [number, number], height: number): ReadonlyMap<number, string> {
  const rows = new Map<number, string>();
  for (const { at, text } of ticks) {
    const row = Math.floor(((1 - share(at, range)) * (height * dotsDown - 1) + 0.5) / dotsDown);
    if (row >= 0 && row < height && !rows.has(row)) rows.set(row, text);
  }
  return rows;
}

/** The horizontal axis: its line, and its labels centered below their ticks, as many as have room. */
function floorLines(
  ticks: readonly Tick[],
  range: readonly [number, number],
  columns: number,
  characters: CharacterSet,
): { readonly line: string; readonly labels: string } {
  const { floor, floorTick } = frames[characters];
  const places = ticks
    .map(({ at, text }) => ({ column: Math.floor((share(at, range) * (columns * dotsAcross - 1) + 0.5) / dotsAcross), text }))
    .filter(({ column }) => column >= 0 && column < columns)
    .sort((left, right) => left.column - right.column);
  const every = Array.from({ length: places.length }, (_, index) => index + 1).find((step) => {
    const some = places.filter((_, index) => index % step === 0).map(spanOf);
    return some.every(({ from }, index) => index === 0 || from > (some[index - 1]?.to ?? -1) + 1);
  });
  const shown = places.filter((_, index) => index % (every ?? 1) === 0);
  const line = Array.from({ length: columns }, (_, column) => (shown.some((tick) => tick.column === column) ? floorTick : floor)).join("");
  const labels = shown.reduce((text, tick) => {
    const from = Math.max(columnsOf(text), Math.min(spanOf(tick).from, columns + 3 - columnsOf(tick.text)));
    return `${text}${" ".repeat(Math.max(0, from - columnsOf(text)))}${tick.text}`;
  }, "");
  return { line, labels };
}

function spanOf({ column, text }: { readonly column: number; readonly text: string }): { readonly from: number; readonly to: number } {
  const from = Math.max(0, column - Math.floor(columnsOf(text) / 2));
  return { from, to: from + columnsOf(text) - 1 };
}

function share(value: number, [from, to]: readonly [number, number]): number {
  return (value - from) / (to - from || 1);
}

function sorted([from, to]: readonly [number, number]): readonly [number, number] {
  return from <= to ? [from, to] : [to, from];
}

function centered(text: string, indent: number, columns: number): string {
  return " ".repeat(indent + Math.max(0, Math.floor((columns - columnsOf(text)) / 2))) + text;
}
