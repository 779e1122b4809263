import { log2 } from "../numerics/elementary.ts";
import { leastSquares, leverage } from "../numerics/least-squares.ts";
import { studentTFactor } from "../numerics/student-t.ts";
import type { TargetPrediction } from "../recommendation/target-prediction.ts";
import type { JsonObject } from "../study/content-hash.ts";
import type { Drift } from "../transfer/drift.ts";
import type { TransferTest } from "../transfer/transfer-test.ts";
import {
  bandTrace,
  octaveTicks,
  orderedIds,
  groupedDigits,
  spacedWords,
  withMinus,
  type FigureOptions,
  type PlotlyFigure,
} from "./plotly-figure.ts";
import { baseAxis, baseLayout, categoryColor, categorySymbol, figureColors, topLegend, translucent } from "./theme.ts";

/**
 * F2: log2 optimum against log2 axis. Filled points are means over seeds with their intervals, faint ones the seeds; the
 * line is the fitted drift with the band of its mean at the test's level, dashed beyond the data; the grey wedge holds
 * every line whose slope is inside the margin; the hollow point is the prediction at the target with its interval.
 *
 * @param tests one a parametrization, all over one axis and hyperparameter
 * @param predictions at targets, for those tests that have one
 */
export function transferFigure(
  tests: readonly TransferTest[],
  predictions: readonly TargetPrediction[],
  options: FigureOptions,
): PlotlyFigure {
  const { theme } = options;
  const [first] = tests;
  const axisName = spacedWords(first?.axis ?? "scale");
  const measured = [...new Set(tests.flatMap((test) => test.optima.map((row) => row.axisValue)))];
  const targets = [...new Set(predictions.map((prediction) => prediction.targetAxisValue))];
  const places = [...new Set([...measured, ...targets])].sort((left, right) => left - right);
  const xs = places.map((place) => log2(place));
  const [xLow, xHigh] = xs.length === 0 ? [0, 1] : [Math.min(...xs) - 0.3, Math.max(...xs) + 0.3];
  const order = orderedIds(
    tests.map((test) => test.parametrization),
    options.order,
  );
  const series = tests.flatMap((test) => {
    const index = order.indexOf(test.parametrization);
    const prediction = predictions.find((candidate) => candidate.parametrization === test.parametrization);
    return seriesTraces(test, prediction, {
      color: categoryColor(theme, index),
      symbol: categorySymbol(index),
      name: options.names?.[test.parametrization] ?? test.parametrization,
      surface: figureColors(theme).surface,
      axisName,
    });
  });
  const data = [...zoneTraces(tests, [xLow, xHigh], figureColors(theme).zone), ...series];
  const shown = optimumRange(tests, predictions);
  const [yLow, yHigh] = [shown[0] - 0.5, shown[1] + 0.5];
  return {
    data,
    layout: {
      ...baseLayout(theme),
      xaxis: {
        ...baseAxis(theme),
        range: [xLow, xHigh],
        tickvals: xs,
        ticktext: places.map((place) => groupedDigits(place)),
        title: { text: `${axisName} (log scale)` },
      },
      yaxis: {
        ...baseAxis(theme),
        range: [yLow, yHigh],
        ...octaveTicks(yLow, yHigh),
        title: { text: `optimal ${spacedWords(first?.hyperparameter ?? "value")}` },
      },
      legend: { ...topLegend(""), y: 1.02 },
      margin: { l: 64, r: 16, t: 48, b: 52 },
    },
  };
}

interface SeriesStyle {
  readonly color: string;
  readonly symbol: string;
  readonly name: string;
  readonly surface: string;
  readonly axisName: string;
}

function seriesTraces(test: TransferTest, prediction: TargetPrediction | undefined, style: SeriesStyle): readonly JsonObject[] {
  const { color, name } = style;
  const group = { type: "scatter", legendgroup: name, showlegend: false };
  const rows = test.optima.flatMap((row) => (row.optimum === null ? [] : [{ ...row, optimum: row.optimum }]));
  const seeds = test.optima.flatMap((row) =>
    row.bySeed.flatMap(({ seed, log2: optimum }) => (optimum === null ? [] : [{ x: log2(row.axisValue), seed, optimum }])),
  );
  return [
    ...(test.drift === null ? [] : lineTraces(test, test.drift, prediction, style, group)),
    {
      ...group,
      mode: "markers",
      x: seeds.map((seed) => seed.x),
      y: seeds.map((seed) => seed.optimum),
      text: seeds.map((seed) => `${name}, seed ${seed.seed}: 2^${withMinus(seed.optimum, 2)}`),
      hoverinfo: "text",
      marker: { color: translucent(color, 0.45), size: 5, symbol: "circle" },
    },
    {
      ...group,
      mode: "markers",
      x: rows.map((row) => log2(row.axisValue)),
      y: rows.map((row) => row.optimum.log2),
      text: rows.map(
        (row) => `${name}, ${style.axisName} ${row.axisValue}: 2^${withMinus(row.optimum.log2, 2)}${rangeText(row.optimum.interval)}`,
      ),
      hoverinfo: "text",
      name,
      showlegend: true,
      marker: { color, size: 9, symbol: style.symbol },
      error_y: errorBars(
        rows.map((row) => ({ center: row.optimum.log2, interval: row.optimum.interval })),
        color,
      ),
    },
    ...(prediction === undefined ? [] : [targetTrace(prediction, style, group)]),
  ];
}

/** The common line of all optima with the band of its mean, and its dashed way to the target. */
function lineTraces(
  test: TransferTest,
  drift: Drift,
  prediction: TargetPrediction | undefined,
  style: SeriesStyle,
  group: JsonObject,
): readonly JsonObject[] {
  const places = drift.optima.map((optimum) => optimum.log2Axis);
  const center = places.reduce((sum, x) => sum + x, 0) / places.length;
  const fit = leastSquares(
    places.map((x) => [1, x - center]),
    drift.optima.map((optimum) => optimum.log2Optimum),
  );
  const at = (x: number): { readonly y: number; readonly reach: number } => ({
    y: (fit.coefficients[0] ?? 0) + (fit.coefficients[1] ?? 0) * (x - center),
    reach: studentTFactor(test.level, fit.degreesOfFreedom) * (fit.residualStandardDeviation ?? 0) * leverage(fit, [1, x - center]),
  });
  const [low, high] = [Math.min(...places), Math.max(...places)];
  const end = prediction === undefined ? high : log2(prediction.targetAxisValue);
  const [from, to] = [Math.min(low, end), Math.max(high, end)];
  const xs = Array.from({ length: 33 }, (_, index) => from + ((to - from) * index) / 32);
  const band = xs.map(at);
  const text = `${style.name}: ${withMinus(drift.slope, 2)} octaves per doubling (${Math.round(100 * test.level)} % ${withMinus(drift.interval.low, 2)} to ${withMinus(drift.interval.high, 2)})`;
  const line = (x: readonly number[], dash: string): JsonObject => ({
    ...group,
    mode: "lines",
    x,
    y: x.map((place) => at(place).y),
    line: { color: style.color, width: 2, dash },
    text,
    hoverinfo: "text",
  });
  return [
    bandTrace(
      xs,
      band.map(({ y, reach }) => y - reach),
      band.map(({ y, reach }) => y + reach),
      translucent(style.color, 0.18),
      { legendgroup: style.name },
    ),
    line([low, high], "solid"),
    ...(to > high ? [line([high, to], "dash")] : []),
    ...(from < low ? [line([from, low], "dash")] : []),
  ];
}

function targetTrace(prediction: TargetPrediction, style: SeriesStyle, group: JsonObject): JsonObject {
  const { optimum, targetAxisValue } = prediction;
  return {
    ...group,
    mode: "markers",
    x: [log2(targetAxisValue)],
    y: [optimum.log2],
    text: [
      `${style.name}, predicted at ${style.axisName} ${targetAxisValue}: 2^${withMinus(optimum.log2, 2)}${rangeText(optimum.log2Interval)}`,
    ],
    hoverinfo: "text",
    marker: { color: style.surface, size: 11, symbol: style.symbol, line: { color: style.color, width: 2.5 } },
    error_y: errorBars([{ center: optimum.log2, interval: optimum.log2Interval }], style.color),
  };
}

/** One wedge per place that lines start from (starts within half an octave share one): slopes inside the margin. */
function zoneTraces(tests: readonly TransferTest[], range: readonly [number, number], fillcolor: string): readonly JsonObject[] {
  const anchors: { x: number; y: number; margin: number }[] = [];
  for (const test of tests) {
    const start = test.optima[0];
    if (start?.optimum == null) continue;
    const anchor = { x: log2(start.axisValue), y: start.optimum.log2, margin: test.marginOctavesPerDoubling };
    if (!anchors.some((other) => other.x === anchor.x && Math.abs(other.y - anchor.y) <= 0.5 && other.margin === anchor.margin))
      anchors.push(anchor);
  }
  return anchors.map(({ x, y, margin }, index) => {
    const reach = margin * (range[1] - x);
    return bandTrace([x, range[1]], [y, y - reach], [y, y + reach], fillcolor, {
      name: `± ${margin} octave per doubling`,
      showlegend: index === 0,
      legendgroup: "zone",
    });
  });
}

function errorBars(
  points: readonly { readonly center: number; readonly interval: { readonly low: number; readonly high: number } | null }[],
  color: string,
): JsonObject {
  return {
    type: "data",
    symmetric: false,
    array: points.map(({ center, interval }) => (interval === null ? 0 : interval.high - center)),
    arrayminus: points.map(({ center, interval }) => (interval === null ? 0 : center - interval.low)),
    color,
    thickness: 2,
    width: 5,
  };
}

function rangeText(interval: { readonly low: number; readonly high: number; readonly level: number } | null): string {
  return interval === null
    ? ""
    : ` (${Math.round(100 * interval.level)} % ${withMinus(interval.low, 2)} to ${withMinus(interval.high, 2)})`;
}

function optimumRange(tests: readonly TransferTest[], predictions: readonly TargetPrediction[]): readonly [number, number] {
  const values = [
    ...tests.flatMap((test) =>
      test.optima.flatMap((row) =>
        row.optimum === null ? [] : [row.optimum.interval?.low ?? row.optimum.log2, row.optimum.interval?.high ?? row.optimum.log2],
      ),
    ),
    ...tests.flatMap((test) => test.optima.flatMap((row) => row.bySeed.flatMap((seed) => seed.log2 ?? []))),
    ...predictions.flatMap(({ optimum }) => [optimum.log2Interval.low, optimum.log2Interval.high]),
  ];
  return values.length === 0 ? [-1, 1] : [Math.min(...values), Math.max(...values)];
}
