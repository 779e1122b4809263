import { plainText, plainTickText, type CharacterSet } from "./plain-text.ts";
import { type ColorBar, type FigureLayout, type FigureTrace } from "./figure-schema.ts";

/**
 * How a point is drawn: `accent` where a series has a second symbol, such as its optimum, `faint` where it is not in the legend; `before`
 * and `after` point to where a grid should grow.
 */
type MarkStyle = "filled" | "hollow" | "accent" | "cross" | "faint" | "before" | "after";

/** Which character stands for which series, where a figure tells them apart by colour. */
export interface SeriesMarks {
  /** The character of a point of a trace. */
  readonly ofPoint: (trace: FigureTrace, point: number) => string;
  /** Of an entry of a legend: the character of its points, or of several series where it stands for all of them. */
  readonly ofEntry: (trace: FigureTrace) => string;
  /** The character of a trace's line, for its end. */
  readonly ofLine: (trace: FigureTrace) => string;
  /** Series of a trace's line: two lines of one series have one mark. Null for lines in the colour of text, such as a zero line. */
  readonly lineIdentity: (trace: FigureTrace) => string | null;
  /** Entries for what a figure tells by a colour bar: its series, or its ticks, of which each point has the mark of the nearest one. */
  readonly keyEntries: readonly { readonly mark: string; readonly text: string }[];
  readonly keyTitle: string;
}

// Pairs that differ in every common font; the crosses and the dot are taken by other styles.
const shapes: Readonly<Record<CharacterSet, { readonly filled: readonly string[]; readonly hollow: readonly string[] }>> = {
  unicode: { filled: Array.from("●■▲◆▼★▶◀"), hollow: Array.from("○□△◇▽☆▷◁") },
  ascii: { filled: Array.from("abcdefgh"), hollow: Array.from("ABCDEFGH") },
};
const moreShapes = { filled: Array.from("ijklmnopqrstuvwyz"), hollow: Array.from("IJKLMNOPQRSTUVWYZ") } as const;
const fixed: Readonly<Record<CharacterSet, Readonly<Record<Exclude<MarkStyle, "filled" | "hollow">, string>>>> = {
  unicode: { accent: "✚", cross: "×", faint: "·", before: "◂", after: "▸" },
  ascii: { accent: "#", cross: "x", faint: "`", before: "<", after: ">" },
};

/** Marks of every series of a figure, in the order in which series appear. */
export function seriesMarks(traces: readonly FigureTrace[], layout: FigureLayout, characters: CharacterSet): SeriesMarks {
  const surface = layout.hoverlabel.bgcolor;
  const bar = layout.coloraxis;
  const barTicks = bar?.colorbar.tickvals ?? [];
  const usesBar = bar !== undefined && barTicks.length > 0 && traces.some((trace) => Array.isArray(trace.marker.color) && hasPoints(trace));
  const places = new Map<string, number>();
  const placeOf = (identity: string): number => places.get(identity) ?? 0;
  const identify = (trace: FigureTrace, color: string | undefined): string => {
    const group = groupOf(trace);
    if (group !== undefined) return `group ${group}`;
    // An entry of the legend that has no points stands for the group of its name.
    if (!hasPoints(trace) && traces.some((other) => other.name !== undefined && groupOf(other) === trace.name))
      return `group ${trace.name ?? ""}`;
    const plain = color === undefined ? undefined : channels(color);
    if (usesBar && plain !== undefined && saturated(plain)) return `bar ${nearest(barTicks, valueOf(bar, plain))}`;
    return plain === undefined ? `trace ${traces.indexOf(trace)}` : plain.join(",");
  };
  const pointIdentity = (trace: FigureTrace, point: number): string => identify(trace, pointColor(trace, point, surface));
  const lineIdentity = (trace: FigureTrace): string => identify(trace, one(trace.line.color, 0) ?? pointColor(trace, 0, surface));
  const neutral = layout.font.color === undefined ? undefined : channels(layout.font.color)?.join(",");
  const note = (identity: string): void => {
    if (!places.has(identity) && identity !== neutral) places.set(identity, places.size);
  };
  if (usesBar) for (const index of barTicks.keys()) note(`bar ${index}`);
  for (const trace of traces.filter((candidate) => hasPoints(candidate) && !isBand(candidate))) {
    if (drawsLine(trace)) note(lineIdentity(trace));
    if (drawsMarkers(trace))
      for (const point of trace.x.keys()) if (styleOf(trace, point, surface) !== "cross") note(pointIdentity(trace, point));
  }
  const baseSymbols = new Map<string, string>();
  for (const trace of traces.filter((candidate) => hasPoints(candidate) && drawsMarkers(candidate) && !isBand(candidate)))
    for (const point of trace.x.keys()) {
      const identity = pointIdentity(trace, point);
      if (styleOf(trace, point, surface) === "filled" && !baseSymbols.has(identity)) baseSymbols.set(identity, symbolOf(trace, point));
    }
  const [firstSymbol] = baseSymbols.values();
  const styleIn = (trace: FigureTrace, point: number): MarkStyle => {
    const style = styleOf(trace, point, surface);
    const base = baseSymbols.get(pointIdentity(trace, point)) ?? firstSymbol;
    return style === "filled" && base !== undefined && base !== symbolOf(trace, point) ? "accent" : style;
  };
  const groups = [...places.keys()].filter((identity) => identity.startsWith("group "));
  const isListed = (group: string): boolean =>
    traces.some((trace) => [trace.legendgroup, trace.name].some((name) => `group ${name ?? ""}` === group) && trace.showlegend !== false);
  const character = (style: MarkStyle, identity: string): string => {
    if (style !== "filled" && style !== "hollow") return fixed[characters][style];
    const all = [...shapes[characters][style], ...moreShapes[style]];
    return all[placeOf(identity) % all.length] ?? "?";
  };
  return {
    ofPoint: (trace, point) => character(styleIn(trace, point), pointIdentity(trace, point)),
    ofEntry: (trace) => {
      const [style, identity] = [styleIn(trace, 0), pointIdentity(trace, 0)];
      const isForAll = !places.has(identity) && places.size > 1 && (style === "filled" || style === "hollow");
      return isForAll
        ? [...places.keys()]
            .slice(0, 3)
            .map((own) => character(style, own))
            .join("")
        : character(style, identity);
    },
    ofLine: (trace) => character("filled", lineIdentity(trace)),
    lineIdentity: (trace) => {
      const identity = lineIdentity(trace);
      return identity === neutral ? null : identity;
    },
    keyEntries:
      bar === undefined
        ? []
        : usesBar
          ? bar.colorbar.ticktext.map((text, index) => ({
              mark: character("filled", `bar ${index}`),
              text: plainTickText(text, characters),
            }))
          : groups
              .filter((group) => !isListed(group))
              .map((group) => ({ mark: character("filled", group), text: plainTickText(group.slice("group ".length), characters) })),
    keyTitle: `${usesBar ? "nearest " : ""}${plainText(bar?.colorbar.title.text ?? "", characters)}`,
  };
}

export function drawsLine(trace: FigureTrace): boolean {
  return (trace.mode ?? "lines+markers").includes("lines") && !isBand(trace);
}

export function drawsMarkers(trace: FigureTrace): boolean {
  return (trace.mode ?? "lines+markers").includes("markers");
}

/** A filled polygon without a line of its own. */
export function isBand(trace: FigureTrace): boolean {
  return trace.fill !== "none" && (trace.line.width === 0 || !(trace.mode ?? "lines").includes("lines"));
}

/** False for traces that are there for their legend entry alone. */
export function hasPoints(trace: FigureTrace): boolean {
  return trace.x.some((value, index) => typeof value === "number" && typeof trace.y[index] === "number");
}

/** Opacity of a colour: below 1 for `rgba(…)`. */
export function opacityOf(color: string | undefined): number {
  return Number(/^rgba\([^)]*,\s*([\d.]+)\)$/.exec(color ?? "")?.[1] ?? 1);
}

function styleOf(trace: FigureTrace, point: number, surface: string | undefined): MarkStyle {
  const symbol = symbolOf(trace, point);
  if (/^(x|cross|asterisk)/.test(symbol)) return "cross";
  if (symbol.startsWith("triangle-left")) return "before";
  if (symbol.startsWith("triangle-right")) return "after";
  const color = one(trace.marker.color, point);
  if (symbol.includes("-open") || (color !== undefined && color === surface)) return "hollow";
  return trace.showlegend === false && opacityOf(color) < 0.6 ? "faint" : "filled";
}

/** What a trace belongs to: its group in the legend, or its name where that is not shown. */
function groupOf({ legendgroup = "", name, showlegend }: FigureTrace): string | undefined {
  return legendgroup !== "" ? legendgroup : showlegend === false && name !== "" ? name : undefined;
}

function symbolOf(trace: FigureTrace, point: number): string {
  return one(trace.marker.symbol, point) ?? "circle";
}

function pointColor(trace: FigureTrace, point: number, surface: string | undefined): string | undefined {
  const own = one(trace.marker.color, point);
  return own === undefined || own === surface ? (one(trace.marker.line.color, point) ?? own) : own;
}

function one(value: string | readonly unknown[] | undefined, point: number): string | undefined {
  const found: unknown = typeof value === "string" ? value : value?.[point];
  return typeof found === "string" ? found : undefined;
}

type Channels = readonly [number, number, number];

function channels(color: string): Channels | undefined {
  const hex = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})/i.exec(color);
  if (hex !== null) return [Number.parseInt(hex[1] ?? "", 16), Number.parseInt(hex[2] ?? "", 16), Number.parseInt(hex[3] ?? "", 16)];
  const rgb = /^rgba?\(\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)/.exec(color);
  return rgb === null ? undefined : [Number(rgb[1]), Number(rgb[2]), Number(rgb[3])];
}

/** Greys of text and excluded rows are no colours of a bar. */
function saturated([red, green, blue]: Channels): boolean {
  return Math.max(red, green, blue) - Math.min(red, green, blue) > 30;
}

/** The value whose colour on a bar is nearest to this one: each piece of the scale is a straight way between two colours. */
function valueOf({ cmin, cmax, colorscale }: ColorBar, color: Channels): number {
  const pieces = colorscale.slice(1).map(([end, to], index) => {
    const [start, from] = colorscale[index] ?? [0, to];
    const [first, last] = [channels(from) ?? color, channels(to) ?? color];
    const way = difference(last, first);
    const part = Math.min(1, Math.max(0, product(difference(color, first), way) / (product(way, way) || 1)));
    const gap = difference(color, [first[0] + part * way[0], first[1] + part * way[1], first[2] + part * way[2]]);
    return { share: start + part * (end - start), distance: product(gap, gap) };
  });
  const best = pieces.reduce((least, piece) => (piece.distance < least.distance ? piece : least), { share: 0, distance: Infinity });
  return cmin + best.share * (cmax - cmin);
}

function difference(left: Channels, right: Channels): Channels {
  return [left[0] - right[0], left[1] - right[1], left[2] - right[2]];
}

function product(left: Channels, right: Channels): number {
  return left[0] * right[0] + left[1] * right[1] + left[2] * right[2];
}

function nearest(candidates: readonly number[], value: number): number {
  const gaps = candidates.map((candidate) => Math.abs(candidate - value));
  return gaps.indexOf(Math.min(...gaps));
}
