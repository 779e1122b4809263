import { signedTwoDecimals } from "../study/number-words.ts";
import { isJudgedOver } from "../coordinate-check/check-coordinates.ts";
import type { CoordinateCheck, CoordinateModule, CoordinateQuantity } from "../coordinate-check/coordinate-check.ts";
import { afterUpdates, plural, quantityWords } from "../coordinate-check/verdict-words.ts";
import { exp, log } from "../numerics/elementary.ts";
import { mean } from "../numerics/mean.ts";
import type { JsonObject } from "../study/content-hash.ts";
import { bandTrace, groupedDigits, type FigureOptions, type PlotlyFigure } from "./plotly-figure.ts";
import { baseAxis, baseLayout, categoryColor, categorySymbol, categorySymbols, figureColors, translucent } from "./theme.ts";

/** More panels than this are too narrow to read. */
const mostPanels = 6;

/**
 * F4: size of activations (or of their change) against width or depth, both logarithmic: one panel a step with one range
 * for all, one line a module: the geometric mean over seeds, with a band from the lowest to the highest seed. A right set-up is
 * flat in every panel. Modules that are not judged are dotted. Of many steps the first, the last and some between are drawn.
 *
 * @param quantity `l1` or `rms` for sizes, `changeRms` for changes, which have no panel before the first update
 */
export function coordinateCheckFigure(
  check: CoordinateCheck,
  quantity: CoordinateQuantity,
  options: Pick<FigureOptions, "theme">,
): PlotlyFigure {
  const { theme } = options;
  const rows = check.rows.flatMap((row) =>
    row.quantity === quantity && row.value !== null && row.value > 0 ? [{ ...row, value: row.value }] : [],
  );
  const drawn = new Set(rows.map(({ module }) => module));
  const present = check.modules.filter(({ name }) => drawn.has(name));
  // Judged modules first: they get the colours that differ most.
  const modules = [true, false].flatMap((judged) => present.filter((module) => isJudgedOver(module, check.axis) === judged));
  const steps = spread(
    check.steps.filter((step) => quantity !== "changeRms" || step > 0),
    mostPanels,
  );
  const gap = 0.03;
  const width = (1 - gap * (steps.length - 1)) / Math.max(1, steps.length);
  const seen = new Set<string>();
  const data = steps.flatMap((step, panel) =>
    modules.flatMap((module, index) => {
      const own = rows.filter((row) => row.step === step && row.module === module.name);
      const isFirst = own.length > 0 && !seen.has(module.name);
      if (isFirst) seen.add(module.name);
      const symbol = categorySymbol(index + Math.floor(index / categorySymbols.length));
      return moduleTraces(own, { check, module, quantity, step, panel, color: categoryColor(theme, index), symbol, isFirst });
    }),
  );
  const panelAxes = steps.map((_, panel): readonly [string, JsonObject] => [
    panel === 0 ? "xaxis" : `xaxis${panel + 1}`,
    {
      ...baseAxis(theme),
      type: "log",
      domain: [panel * (width + gap), panel * (width + gap) + width],
      range: padded(check.axisValues),
      tickvals: check.axisValues,
      ticktext: check.axisValues.map(groupedDigits),
      ...(panel === 0 ? { title: { text: `${check.axis} (log scale)` } } : {}),
    },
  ]);
  return {
    data,
    layout: {
      ...baseLayout(theme),
      ...Object.fromEntries(panelAxes),
      yaxis: {
        ...baseAxis(theme),
        type: "log",
        range: padded(rows.map(({ value }) => value)),
        exponentformat: "power",
        title: { text: `${quantityWords(quantity)} (log scale)` },
      },
      annotations: steps.map((step, panel) => ({
        // Six panels leave little room for a title.
        text: step === 0 ? "start" : plural(step, "update"),
        xref: panel === 0 ? "x domain" : `x${panel + 1} domain`,
        yref: "paper",
        x: 0,
        xanchor: "left",
        y: 1.01,
        yanchor: "bottom",
        showarrow: false,
        font: { size: 12, color: figureColors(theme).muted },
      })),
      legend: { x: 1.01, xanchor: "left", y: 1, yanchor: "top", bgcolor: "rgba(0,0,0,0)" },
      margin: { l: 72, r: 16, t: 40, b: 52 },
    },
  };
}

interface LineStyle {
  readonly check: CoordinateCheck;
  readonly module: CoordinateModule;
  readonly quantity: CoordinateQuantity;
  readonly step: number;
  readonly panel: number;
  readonly color: string;
  readonly symbol: string;
  /** True in the first panel that has the module: the legend names it once. */
  readonly isFirst: boolean;
}

function moduleTraces(rows: readonly { readonly axisValue: number; readonly value: number }[], style: LineStyle): readonly JsonObject[] {
  const { check, module, quantity, step, panel, color, symbol, isFirst } = style;
  const places = check.axisValues.flatMap((axisValue) => {
    const values = rows.filter((row) => row.axisValue === axisValue).map(({ value }) => value);
    return values.length === 0 ? [] : [{ axisValue, values, center: exp(mean(values.map((value) => log(value)))) }];
  });
  if (places.length === 0) return [];
  const found = check.slopes.find((slope) => slope.module === module.name && slope.quantity === quantity && slope.step === step);
  const slope = found?.slope == null ? "no slope" : `slope ${signedTwoDecimals(found.slope)}`;
  const group = { legendgroup: module.name, xaxis: panel === 0 ? "x" : `x${panel + 1}`, yaxis: "y" };
  const x = places.map(({ axisValue }) => axisValue);
  const band = bandTrace(
    x,
    places.map(({ values }) => Math.min(...values)),
    places.map(({ values }) => Math.max(...values)),
    translucent(color, 0.18),
    group,
  );
  return [
    ...(check.seeds.length > 1 && places.length > 1 ? [band] : []),
    {
      type: "scatter",
      mode: "lines+markers",
      x,
      y: places.map(({ center }) => center),
      text: places.map(
        ({ axisValue, center }) =>
          `${module.name}, ${check.axis} ${axisValue}<br>${quantityWords(quantity)} ${Number(center.toPrecision(3))} ${afterUpdates(step)}<br>${slope}`,
      ),
      hoverinfo: "text",
      line: { color, width: 2, dash: isJudgedOver(module, check.axis) ? "solid" : "dot" },
      marker: { color, symbol, size: 6 },
      name: module.name,
      showlegend: isFirst,
      ...group,
    },
  ];
}

/** At most `most` of the steps, first and last among them. */
function spread(steps: readonly number[], most: number): readonly number[] {
  if (steps.length <= most) return steps;
  return Array.from({ length: most }, (_, index) => steps[Math.round((index * (steps.length - 1)) / (most - 1))] ?? 0);
}

/** Range of a logarithmic axis in powers of ten, a twentieth wider on each side. */
function padded(values: readonly number[]): readonly [number, number] {
  if (values.length === 0) return [0, 1];
  const logarithms = values.map((value) => log(value));
  const low = logarithms.reduce((least, value) => Math.min(least, value), Infinity);
  const high = logarithms.reduce((most, value) => Math.max(most, value), -Infinity);
  const margin = 0.05 * (high - low || 1);
  return [(low - margin) / log(10), (high + margin) / log(10)];
}
