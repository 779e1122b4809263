import type { JsonObject } from "../study/content-hash.ts";
import type { Basin, BasinPoint } from "../transfer/basins.ts";
import { panelGrid, panelGridHeight, type PanelPlace } from "./panel-grid.ts";
import {
  bandTrace,
  octaveTicks,
  orderedIds,
  spacedWords,
  groupedDigits,
  withMinus,
  type FigureOptions,
  type PlotlyFigure,
} from "./plotly-figure.ts";
import { baseAxis, baseLayout, figureColors, sequentialColor, topLegend, translucent } from "./theme.ts";

/**
 * F1: loss against log2 of the hyperparameter, one line a scale, one panel a parametrization with a shared loss axis.
 * Lines are means over seeds with the band of their interval; the fitted optimum is a diamond with its interval as a
 * bar; outside the grid is shaded; a point where a run diverged is a cross on the upper edge; an optimum on a grid edge
 * has a triangle that points where the grid should grow instead of a diamond.
 *
 * @param basins as `measureBasins` gives them; cells that are no sweep are left out
 */
export function lossBasinFigure(basins: readonly Basin[], options: FigureOptions): PlotlyFigure {
  const { theme } = options;
  const cells = basins.filter((basin) => basin.isSweep);
  const swept = new Set(cells.map((basin) => basin.parametrization));
  const panels = orderedIds([...swept], options.order).filter((id) => swept.has(id));
  const scales = [...new Set(cells.map((basin) => basin.axisValue))].sort((left, right) => left - right);
  const [xLow, xHigh] = gridRange(cells);
  const margin = 0.6;
  const [yLow, yHigh] = lossRange(cells);
  const axisName = spacedWords(cells[0]?.axis ?? "scale");
  const hyperparameter = spacedWords(cells[0]?.hyperparameter ?? "hyperparameter");
  const places = panelGrid(panels.length);
  const rowOf = (panel: number): number => places[panel]?.row ?? 0;
  const rows = [...new Set(places.map(({ row }) => row))];
  const height = panelGridHeight(places);
  const seen = new Set<number>();
  const data = cells.flatMap((basin) => {
    const panel = panels.indexOf(basin.parametrization);
    const first = !seen.has(basin.axisValue);
    seen.add(basin.axisValue);
    const style = {
      color: sequentialColor(theme, scales.indexOf(basin.axisValue), scales.length),
      name: groupedDigits(basin.axisValue),
      showlegend: first,
      xaxis: axisId("x", panel),
      yaxis: axisId("y", rowOf(panel)),
      top: yHigh,
      surface: figureColors(theme).surface,
      axisName,
    };
    return basinTraces(basin, style);
  });
  const panelAxes = panels.map((_, index): readonly [string, JsonObject] => [
    index === 0 ? "xaxis" : `xaxis${index + 1}`,
    {
      ...baseAxis(theme),
      domain: [...(places[index]?.x ?? [0, 1])],
      ...(rows.length === 1 ? {} : { anchor: axisId("y", rowOf(index)) }),
      range: [xLow - margin, xHigh + margin],
      ...octaveTicks(xLow - margin, xHigh + margin),
      title: { text: hyperparameter },
    },
  ]);
  const rowAxes = (rows.length === 0 ? [0] : rows).map((row): readonly [string, JsonObject] => [
    row === 0 ? "yaxis" : `yaxis${row + 1}`,
    {
      ...baseAxis(theme),
      range: [yLow, yHigh],
      title: { text: rows.length > 1 ? "held-out loss" : "held-out loss (nats per token)" },
      ...(rows.length === 1 ? {} : { domain: [...(places.find((place) => place.row === row)?.y ?? [0, 1])] }),
      ...(row === 0
        ? {}
        : {
            anchor: axisId(
              "x",
              places.findIndex((place) => place.row === row),
            ),
          }),
    },
  ]);
  return {
    data,
    layout: {
      ...baseLayout(theme),
      ...Object.fromEntries(panelAxes),
      ...Object.fromEntries(rowAxes),
      shapes: panels.flatMap((_, index) => outsideShapes(index, places[index], [xLow, xHigh], margin, figureColors(theme).outside)),
      annotations: panels.map((id, index) => panelTitle(options.names?.[id] ?? id, index, places[index])),
      legend: height === undefined ? topLegend(axisName) : { ...topLegend(axisName), y: 1 + 40 / height },
      ...(height === undefined ? {} : { height }),
      margin: { l: 64, r: 16, t: 64, b: 52 },
    },
  };
}

interface BasinStyle {
  readonly color: string;
  readonly name: string;
  readonly showlegend: boolean;
  readonly xaxis: string;
  readonly yaxis: string;
  /** Loss of the upper edge of the frame. */
  readonly top: number;
  readonly surface: string;
  readonly axisName: string;
}

function basinTraces(basin: Basin, style: BasinStyle): readonly JsonObject[] {
  const { color, name, xaxis, yaxis } = style;
  const group = { legendgroup: name, xaxis, yaxis };
  const drawn = basin.points.filter((point) => point.meanLoss !== null);
  const banded = drawn.filter((point) => point.interval !== null);
  const diverged = basin.points.filter((point) => point.diverged > 0);
  const band = bandTrace(
    banded.map((point) => point.log2Value),
    banded.map((point) => point.interval?.low ?? 0),
    banded.map((point) => point.interval?.high ?? 0),
    translucent(color, 0.18),
    group,
  );
  return [
    ...(banded.length > 1 ? [band] : []),
    {
      type: "scatter",
      mode: "lines+markers",
      x: drawn.map((point) => point.log2Value),
      y: drawn.map((point) => point.meanLoss),
      text: drawn.map((point) => hoverText(point, basin, style.axisName)),
      hoverinfo: "text",
      line: { color, width: 2 },
      marker: { color, size: 5 },
      name,
      showlegend: style.showlegend,
      ...group,
    },
    ...(diverged.length > 0 ? [crossTrace(diverged, style, group)] : []),
    ...optimumTraces(basin, style, group),
  ];
}

function crossTrace(points: readonly BasinPoint[], style: BasinStyle, group: JsonObject): JsonObject {
  return {
    type: "scatter",
    mode: "markers",
    x: points.map((point) => point.log2Value),
    y: points.map(() => style.top),
    text: points.map((point) => `${point.diverged} of ${point.runs.length} diverged<br>${style.axisName} ${style.name}`),
    hoverinfo: "text",
    marker: { symbol: "x", size: 9, color: style.color },
    cliponaxis: false,
    showlegend: false,
    ...group,
  };
}

function optimumTraces(basin: Basin, style: BasinStyle, group: JsonObject): readonly JsonObject[] {
  const { optimum, mean } = basin;
  const shared = { type: "scatter", mode: "markers", hoverinfo: "text", showlegend: false, cliponaxis: false, ...group };
  if (optimum !== null && mean.status === "fitted") {
    const { interval } = optimum;
    const range =
      interval === null ? "" : ` (${Math.round(100 * interval.level)} % ${withMinus(interval.low, 2)} to ${withMinus(interval.high, 2)})`;
    return [
      {
        ...shared,
        x: [optimum.log2],
        y: [mean.vertexLoss],
        text: [`optimum 2^${withMinus(optimum.log2, 2)}${range}<br>${style.axisName} ${style.name}`],
        marker: { symbol: "diamond", size: 8, color: style.surface, line: { color: style.color, width: 2 } },
        ...(interval === null
          ? {}
          : {
              error_x: {
                type: "data",
                symmetric: false,
                array: [interval.high - optimum.log2],
                arrayminus: [optimum.log2 - interval.low],
                color: style.color,
                thickness: 2.5,
                width: 6,
              },
            }),
      },
    ];
  }
  const edge = basin.seeds.find(({ fit }) => fit.status === "edge")?.fit;
  if (edge?.status !== "edge") return [];
  const at = basin.points.find((point) => point.log2Value === edge.bestGridLog2);
  if (at?.meanLoss == null) return [];
  const symbol = edge.side === "low" ? "triangle-left" : "triangle-right";
  return [
    {
      ...shared,
      x: [at.log2Value],
      y: [at.meanLoss],
      text: [edge.words],
      marker: { symbol, size: 14, color: style.color, line: { color: style.surface, width: 1 } },
    },
  ];
}

function hoverText(point: BasinPoint, basin: Basin, axisName: string): string {
  const seeds = point.runs.length - point.missing - point.diverged;
  const interval = point.interval === null ? "" : ` ± ${((point.interval.high - point.interval.low) / 2).toFixed(3)}`;
  const missing = point.missing > 0 ? `, ${point.missing} without result` : "";
  return `${(point.meanLoss ?? Number.NaN).toFixed(3)}${interval} nats per token<br>${spacedWords(basin.hyperparameter)} ${Number(point.value.toPrecision(4))}, ${axisName} ${basin.axisValue}<br>mean of ${seeds} ${seeds === 1 ? "seed" : "seeds"}${missing}`;
}

function gridRange(cells: readonly Basin[]): readonly [number, number] {
  const values = cells.flatMap((basin) => basin.points.map((point) => point.log2Value));
  return values.length === 0 ? [0, 1] : [Math.min(...values), Math.max(...values)];
}

/** All means and bands, but never more than eight times the depth of the basins where they were fitted: a near-divergence may not flatten them. */
function lossRange(cells: readonly Basin[]): readonly [number, number] {
  const points = cells.flatMap((basin) => basin.points);
  const values = points.flatMap((point) =>
    point.meanLoss === null ? [] : [point.interval?.low ?? point.meanLoss, point.interval?.high ?? point.meanLoss],
  );
  if (values.length === 0) return [0, 1];
  const low = Math.min(...values);
  const fitted = cells.flatMap(({ mean, points: own }) =>
    mean.status === "fitted"
      ? own.flatMap((point) => (point.log2Value >= mean.windowLow && point.log2Value <= mean.windowHigh ? (point.meanLoss ?? []) : []))
      : [],
  );
  const depth = fitted.length === 0 ? Infinity : Math.max(...fitted) - low;
  const high = Math.min(Math.max(...values), low + 8 * Math.max(depth, 1e-6));
  const pad = 0.05 * (high - low || 1);
  return [low - pad, high + pad];
}

/** Shading left and right of the grid in one panel. */
function outsideShapes(
  panel: number,
  place: PanelPlace | undefined,
  grid: readonly [number, number],
  margin: number,
  fillcolor: string,
): readonly JsonObject[] {
  const shared = {
    type: "rect",
    xref: axisId("x", panel),
    yref: "paper",
    y0: place?.y[0] ?? 0,
    y1: place?.y[1] ?? 1,
    fillcolor,
    line: { width: 0 },
    layer: "below",
  };
  return [
    { ...shared, x0: grid[0] - margin, x1: grid[0] },
    { ...shared, x0: grid[1], x1: grid[1] + margin },
  ];
}

function panelTitle(text: string, panel: number, place: PanelPlace | undefined): JsonObject {
  return {
    text: `<b>${text}</b>`,
    xref: `${axisId("x", panel)} domain`,
    yref: "paper",
    x: 0,
    xanchor: "left",
    y: (place?.y[1] ?? 1) + (place?.y[0] === 0 && place.row === 0 ? 0.01 : 0.002),
    yanchor: "bottom",
    showarrow: false,
  };
}

/** Plotly's name of the index-th axis: `x`, `x2`, … */
function axisId(letter: "x" | "y", index: number): string {
  return index === 0 ? letter : `${letter}${index + 1}`;
}
