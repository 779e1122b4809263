import type { CurvePoint, CurveRow, LawCurve, LawCurves } from "../fits/readings/law-curves.ts";
import { rowParts } from "../fits/readings/fitted-rows.ts";
import { sqrt } from "../numerics/elementary.ts";
import type { JsonObject } from "../study/content-hash.ts";
import { footnote } from "./footnote.ts";
import { type OrderedColors, orderedColors } from "./ordered-colors.ts";
import { bandTrace, type FigureTheme, type PlotlyFigure } from "./plotly-figure.ts";
import { log10, logAxis, quantityText, quantityTitle, rounded } from "./quantity-axis.ts";
import { legendEntry, rowLegend, rowMarker } from "./row-marks.ts";
import { baseAxis, baseLayout, categoryColor, figureColors, topLegend, translucent } from "./theme.ts";

const opacity = { newRun: 0.13, mean: 0.32 } as const;

/**
 * A law as it was fitted: its curves over compute (or another input), one for each model size, dashed where no fitted row of that size lies;
 * the inner band is the interval for the mean of runs, the outer one that for one new run. Filled circles are fitted rows, open diamonds
 * rows that were held out, crosses rows that took no part. The dotted line is the irreducible loss, where the rows tell it.
 */
export function lawCurveFigure(curves: LawCurves, options: { readonly theme: FigureTheme }): PlotlyFigure {
  const { theme } = options;
  const { by, along, output, rows } = curves;
  const { muted, text } = figureColors(theme);
  const values = by === null ? [] : [...curves.curves.flatMap(({ key }) => key ?? []), ...rows.flatMap(({ key }) => key ?? [])];
  const single = categoryColor(theme, 1);
  const colors = by === null ? null : orderedColors(theme, values, by);
  const colorOf = (key: number | null): string => (colors === null || key === null ? single : colors.of(key));
  const places = [...rows.map(({ at }) => at), ...curves.curves.flatMap(({ points }) => points.map(({ at }) => at))];
  const [xLow, xHigh] = padded(places, 1.02);
  const isLog = curves.isLogarithmic && [...rows.map((row) => row.output), ...centers(curves)].every((value) => value > 0);
  const [yLow, yHigh] = outputRange(curves, isLog);
  const percent = `${Number((100 * curves.level).toPrecision(3))} %`;
  const neutral = by === null ? single : text;
  const note = footnote(notes(curves), theme);
  const data: JsonObject[] = [
    ...(colors?.traces ?? []),
    ...curves.curves.map((curve) => curveBand(curve, ({ newRun }) => newRun, translucent(colorOf(curve.key), opacity.newRun), yLow)),
    ...curves.curves.map((curve) => curveBand(curve, ({ mean }) => mean, translucent(colorOf(curve.key), opacity.mean), yLow)),
    ...curves.curves.flatMap((curve) => curveLines(curve, curves, colorOf(curve.key))),
    ...rowParts.flatMap((part) => {
      const own = rows.filter((row) => row.part === part);
      if (own.length === 0) return [];
      const color = own.map(({ key }) => (part === "excluded" ? muted : colorOf(key)));
      return [rowTrace(own, curves, colors, rowMarker(part, color))];
    }),
    ...rowLegend(
      theme,
      rows.map(({ part }) => part),
    ),
    legendEntry(`${percent}, one new run`, swatch(translucent(neutral, opacity.newRun + 0.05))),
    legendEntry(`${percent}, mean`, swatch(translucent(neutral, opacity.mean + 0.05))),
    legendEntry("beyond the rows", { mode: "lines", line: { color: neutral, width: 2, dash: "dash" } }),
    ...irreducibleTraces(curves, [xLow, xHigh], yLow, muted),
  ];
  return {
    data,
    layout: {
      ...baseLayout(theme),
      ...(colors?.layout ?? {}),
      xaxis: { ...baseAxis(theme), ...logAxis(xLow, xHigh, along.unit), title: { text: quantityTitle(along), standoff: 6 } },
      yaxis: {
        ...baseAxis(theme),
        ...(isLog ? logAxis(yLow, yHigh, output.unit) : { range: [yLow, yHigh] }),
        title: { text: quantityTitle(output) },
      },
      legend: { ...topLegend(""), y: 1.02 },
      annotations: note.annotations,
      margin: { l: 64, r: by === null ? 16 : 108, t: 64, b: note.bottom },
    },
  };
}

function swatch(color: string): JsonObject {
  return { mode: "lines", line: { color, width: 10 } };
}

function curveBand(
  curve: LawCurve,
  range: (point: CurvePoint) => { readonly low: number; readonly high: number },
  fill: string,
  floor: number,
): JsonObject {
  const points = curve.points
    .map((point) => ({ at: point.at, ...range(point) }))
    .filter(({ low, high }) => Number.isFinite(low) && Number.isFinite(high));
  return bandTrace(
    points.map(({ at }) => rounded(at)),
    // A logarithmic axis has no 0: an interval that reaches it runs out of the frame.
    points.map(({ low }) => rounded(Math.max(low, floor / 2))),
    points.map(({ high }) => rounded(high)),
    fill,
  );
}

/** The solid part where fitted rows lie, and the dashed parts on either side. */
function curveLines(curve: LawCurve, { along, output, by, level }: LawCurves, color: string): readonly JsonObject[] {
  const { points, measured, key } = curve;
  const percent = `${Number((100 * level).toPrecision(3))} %`;
  const isMeasured = ({ at }: CurvePoint): boolean =>
    measured !== null && at >= measured.low * (1 - 1e-9) && at <= measured.high * (1 + 1e-9);
  const first = points.findIndex(isMeasured);
  const last = points.findLastIndex(isMeasured);
  const parts =
    first < 0
      ? [{ from: 0, to: points.length - 1, dash: "dash" }]
      : [
          { from: 0, to: first, dash: "dash" },
          { from: first, to: last, dash: "solid" },
          { from: last, to: points.length - 1, dash: "dash" },
        ];
  return parts
    .filter(({ from, to }) => to > from)
    .map(({ from, to, dash }) => {
      const own = points.slice(from, to + 1);
      return {
        type: "scatter",
        mode: "lines",
        x: own.map(({ at }) => rounded(at)),
        y: own.map((point) => rounded(point.output)),
        text: own.map(
          (point) =>
            `${key === null || by === null ? "" : `${by.name} ${quantityText(key, by.unit)}, `}${along.name} ${quantityText(point.at, along.unit)}<br>${output.name} ${digits(point.output)}<br>${percent} of the mean ${digits(point.mean.low)} to ${digits(point.mean.high)}<br>${percent} of one new run ${digits(point.newRun.low)} to ${digits(point.newRun.high)}`,
        ),
        hoverinfo: "text",
        line: { color, width: 1.8, dash },
        showlegend: false,
      };
    });
}

function rowTrace(
  rows: readonly CurveRow[],
  { along, output, by }: LawCurves,
  colors: OrderedColors | null,
  marker: JsonObject,
): JsonObject {
  return {
    type: "scatter",
    mode: "markers",
    x: rows.map(({ at }) => rounded(at)),
    y: rows.map((row) => rounded(row.output)),
    text: rows.map(
      (row) =>
        `${row.name}, ${row.part}<br>${output.name} ${digits(row.output)}<br>${by === null || row.key === null ? "" : `${by.name} ${colors?.nameOf(row.key) ?? ""}, `}${along.name} ${quantityText(row.at, along.unit)}`,
    ),
    hoverinfo: "text",
    marker,
    showlegend: false,
  };
}

function irreducibleTraces(
  { irreducible, output }: LawCurves,
  range: readonly [number, number],
  lowest: number,
  color: string,
): readonly JsonObject[] {
  if (irreducible === null) return [];
  const { value, interval } = irreducible;
  const words = interval === null ? "" : ` (${digits(interval.low)} to ${digits(interval.high)})`;
  return [
    {
      type: "scatter",
      mode: "lines",
      x: range.map(rounded),
      y: [rounded(value), rounded(value)],
      text: `irreducible ${output.name} ${digits(value)}${words}`,
      hoverinfo: "text",
      name: `irreducible ${output.name} ${digits(value)}${value < lowest ? ", below the frame" : ""}`,
      line: { color, width: 1.5, dash: "dot" },
    },
  ];
}

function notes({ fixed, rowsElsewhere, calibration }: LawCurves): readonly string[] {
  const others = Object.entries(fixed).map(([name, value]) => `${name} = ${quantityText(value, "")}`);
  const elsewhere = rowsElsewhere === 0 ? "" : `; ${rowsElsewhere} rows elsewhere are not drawn`;
  return [
    others.length === 0 ? "" : `Curves at ${others.join(", ")}${elsewhere}.`,
    calibration === "" ? "" : `Intervals at the right edge: ${calibration}.`,
  ];
}

function centers({ curves }: LawCurves): readonly number[] {
  return curves.flatMap(({ points }) => points.map((point) => point.output));
}

/** All rows and curves, and the irreducible term unless it is farther off than they span; intervals may run out of the frame. */
function outputRange(curves: LawCurves, isLog: boolean): readonly [number, number] {
  const values = [...curves.rows.map((row) => row.output), ...centers(curves)];
  if (values.length === 0) return [1, 10];
  const [least, high] = [Math.min(...values), Math.max(...values)];
  const floor = isLog ? (least * least) / high : 2 * least - high;
  const low = curves.irreducible === null || curves.irreducible.value < floor ? least : Math.min(least, curves.irreducible.value);
  const bands = curves.curves.flatMap(({ points }) => points.flatMap(({ newRun }) => [newRun.low, newRun.high].filter(Number.isFinite)));
  if (!isLog) {
    const reach = (high - low || 1) / 2;
    return [Math.max(low - reach, Math.min(low, ...bands)) - 0.06 * reach, Math.min(high + reach, Math.max(high, ...bands)) + 0.06 * reach];
  }
  const [from, to] = padded([low, high], 1.03);
  const most = sqrt(sqrt(high / low));
  return [Math.max(from / most, Math.min(from, ...bands.filter((value) => value > 0))), Math.min(to * most, Math.max(to, ...bands))];
}

function padded(values: readonly number[], least: number): readonly [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (!(low > 0)) return [1, 10];
  const factor = Math.max(least, 1 + 0.04 * log10(high / low) * 2.3);
  return [low / factor, high * factor];
}

function digits(value: number): string {
  return String(Number(value.toPrecision(4)));
}
