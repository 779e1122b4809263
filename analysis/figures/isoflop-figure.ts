import type { IsoflopProfile, IsoflopProfiles, ProfileMinimum } from "../fits/readings/isoflop-profiles.ts";
import type { JsonObject } from "../study/content-hash.ts";
import { footnote } from "./footnote.ts";
import { type OrderedColors, orderedColors } from "./ordered-colors.ts";
import type { FigureTheme, PlotlyFigure } from "./plotly-figure.ts";
import { logAxis, quantityText, quantityTitle, rounded } from "./quantity-axis.ts";
import { legendEntry } from "./row-marks.ts";
import { baseAxis, baseLayout, figureColors, topLegend } from "./theme.ts";

/**
 * Loss over model size, or tokens, one curve a compute budget: circles are runs, lines the parabolas or cubics through them, filled diamonds
 * the minima with their intervals, joined by a dotted line. A budget whose lowest loss is that of its smallest or largest run has a hollow
 * diamond there and takes no part in the law.
 */
export function isoflopFigure(analysis: IsoflopProfiles, options: { readonly theme: FigureTheme }): PlotlyFigure {
  const { theme } = options;
  const { text, surface } = figureColors(theme);
  const { profiles, along, reading, exponent, level } = analysis;
  const colors = orderedColors(
    theme,
    profiles.map(({ compute }) => compute),
    { name: "C", meaning: "budget", unit: "FLOPs" },
  );
  const places = profiles.flatMap(({ runs }) => runs.map(({ at }) => at));
  const [xLow, xHigh] = places.length === 0 ? [1, 10] : [Math.min(...places) / 1.15, Math.max(...places) * 1.15];
  const refused = profiles.filter(({ minimum }) => minimum.kind !== "inside");
  const inside = profiles.filter(({ minimum }) => minimum.kind === "inside");
  const percent = `${Number((100 * level).toPrecision(3))} %`;
  const data: JsonObject[] = [
    ...colors.traces,
    ...profiles.flatMap((profile) => profileTraces(profile, analysis, colors)),
    {
      type: "scatter",
      mode: "lines",
      x: inside.map(({ minimum }) => rounded(minimum.at)),
      y: inside.map(({ minimum }) => rounded(minimum.loss)),
      line: { color: text, width: 1.2, dash: "dot" },
      hoverinfo: "skip",
      showlegend: false,
    },
    ...profiles.map((profile) => minimumTrace(profile, analysis, colors, { text, surface, percent })),
    legendEntry("runs", { mode: "markers", marker: { symbol: "circle", size: 6, color: text } }),
    legendEntry(reading === "parabola" ? "parabola" : "Akima's cubic", { mode: "lines", line: { color: text, width: 1.8 } }),
    legendEntry(`minimum, ${percent}`, {
      mode: "markers",
      marker: { symbol: "diamond", size: 10, color: text, line: { color: surface, width: 1 } },
    }),
    ...(refused.length === 0
      ? []
      : [legendEntry(`no minimum, left out (${refused.length})`, { mode: "markers", marker: hollow(text, surface) })]),
  ];
  const { value, interval } = exponent;
  const note = footnote(
    [
      `Optimum ${along.name} over compute: exponent ${value.toFixed(3)} (${percent} ${interval.low.toFixed(3)} to ${interval.high.toFixed(3)}), ${inside.length} budgets.`,
      ...refused.slice(0, 2).map(({ minimum }) => (minimum.kind === "inside" ? "" : `${minimum.words.replace(/e\+?(\d+)/g, "e$1")}.`)),
      refused.length > 2 ? `${refused.length - 2} more budgets have no minimum.` : "",
    ],
    theme,
  );
  return {
    data,
    layout: {
      ...baseLayout(theme),
      ...colors.layout,
      xaxis: { ...baseAxis(theme), ...logAxis(xLow, xHigh, along.unit), title: { text: quantityTitle(along), standoff: 6 } },
      yaxis: { ...baseAxis(theme), title: { text: "loss (nats per token)" } },
      legend: { ...topLegend(""), y: 1.02 },
      annotations: note.annotations,
      margin: { l: 64, r: 108, t: 48, b: note.bottom },
    },
  };
}

function profileTraces({ compute, runs, curve }: IsoflopProfile, { along }: IsoflopProfiles, colors: OrderedColors): readonly JsonObject[] {
  const color = colors.of(compute);
  const line = curve.length === 0 ? runs : curve;
  // Hidden, but what is drawn without colour knows a budget by it.
  const name = colors.nameOf(compute);
  return [
    {
      name,
      type: "scatter",
      mode: "lines",
      x: line.map(({ at }) => rounded(at)),
      y: line.map(({ loss }) => rounded(loss)),
      // Runs without a curve through them are only joined.
      line: { color, width: 1.8, dash: curve.length === 0 ? "dot" : "solid" },
      hoverinfo: "skip",
      showlegend: false,
    },
    {
      name,
      type: "scatter",
      mode: "markers",
      x: runs.map(({ at }) => rounded(at)),
      y: runs.map(({ loss }) => rounded(loss)),
      text: runs.map(
        ({ at, loss }) =>
          `${along.name} ${quantityText(at, along.unit)}: ${Number(loss.toPrecision(4))} nats per token<br>budget ${colors.nameOf(compute)} FLOPs`,
      ),
      hoverinfo: "text",
      marker: { symbol: "circle", size: 6, color },
      showlegend: false,
    },
  ];
}

function minimumTrace(
  { compute, minimum }: IsoflopProfile,
  { along }: IsoflopProfiles,
  colors: OrderedColors,
  { text, surface, percent }: { readonly text: string; readonly surface: string; readonly percent: string },
): JsonObject {
  const color = colors.of(compute);
  return {
    type: "scatter",
    mode: "markers",
    name: colors.nameOf(compute),
    x: [rounded(minimum.at)],
    y: [rounded(minimum.loss)],
    text: [minimumWords(minimum, `budget ${colors.nameOf(compute)} FLOPs`, along, percent)],
    hoverinfo: "text",
    showlegend: false,
    cliponaxis: false,
    marker: minimum.kind === "inside" ? { symbol: "diamond", size: 10, color, line: { color: text, width: 1.2 } } : hollow(color, surface),
    ...(minimum.kind === "inside"
      ? {
          error_x: {
            type: "data",
            symmetric: false,
            array: [rounded(minimum.interval.high - minimum.at)],
            arrayminus: [rounded(minimum.at - minimum.interval.low)],
            color: text,
            thickness: 1.5,
            width: 4,
          },
        }
      : {}),
  };
}

function hollow(color: string, surface: string): JsonObject {
  return { symbol: "diamond", size: 12, color: surface, line: { color, width: 2 } };
}

function minimumWords(minimum: ProfileMinimum, budget: string, along: IsoflopProfiles["along"], percent: string): string {
  if (minimum.kind !== "inside") return `${budget}<br>${minimum.words}`;
  const { at, loss, interval } = minimum;
  const [value, low, high] = [at, interval.low, interval.high].map((quantity) => quantityText(quantity, along.unit));
  return `${budget}<br>optimum ${along.name} ${value ?? ""} (${percent} ${low ?? ""} to ${high ?? ""})<br>${Number(loss.toPrecision(4))} nats per token`;
}
