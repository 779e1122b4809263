import type { z } from "zod";
import { log10 } from "../quantity-axis.ts";
import type { Tick } from "./axis-ticks.ts";
import {
  axisSchema,
  type FigureAnnotation,
  type FigureAxis,
  type FigureLayout,
  type FigureTrace,
  type shapeSchema,
} from "./figure-schema.ts";
import { type CharacterSet, plainText, plainTickText } from "./plain-text.ts";

/** An axis in its own units, which are log10 of the values on a logarithmic one. */
export interface PanelAxis {
  readonly isLogarithmic: boolean;
  /** Left and right, or lower and upper end. */
  readonly range: readonly [number, number];
  readonly title: string;
  /** As the figure says them; null where it leaves that to whoever draws it. */
  readonly ticks: readonly Tick[] | null;
}

/** Two axes and what is drawn over them. */
export interface Panel {
  readonly title: string;
  readonly x: PanelAxis;
  readonly y: PanelAxis;
  readonly traces: readonly FigureTrace[];
  /** Rectangles and lines behind the traces, corners in units of the axes. */
  readonly shapes: readonly {
    readonly isLine: boolean;
    readonly isDashed: boolean;
    readonly corners: readonly [number, number, number, number];
  }[];
  readonly labels: readonly { readonly x: number; readonly y: number; readonly text: string }[];
}

/** Panels of a figure in reading order: rows from above, within a row from the left. */
export function readPanels(traces: readonly FigureTrace[], layout: FigureLayout, characters: CharacterSet): readonly Panel[] {
  const pairs = [...new Map(traces.map(({ xaxis, yaxis }) => [`${xaxis} ${yaxis}`, { xaxis, yaxis }])).values()];
  return pairs
    .map((pair) => ({ ...pair, x: axisOf(layout, pair.xaxis), y: axisOf(layout, pair.yaxis) }))
    .sort((left, right) => right.y.domain[1] - left.y.domain[1] || left.x.domain[0] - right.x.domain[0])
    .map(({ xaxis, yaxis, x, y }) => {
      const horizontal = panelAxis(x, xaxis, traces, layout, characters);
      const vertical = panelAxis(y, yaxis, traces, layout, characters);
      const own = layout.annotations.map((annotation) => ({ ...annotation, text: plainText(annotation.text, characters) }));
      return {
        title: own
          .filter((annotation) => annotation.xref === `${xaxis} domain` && isOfPanel(annotation, yaxis, y))
          .map(({ text }) => text)
          .join(" "),
        x: horizontal,
        y: vertical,
        traces: traces.filter((trace) => trace.xaxis === xaxis && trace.yaxis === yaxis),
        shapes: layout.shapes.flatMap((shape) => shapeOf(shape, { xaxis, yaxis, x, y, horizontal, vertical })),
        labels: own.flatMap(({ xref, yref, x: at, y: height, text }) =>
          xref === xaxis && yref === yaxis && typeof at === "number" && typeof height === "number" ? [{ x: at, y: height, text }] : [],
        ),
      };
    });
}

/** Text above and below all panels: headings, and small print. */
export function figureWords(
  layout: FigureLayout,
  characters: CharacterSet,
): { readonly headings: readonly string[]; readonly notes: readonly string[] } {
  const onPaper = layout.annotations.filter(({ xref, yref, text }) => xref === "paper" && yref === "paper" && text !== "");
  return {
    headings: onPaper.filter(({ y }) => typeof y === "number" && y >= 1).map(({ text }) => plainText(text, characters)),
    notes: onPaper.filter(({ y }) => typeof y === "number" && y <= 0).map(({ text }) => plainText(text, characters)),
  };
}

/** Value of a trace in units of its axis; NaN where it has none there. */
export function onAxis(value: unknown, isLogarithmic: boolean): number {
  if (typeof value !== "number") return Number.NaN;
  return isLogarithmic ? log10(value) : value;
}

/** How far a point's error bars reach, as values. */
export function errorEnds(bars: FigureTrace["error_x"], center: unknown, point: number): readonly [number, number] | null {
  if (bars?.visible !== true || typeof center !== "number") return null;
  const [up, down] = [bars.array[point], (bars.symmetric === false ? bars.arrayminus : undefined)?.[point] ?? bars.array[point]];
  return typeof up === "number" && typeof down === "number" ? [center - down, center + up] : null;
}

/** Words over a panel, or in a corner of it. */
function isOfPanel({ yref, y }: FigureAnnotation, yaxis: string, axis: FigureAxis): boolean {
  return yref === `${yaxis} domain` || (typeof y === "number" && y >= (yref === "paper" ? axis.domain[1] - 1e-9 : 1));
}

function axisOf(layout: FigureLayout, id: string): FigureAxis {
  return axisSchema.catch(axisSchema.parse({})).parse(layout[`${id.charAt(0)}axis${id.slice(1)}`] ?? {});
}

function panelAxis(
  axis: FigureAxis,
  id: string,
  traces: readonly FigureTrace[],
  layout: FigureLayout,
  characters: CharacterSet,
): PanelAxis {
  const isLogarithmic = axis.type === "log";
  const letter = id.charAt(0);
  // Panels that share an axis in all but name say its title once.
  const elsewhere = Object.keys(layout).filter((key) => key.startsWith(`${letter}axis`));
  const title = [axis.title.text, ...elsewhere.map((key) => axisSchema.catch(axisSchema.parse({})).parse(layout[key]).title.text)].find(
    (text) => text !== "",
  );
  const ticks = axis.tickvals?.map((value, index) => ({
    at: onAxis(value, isLogarithmic),
    text: plainTickText(axis.ticktext?.[index] ?? String(value), characters),
  }));
  return {
    isLogarithmic,
    range: axis.range ?? dataRange(id, traces, isLogarithmic),
    title: plainText(title ?? "", characters),
    ticks: ticks ?? null,
  };
}

/** All points and error bars of an axis, a twentieth wider on each side. */
function dataRange(id: string, traces: readonly FigureTrace[], isLogarithmic: boolean): readonly [number, number] {
  const isX = id.startsWith("x");
  const values = traces
    .filter((trace) => (isX ? trace.xaxis : trace.yaxis) === id)
    .flatMap((trace) =>
      (isX ? trace.x : trace.y).flatMap((value, point) => [value, ...(errorEnds(isX ? trace.error_x : trace.error_y, value, point) ?? [])]),
    )
    .map((value) => onAxis(value, isLogarithmic))
    .filter(Number.isFinite);
  if (values.length === 0) return [0, 1];
  const low = values.reduce((least, value) => Math.min(least, value), Infinity);
  const high = values.reduce((most, value) => Math.max(most, value), -Infinity);
  const margin = 0.05 * (high - low) || 0.5;
  return [low - margin, high + margin];
}

interface PanelPlaces {
  readonly xaxis: string;
  readonly yaxis: string;
  readonly x: FigureAxis;
  readonly y: FigureAxis;
  readonly horizontal: PanelAxis;
  readonly vertical: PanelAxis;
}

function shapeOf(shape: z.infer<typeof shapeSchema>, panel: PanelPlaces): Panel["shapes"] {
  const across = (value: unknown): number | null => placeOf(value, shape.xref, panel.xaxis, panel.x, panel.horizontal);
  const up = (value: unknown): number | null => placeOf(value, shape.yref, panel.yaxis, panel.y, panel.vertical);
  const corners = [across(shape.x0), up(shape.y0), across(shape.x1), up(shape.y1)] as const;
  const [left, bottom, right, top] = corners;
  if (left === null || bottom === null || right === null || top === null || !["rect", "line"].includes(shape.type)) return [];
  return [{ isLine: shape.type === "line", isDashed: shape.line.dash !== "solid", corners: [left, bottom, right, top] }];
}

/** A shape's place in units of the panel's axis; null where it belongs to another panel. */
function placeOf(value: unknown, reference: string, id: string, axis: FigureAxis, { range, isLogarithmic }: PanelAxis): number | null {
  if (reference === id) return typeof value === "number" ? onAxis(value, isLogarithmic) : null;
  if (typeof value !== "number") return null;
  if (reference !== "paper" && reference !== `${id} domain`) return null;
  const [from, to] = axis.domain;
  const share = reference === "paper" ? (value - from) / (to - from) : value;
  return range[0] + Math.min(1, Math.max(0, share)) * (range[1] - range[0]);
}
