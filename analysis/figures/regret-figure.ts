import { pow } from "../numerics/elementary.ts";
import type { RegretBand } from "../search/recorded/regret.ts";
import type { JsonObject } from "../study/content-hash.ts";
import { footnote } from "./footnote.ts";
import { bandTrace, type FigureTheme, type PlotlyFigure } from "./plotly-figure.ts";
import { log10, logAxis, quantityText, rounded } from "./quantity-axis.ts";
import { baseAxis, baseLayout, categoryColor, topLegend, translucent } from "./theme.ts";

const opacity = 0.16;
/** A logarithmic axis has no 0: decades below the largest regret at which it is drawn, at most. */
const mostDecades = 4;
const dashes = ["solid", "dash", "dot", "dashdot", "longdash", "longdashdot"] as const;

/** Searches of one recorded problem over what they spent. */
export interface RegretCurves {
  /** What was spent, rising. */
  readonly costs: readonly number[];
  /** Of the costs: FLOPs, or runs. */
  readonly unit: string;
  readonly bands: readonly RegretBand[];
  readonly seeds: number;
}

/**
 * Regret of each strategy against what it spent: the line is the middle seed, the band the quarters of seeds on either side. Both axes are
 * logarithmic; a regret of 0 lies on the foot of the frame.
 */
export function regretFigure({ costs, unit, bands, seeds }: RegretCurves, { theme }: { readonly theme: FigureTheme }): PlotlyFigure {
  const [first = 1, last = 10] = [costs[0], costs.at(-1)];
  const positive = bands.flatMap(({ median, low, high }) => [...median, ...low, ...high].filter((value) => value > 0));
  const top = positive.reduce((most, value) => Math.max(most, value), 0) || 1;
  const least = positive.reduce((smallest, value) => Math.min(smallest, value), top);
  const foot = Math.max(least / 1.5, top / pow(10, mostDecades));
  const shown = (values: readonly number[]): readonly number[] => values.map((value) => rounded(Math.max(foot, value)));
  const isFooted = bands.some(({ low }) => low.some((value) => value < foot));
  const x = costs.map(rounded);
  const note = footnote(
    [
      `Best loss found so far less the best that one recorded run of at most this cost has, and at most that of the middling one. ${seeds === 1 ? "One seed." : `Lines: median of ${seeds} seeds; bands: the middle half of them.`}`,
      isFooted ? `What lies below ${quantityText(foot, "")}, 0 included, is drawn at the foot.` : "",
    ],
    theme,
  );
  const data: JsonObject[] = [
    ...bands.map(({ low, high }, index) => bandTrace(x, shown(low), shown(high), translucent(categoryColor(theme, index), opacity))),
    ...bands.map(({ strategy, median, low, high }, index) => ({
      type: "scatter",
      mode: "lines",
      name: strategy,
      x,
      y: shown(median),
      text: costs.map(
        (cost, place) =>
          `${strategy}, ${quantityText(cost, unit)} ${unit}<br>regret ${digits(median[place])}<br>middle half of seeds ${digits(low[place])} to ${digits(high[place])}`,
      ),
      hoverinfo: "text",
      line: { color: categoryColor(theme, index), width: 2, dash: dashes[index % dashes.length] ?? "solid" },
    })),
  ];
  return {
    data,
    layout: {
      ...baseLayout(theme),
      xaxis: {
        ...baseAxis(theme),
        ...logAxis(first, Math.max(last, first * 1.1), unit),
        title: { text: `spent (${unit})`, standoff: 6 },
      },
      yaxis: {
        ...baseAxis(theme),
        ...logAxis(foot, top * pow(10, 0.04 * Math.max(1, log10(top / foot))), ""),
        title: { text: "regret (nats per token)" },
      },
      legend: { ...topLegend(""), y: 1.02 },
      annotations: note.annotations,
      margin: { l: 72, r: 16, t: 64, b: note.bottom },
    },
  };
}

function digits(value: number | undefined): string {
  return String(Number((value ?? 0).toPrecision(3)));
}
