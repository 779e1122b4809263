import type { AllocationFrontier, FrontierPlace, FrontierValue } from "../fits/readings/allocation-frontier.ts";
import type { Quantity } from "../fits/readings/fitted-rows.ts";
import { pow } from "../numerics/elementary.ts";
import type { JsonObject } from "../study/content-hash.ts";
import { footnote } from "./footnote.ts";
import { bandTrace, type FigureTheme, type PlotlyFigure } from "./plotly-figure.ts";
import { log10, logAxis, quantityText, rounded } from "./quantity-axis.ts";
import { legendEntry } from "./row-marks.ts";
import { baseAxis, baseLayout, categoryColor, figureColors, topLegend, translucent } from "./theme.ts";

/**
 * The best model size (left) and tokens (right) over compute with the band of the bootstrap, dashed beyond the fitted budgets, which are
 * shaded; the hollow diamond is the budget that was asked for. Tokens per parameter stand on hover.
 */
export function allocationFigure(frontier: AllocationFrontier, options: { readonly theme: FigureTheme }): PlotlyFigure {
  const { theme } = options;
  const { outside, surface, text, muted } = figureColors(theme);
  const { places, target, measured, level, method } = frontier;
  const computes = [...places.map(({ compute }) => compute), ...(measured === null ? [] : [measured.low, measured.high])];
  const [xLow, xHigh] = [Math.min(...computes) / 1.6, Math.max(...computes) * 1.6];
  const percent = `${Number((100 * level).toPrecision(3))} %`;
  const panels = [
    { quantity: frontier.size, of: (place: FrontierPlace) => place.size, color: categoryColor(theme, 1), axes: { xaxis: "x", yaxis: "y" } },
    {
      quantity: frontier.tokens,
      of: (place: FrontierPlace) => place.tokens,
      color: categoryColor(theme, 0),
      axes: { xaxis: "x2", yaxis: "y2" },
    },
  ] as const;
  const note = footnote([`Bands: ${method}.`], theme);
  // Half of a figure has room for few labels that lie flat.
  const compute = {
    ...baseAxis(theme),
    ...logAxis(xLow, xHigh, "FLOPs", 6),
    tickangle: 0,
    title: { text: "training compute (FLOPs)", standoff: 6 },
  };
  const yAxis = ({ quantity, of }: (typeof panels)[number]): JsonObject => {
    const values = [...places, ...(target === null ? [] : [target])].map(of);
    const [low, high] = [
      Math.min(...values.map((value) => value.low ?? value.value)),
      Math.max(...values.map((value) => value.high ?? value.value)),
    ];
    return { ...baseAxis(theme), ...logAxis(low / 1.4, high * 1.6, quantity.unit), title: { text: `best ${quantityName(quantity)}` } };
  };
  return {
    data: [
      ...panels.flatMap(({ of, color, axes, quantity }) => panelTraces(frontier, { of, color, axes, quantity, surface, percent })),
      legendEntry("best split", { mode: "lines", line: { color: text, width: 2 } }),
      legendEntry("beyond the rows", { mode: "lines", line: { color: text, width: 2, dash: "dash" } }),
      legendEntry(`${percent} band`, { mode: "lines", line: { color: translucent(text, 0.25), width: 10 } }),
      ...(measured === null ? [] : [legendEntry("fitted budgets", { mode: "lines", line: { color: outside, width: 10 } })]),
      ...(target === null ? [] : [legendEntry("asked for", { mode: "markers", marker: targetMarker(text, surface) })]),
    ],
    layout: {
      ...baseLayout(theme),
      xaxis: { ...compute, domain: [0, 0.445] },
      xaxis2: { ...compute, domain: [0.555, 1], anchor: "y2" },
      yaxis: yAxis(panels[0]),
      yaxis2: { ...yAxis(panels[1]), anchor: "x2" },
      shapes:
        measured === null
          ? []
          : panels.map(({ axes }) => ({
              type: "rect",
              xref: axes.xaxis,
              yref: `${axes.yaxis} domain`,
              x0: rounded(measured.low),
              x1: rounded(measured.high),
              y0: 0,
              y1: 1,
              fillcolor: outside,
              line: { width: 0 },
              layer: "below",
            })),
      annotations: [
        ...note.annotations,
        ...(target === null ? [] : panels.map(({ axes, of, quantity }) => targetLabel(target, axes, of(target), quantity, muted))),
      ],
      legend: { ...topLegend(""), y: 1.02 },
      margin: { l: 72, r: 24, t: 48, b: note.bottom },
    },
  };
}

interface Panel {
  readonly of: (place: FrontierPlace) => FrontierValue;
  readonly color: string;
  readonly axes: { readonly xaxis: string; readonly yaxis: string };
  readonly quantity: Quantity;
  readonly surface: string;
  readonly percent: string;
}

function panelTraces(frontier: AllocationFrontier, panel: Panel): readonly JsonObject[] {
  const { places, target, measured } = frontier;
  const { of, color, axes, surface, percent } = panel;
  const banded = places.flatMap((place) => {
    const { low, high } = of(place);
    return low === null || high === null ? [] : [{ compute: place.compute, low, high }];
  });
  const inside = places.filter(({ compute }) => measured === null || compute <= measured.high);
  const beyond = places.filter(({ compute }) => measured !== null && compute > measured.high);
  const border = measured === null ? null : crossing(inside.at(-1), beyond[0], of, measured.high);
  const line = (own: readonly Mark[], dash: string): JsonObject => ({
    ...axes,
    type: "scatter",
    mode: "lines",
    x: own.map(({ compute }) => rounded(compute)),
    y: own.map(({ value }) => rounded(value)),
    text: own.map(({ words }) => words),
    hoverinfo: "text",
    line: { color, width: 2.2, dash },
    showlegend: false,
  });
  const mark = (place: FrontierPlace): Mark => ({
    compute: place.compute,
    value: of(place).value,
    words: hoverText(place, frontier, percent),
  });
  return [
    bandTrace(
      banded.map(({ compute }) => rounded(compute)),
      banded.map(({ low }) => rounded(low)),
      banded.map(({ high }) => rounded(high)),
      translucent(color, 0.25),
      axes,
    ),
    ...(border === null
      ? [line(inside.map(mark), "solid")]
      : [line([...inside.map(mark), border], "solid"), line([border, ...beyond.map(mark)], "dash")]),
    ...(target === null
      ? []
      : [
          {
            ...axes,
            type: "scatter",
            mode: "markers",
            x: [rounded(target.compute)],
            y: [rounded(of(target).value)],
            text: [hoverText(target, frontier, percent)],
            hoverinfo: "text",
            marker: targetMarker(color, surface),
            error_y: errorBar(of(target), color),
            showlegend: false,
          },
        ]),
  ];
}

interface Mark {
  readonly compute: number;
  readonly value: number;
  readonly words: string;
}

/** Where the line leaves the fitted budgets: on the straight line, in logarithms, between the places on either side. */
function crossing(before: FrontierPlace | undefined, after: FrontierPlace | undefined, of: Panel["of"], compute: number): Mark | null {
  if (after === undefined) return null;
  if (before === undefined) return { compute: after.compute, value: of(after).value, words: "" };
  const share = log10(compute / before.compute) / log10(after.compute / before.compute);
  return { compute, value: of(before).value * pow(of(after).value / of(before).value, share), words: "last fitted budget" };
}

function targetMarker(color: string, surface: string): JsonObject {
  return { symbol: "diamond", size: 11, color: surface, line: { color, width: 2.5 } };
}

function errorBar({ value, low, high }: FrontierValue, color: string): JsonObject {
  return {
    type: "data",
    symmetric: false,
    array: [high === null ? 0 : rounded(high - value)],
    arrayminus: [low === null ? 0 : rounded(value - low)],
    color,
    thickness: 2,
    width: 5,
  };
}

/** What was asked for in words, left of its mark: there the band leaves room above. */
function targetLabel(target: FrontierPlace, axes: Panel["axes"], value: FrontierValue, quantity: Quantity, color: string): JsonObject {
  return {
    text: `<b>${quantityText(value.value, quantity.unit)}</b> ${quantity.unit}${rangeText(value, quantity.unit)}<br>at ${quantityText(target.compute, "FLOPs")} FLOPs`,
    xref: `${axes.xaxis} domain`,
    yref: `${axes.yaxis} domain`,
    x: 0.03,
    xanchor: "left",
    y: 0.98,
    yanchor: "top",
    align: "left",
    showarrow: false,
    font: { size: 12, color },
  };
}

function hoverText(
  { compute, size, tokens, tokensPerParameter, loss }: FrontierPlace,
  frontier: AllocationFrontier,
  percent: string,
): string {
  const { size: ofSize, tokens: ofTokens, output } = frontier;
  const line = (name: string, value: FrontierValue, unit: string): string =>
    `${name} ${quantityText(value.value, unit)}${rangeText(value, unit)}`;
  return [
    `C ${quantityText(compute, "FLOPs")}, ${percent} in parentheses`,
    line(ofSize.name, size, ofSize.unit),
    line(ofTokens.name, tokens, ofTokens.unit),
    line("tokens per parameter", tokensPerParameter, ""),
    line(output.name, loss, output.unit),
  ].join("<br>");
}

function rangeText({ low, high }: FrontierValue, unit: string): string {
  return low === null || high === null ? "" : ` (${quantityText(low, unit)} to ${quantityText(high, unit)})`;
}

function quantityName({ name, meaning, unit }: Quantity): string {
  return `${name}: ${meaning.includes(unit) ? meaning : `${meaning} (${unit})`}`;
}
