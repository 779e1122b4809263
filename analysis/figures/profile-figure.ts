import type { ParameterProfile } from "../fits/readings/parameter-profiles.ts";
import { pow } from "../numerics/elementary.ts";
import type { JsonObject } from "../study/content-hash.ts";
import { panelGrid, panelGridHeight, type PanelPlace } from "./panel-grid.ts";
import { bandTrace, type FigureTheme, type PlotlyFigure } from "./plotly-figure.ts";
import { logAxis, quantityText, rounded } from "./quantity-axis.ts";
import { legendEntry } from "./row-marks.ts";
import { baseAxis, baseLayout, categoryColor, figureColors, topLegend, translucent } from "./theme.ts";

/** A title with value and interval needs a third of the page. */
const mostColumns = 3;
/** Top of the frame over the threshold. */
const headroom = 1.7;

/**
 * Profile likelihood, one panel a parameter: how much worse the fit gets with the parameter held at each value. Below the dashed threshold
 * lies the interval, shaded; a hollow triangle is an end that was not found, and its panel says "not identified".
 */
export function profileFigure(profiles: readonly ParameterProfile[], options: { readonly theme: FigureTheme }): PlotlyFigure {
  const { theme } = options;
  const { text, muted } = figureColors(theme);
  const places = panelGrid(profiles.length, mostColumns);
  const rows = Math.max(0, ...places.map(({ row }) => row)) + 1;
  const height = rows < 2 ? undefined : panelGridHeight(places);
  const [first] = profiles;
  const percent = `${Number((100 * (first?.level ?? 0.95)).toPrecision(3))} %`;
  const colors = { told: categoryColor(theme, 1), untold: categoryColor(theme, 0), text, surface: figureColors(theme).surface };
  const axes = profiles.flatMap((profile, index): readonly (readonly [string, JsonObject])[] => {
    const [xLow, xHigh] = valueRange(profile);
    const suffix = index === 0 ? "" : String(index + 1);
    const place = places[index];
    return [
      [
        `xaxis${suffix}`,
        {
          ...baseAxis(theme),
          ...(isLog(profile) ? logAxis(xLow, xHigh, "", 3) : { range: [rounded(xLow), rounded(xHigh)], nticks: 5 }),
          tickangle: 0,
          domain: place?.x.map(rounded) ?? [0, 1],
          anchor: `y${suffix}`,
        },
      ],
      [
        `yaxis${suffix}`,
        {
          ...baseAxis(theme),
          domain: place?.y.map(rounded) ?? [0, 1],
          anchor: `x${suffix}`,
          range: [-0.3, rounded(headroom * profile.threshold)],
          tickvals: [0, 2, 4, 6],
          ...(place?.x[0] === 0 ? { title: { text: "likelihood ratio", font: { size: 12 } } } : {}),
        },
      ],
    ];
  });
  return {
    data: [
      ...profiles.flatMap((profile, index) => panelTraces(profile, index, colors)),
      legendEntry("profile", { mode: "lines", line: { color: colors.told, width: 2 } }),
      legendEntry(`${percent} threshold`, { mode: "lines", line: { color: text, width: 1.2, dash: "dash" } }),
      legendEntry(`${percent} interval`, { mode: "lines", line: { color: translucent(colors.told, 0.22), width: 10 } }),
      legendEntry("fit", { mode: "markers", marker: { symbol: "circle", size: 8, color: colors.told } }),
      ...(profiles.every(({ identified }) => identified)
        ? []
        : [legendEntry("no end: not identified", { mode: "markers", marker: openEnd("right", colors) })]),
    ],
    layout: {
      ...baseLayout(theme),
      ...Object.fromEntries(axes),
      annotations: profiles.flatMap((profile, index) => panelTitle(profile, places[index], index, { muted, untold: colors.untold })),
      legend: { ...topLegend(""), y: rounded(1 + 44 / ((height ?? 560) - 120)) },
      ...(height === undefined ? {} : { height }),
      margin: { l: 56, r: 16, t: 84, b: 40 },
    },
  };
}

interface ProfileColors {
  readonly told: string;
  readonly untold: string;
  readonly text: string;
  readonly surface: string;
}

function panelTraces(profile: ParameterProfile, index: number, colors: ProfileColors): readonly JsonObject[] {
  const { points, threshold, best, low, high, identified, words, ratioWithout } = profile;
  const axes = index === 0 ? { xaxis: "x", yaxis: "y" } : { xaxis: `x${index + 1}`, yaxis: `y${index + 1}` };
  const color = identified ? colors.told : colors.untold;
  const [xLow, xHigh] = valueRange(profile);
  const [from, to] = [low === null || ratioWithout !== null ? xLow : Math.max(low, xLow), high ?? xHigh];
  const shared = { ...axes, type: "scatter", showlegend: false };
  const ends = openEnds(profile);
  const tail = ratioWithout === null ? [] : [points[0] ?? { value: best ?? xHigh, ratio: 0 }, { value: xLow, ratio: ratioWithout }];
  return [
    bandTrace([from, to].map(rounded), [-1, -1], [threshold, threshold].map(rounded), translucent(color, 0.16), axes),
    {
      ...shared,
      mode: "lines",
      x: [xLow, xHigh].map(rounded),
      y: [threshold, threshold].map(rounded),
      line: { color: colors.text, width: 1.2, dash: "dash" },
      text: `threshold ${threshold.toFixed(2)}`,
      hoverinfo: "text",
    },
    {
      ...shared,
      mode: "lines",
      x: points.map(({ value }) => rounded(value)),
      y: points.map(({ ratio }) => rounded(ratio)),
      text: points.map(({ value, ratio }) => `${profile.parameter} ${digits(value)}: ratio ${ratio.toFixed(2)}`),
      hoverinfo: "text",
      line: { color, width: 2.2 },
    },
    ...(tail.length === 0
      ? []
      : [
          {
            ...shared,
            mode: "lines",
            x: tail.map(({ value }) => rounded(value)),
            y: tail.map(({ ratio }) => rounded(ratio)),
            // To where the term is gone, which a logarithmic axis does not hold.
            line: { color, width: 1.6, dash: "dot" },
            hoverinfo: "skip",
          },
        ]),
    ...(best === null
      ? []
      : [
          {
            ...shared,
            mode: "markers",
            x: [rounded(best)],
            y: [0],
            text: [`${profile.parameter} ${digits(best)}<br>${words}`],
            hoverinfo: "text",
            marker: { symbol: "circle", size: 8, color },
          },
        ]),
    ...ends.map(({ at, ratio, side }) => ({
      ...shared,
      mode: "markers",
      x: [rounded(at)],
      y: [rounded(ratio)],
      text: [words],
      hoverinfo: "text",
      cliponaxis: false,
      marker: openEnd(side, colors),
    })),
  ];
}

function openEnd(side: "left" | "right", { untold, surface }: ProfileColors): JsonObject {
  return { symbol: `triangle-${side}`, size: 13, color: surface, line: { color: untold, width: 2.2 } };
}

/** Ends that were not found, at the edge of the frame and on the curve's height. */
function openEnds(profile: ParameterProfile): readonly { readonly at: number; readonly ratio: number; readonly side: "left" | "right" }[] {
  const { points, low, high, ratioWithout } = profile;
  const [xLow, xHigh] = valueRange(profile);
  // A mark on the very edge would be out of the frame by rounding.
  const inwards = (share: number): number => (isLog(profile) ? xLow * pow(xHigh / xLow, share) : xLow + share * (xHigh - xLow));
  return [
    ...(low === null || ratioWithout !== null
      ? [{ at: inwards(0.015), ratio: ratioWithout ?? points[0]?.ratio ?? 0, side: "left" as const }]
      : []),
    ...(high === null ? [{ at: inwards(0.985), ratio: points.at(-1)?.ratio ?? 0, side: "right" as const }] : []),
  ];
}

/** All that was looked at, and some room beyond. */
function valueRange(profile: ParameterProfile): readonly [number, number] {
  const { points, best, low, high, ratioWithout } = profile;
  const values = [...points.map(({ value }) => value), ...[best, low, high].flatMap((value) => value ?? [])];
  const usable = isLog(profile) ? values.filter((value) => value > 0) : values;
  if (usable.length === 0) return [1, 10];
  const [from, to] = [Math.min(...usable), Math.max(...usable)];
  if (!isLog(profile)) return [from - 0.06 * (to - from || 1), to + 0.06 * (to - from || 1)];
  const room = to > from ? pow(to / from, 0.06) : 2;
  // Towards a term that is not there, the curve goes on for ever: half as much again is shown.
  return [from / (ratioWithout === null ? room : Math.max(2, pow(to / from, 0.5))), to * room];
}

function isLog({ isLogarithmic }: ParameterProfile): boolean {
  return isLogarithmic;
}

function panelTitle(
  profile: ParameterProfile,
  place: PanelPlace | undefined,
  index: number,
  colors: { readonly muted: string; readonly untold: string },
): readonly JsonObject[] {
  const { parameter, meaning, best, low, high, identified } = profile;
  const value = best === null ? "vanished" : digits(best);
  const range = `(${low === null ? "no end" : digits(low)} to ${high === null ? "no end" : digits(high)})`;
  const verdict = identified ? "" : `<span style="color:${colors.untold}"><b>not identified</b></span> `;
  return [
    {
      text: `<b>${parameter}</b> ${value} ${range}<br>${verdict}<span style="font-size:10px;color:${colors.muted}">${meaning}</span>`,
      xref: `${index === 0 ? "x" : `x${index + 1}`} domain`,
      yref: "paper",
      x: 0,
      xanchor: "left",
      y: rounded(place?.y[1] ?? 1),
      yshift: 2,
      yanchor: "bottom",
      align: "left",
      showarrow: false,
      font: { size: 12 },
    },
  ];
}

function digits(value: number): string {
  return quantityText(value, "");
}
