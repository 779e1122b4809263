import type { JsonObject } from "../study/content-hash.ts";
import type { FigureTheme } from "./plotly-figure.ts";

/** Colours of one theme. The paper is transparent, so a figure takes the page's background. */
export interface FigureColors {
  readonly text: string;
  readonly muted: string;
  readonly grid: string;
  /** Shading of what lies outside the measured grid. */
  readonly outside: string;
  /** Shading of the equivalence zone. */
  readonly zone: string;
  readonly surface: string;
  /** One per parametrization, in their order of appearance: Okabe and Ito's palette, told apart without red and green. */
  readonly categories: readonly string[];
}

const colors: Readonly<Record<FigureTheme, FigureColors>> = {
  light: {
    text: "#1f2328",
    muted: "#59636e",
    grid: "#e4e7eb",
    outside: "rgba(89,99,110,0.12)",
    zone: "rgba(89,99,110,0.16)",
    surface: "#ffffff",
    categories: ["#d55e00", "#0072b2", "#009e73", "#cc79a7", "#8a6d00", "#3b3b98"],
  },
  dark: {
    text: "#e6edf3",
    muted: "#9198a1",
    grid: "#2d333b",
    outside: "rgba(145,152,161,0.16)",
    zone: "rgba(145,152,161,0.20)",
    surface: "#0d1117",
    categories: ["#e69f00", "#56b4e9", "#2fc49a", "#e3a3c8", "#f0e442", "#a5a5f0"],
  },
};

/** Marker symbols in the same order as the categories, so that print without colour still tells them apart. */
export const categorySymbols = ["square", "circle", "diamond", "triangle-up", "pentagon", "hexagon"] as const;

export function figureColors(theme: FigureTheme): FigureColors {
  return colors[theme];
}

/** The category's colour; the palette repeats after its end. */
export function categoryColor(theme: FigureTheme, index: number): string {
  const { categories } = colors[theme];
  return categories[index % categories.length] ?? "#888888";
}

/** Shifted by one each time the palette begins anew, so that up to 36 categories differ in colour or symbol. */
export function categorySymbol(index: number): string {
  const round = Math.floor(index / categorySymbols.length);
  return categorySymbols[(index + round) % categorySymbols.length] ?? "circle";
}

// Viridis at ninths: even in lightness, so the order survives grey print and every common colour blindness.
const viridis = ["#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725"] as const;

/** Colour of the index-th of `count` ordered cells: the largest scale stands out most from the background. */
export function sequentialColor(theme: FigureTheme, index: number, count: number): string {
  const share = count < 2 ? 1 : index / (count - 1);
  // Light paper: from green to dark violet; dark paper: from violet-blue to yellow.
  return viridisAt(theme === "light" ? 0.78 - 0.78 * share : 0.3 + 0.7 * share);
}

/** `#rrggbb` as `rgba(…)` with the given opacity. */
export function translucent(color: string, opacity: number): string {
  const [red, green, blue] = channels(color);
  return `rgba(${red},${green},${blue},${opacity})`;
}

function viridisAt(share: number): string {
  const position = Math.min(1, Math.max(0, share)) * (viridis.length - 1);
  const below = Math.min(Math.floor(position), viridis.length - 2);
  const low = channels(viridis[below] ?? viridis[0]);
  const high = channels(viridis[below + 1] ?? viridis[0]);
  const mixed = low.map((value, channel) => Math.round(value + (position - below) * ((high[channel] ?? 0) - value)));
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

function channels(color: string): readonly [number, number, number] {
  return [Number.parseInt(color.slice(1, 3), 16), Number.parseInt(color.slice(3, 5), 16), Number.parseInt(color.slice(5, 7), 16)];
}

/** Layout that every figure shares. */
export function baseLayout(theme: FigureTheme): JsonObject {
  const { text, surface, grid } = colors[theme];
  return {
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: "system-ui, -apple-system, Segoe UI, Roboto, Helvetica, Arial, sans-serif", size: 13, color: text },
    hoverlabel: { bgcolor: surface, bordercolor: grid, font: { color: text } },
    hovermode: "closest",
    autosize: true,
  };
}

/** Axis style that every figure shares. */
export function baseAxis(theme: FigureTheme): JsonObject {
  const { grid, muted } = colors[theme];
  return {
    gridcolor: grid,
    linecolor: muted,
    showline: true,
    zeroline: false,
    ticks: "outside",
    tickcolor: muted,
    ticklen: 4,
    automargin: true,
  };
}

/** Legend above the plot, in one row. */
export function topLegend(title: string): JsonObject {
  return { orientation: "h", x: 0, xanchor: "left", y: 1.1, yanchor: "bottom", title: { text: title }, bgcolor: "rgba(0,0,0,0)" };
}
