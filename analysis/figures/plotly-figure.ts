import type { JsonObject } from "../study/content-hash.ts";

/** A figure for Plotly 3 as plain JSON: what `Plotly.newPlot(element, data, layout)` takes. */
export interface PlotlyFigure {
  readonly data: readonly JsonObject[];
  readonly layout: JsonObject;
}

export const figureThemes = ["light", "dark"] as const;
export type FigureTheme = (typeof figureThemes)[number];

export interface FigureOptions {
  readonly theme: FigureTheme;
  /** How parametrizations are written, by id; the id where left out. */
  readonly names?: Readonly<Record<string, string>>;
  /** Ids in the order that fixes panels, colours and symbols, the same in every figure of a page; by name where left out. */
  readonly order?: readonly string[];
}

/** Tick labels as powers of two, `2^-9` set with a real minus sign, at whole octaves from `low` to `high`. */
export function octaveTicks(low: number, high: number): { readonly tickvals: readonly number[]; readonly ticktext: readonly string[] } {
  const first = Math.ceil(low);
  const last = Math.floor(high);
  const step = Math.max(1, Math.ceil((last - first) / 12));
  const tickvals = Array.from({ length: Math.max(0, Math.floor((last - first) / step) + 1) }, (_, index) => first + index * step);
  return { tickvals, ticktext: tickvals.map((exponent) => `2<sup>${withMinus(exponent)}</sup>`) };
}

/** A number in text with a real minus sign. */
export function withMinus(value: number, digits?: number): string {
  const text = digits === undefined ? String(Math.abs(value)) : Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

/** The ids that occur, in the order of the options; those it does not name come after, by name. */
export function orderedIds(ids: readonly string[], order: readonly string[] = []): readonly string[] {
  const rest = [...new Set(ids)].filter((id) => !order.includes(id)).sort();
  return [...order, ...rest];
}

/** A whole number with commas between thousands. */
export function groupedDigits(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** `learningRate` as readers say it: `learning rate`. */
export function spacedWords(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** A closed polygon between two curves over the same x, for bands; no line of its own, nothing on hover. */
export function bandTrace(
  x: readonly number[],
  low: readonly number[],
  high: readonly number[],
  fillcolor: string,
  extra: JsonObject = {},
): JsonObject {
  return {
    type: "scatter",
    mode: "lines",
    x: [...x, ...[...x].reverse()],
    y: [...high, ...[...low].reverse()],
    fill: "toself",
    fillcolor,
    line: { width: 0 },
    hoverinfo: "skip",
    showlegend: false,
    ...extra,
  };
}
