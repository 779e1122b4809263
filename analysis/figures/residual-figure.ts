import type { LawResiduals, ResidualRow } from "../fits/readings/law-residuals.ts";
import { expm1 } from "../numerics/elementary.ts";
import type { JsonObject } from "../study/content-hash.ts";
import { footnote } from "./footnote.ts";
import { bandTrace, type FigureTheme, type PlotlyFigure, withMinus } from "./plotly-figure.ts";
import { logAxis, quantityText, rounded } from "./quantity-axis.ts";
import { legendEntry, rowLegend, rowMarker } from "./row-marks.ts";
import { baseAxis, baseLayout, categoryColor, figureColors, topLegend, translucent } from "./theme.ts";

const partColors = { fitted: 1, "held out": 0 } as const;

/**
 * Measured minus predicted over the budget: filled circles are fitted rows, open diamonds rows that were held out, bars the means of
 * budgets; the band is the interval of one new run around the law.
 */
export function residualFigure(residuals: LawResiduals, options: { readonly theme: FigureTheme }): PlotlyFigure {
  const { theme } = options;
  const { muted, text } = figureColors(theme);
  const { rows, levels, unit, output, excluded } = residuals;
  const [low, high] = [Math.min(...rows.map(({ budget }) => budget)), Math.max(...rows.map(({ budget }) => budget))];
  const [xLow, xHigh] = rows.length === 0 ? [1, 10] : [low / 1.3, high * 1.3];
  const reach = outputReach(residuals);
  const percent = `${Number((100 * residuals.level).toPrecision(3))} %`;
  const band = levels.flatMap(({ from, to, halfWidth }) =>
    from === to
      ? [{ at: from, halfWidth }]
      : [
          { at: from, halfWidth },
          { at: to, halfWidth },
        ],
  );
  const fill = translucent(muted, 0.2);
  const parts = ["fitted", "held out"] as const;
  const data: JsonObject[] = [
    bandTrace(
      band.map(({ at }) => rounded(at)),
      band.map(({ halfWidth }) => rounded(-halfWidth)),
      band.map(({ halfWidth }) => rounded(halfWidth)),
      fill,
    ),
    {
      type: "scatter",
      mode: "lines",
      x: [rounded(xLow), rounded(xHigh)],
      y: [0, 0],
      line: { color: text, width: 1.2 },
      hoverinfo: "skip",
      showlegend: false,
    },
    ...parts.flatMap((part) => {
      const own = rows.filter((row) => row.part === part);
      return own.length === 0
        ? []
        : [rowTrace(own, unit, rowMarker(part, translucent(categoryColor(theme, partColors[part]), part === "fitted" ? 0.65 : 1)))];
    }),
    ...parts.flatMap((part) => meanTrace(residuals, part, categoryColor(theme, partColors[part]), text)),
    ...rowLegend(
      theme,
      rows.map(({ part }) => part),
      (part) => (part === "excluded" ? muted : categoryColor(theme, partColors[part])),
    ),
    legendEntry("mean of a budget", { mode: "lines", line: { color: text, width: 4 } }),
    legendEntry(`${percent}, one new run`, { mode: "lines", line: { color: fill, width: 10 } }),
  ];
  const note = footnote([excluded === 0 ? "" : `${excluded} excluded ${excluded === 1 ? "row is" : "rows are"} not drawn.`], theme);
  return {
    data,
    layout: {
      ...baseLayout(theme),
      xaxis: { ...baseAxis(theme), ...logAxis(xLow, xHigh, "FLOPs"), title: { text: "training compute (FLOPs)", standoff: 6 } },
      yaxis: {
        ...baseAxis(theme),
        range: [rounded(-reach), rounded(reach)],
        title: { text: unit === null ? `ln measured − ln predicted ${output}` : `measured − predicted ${output} (${unit})` },
      },
      legend: { ...topLegend(""), y: 1.02 },
      annotations: note.annotations,
      margin: { l: 72, r: 16, t: 48, b: note.bottom },
    },
  };
}

function rowTrace(rows: readonly ResidualRow[], unit: string | null, marker: JsonObject): JsonObject {
  return {
    type: "scatter",
    mode: "markers",
    x: rows.map(({ budget }) => rounded(budget)),
    y: rows.map(({ residual }) => rounded(residual)),
    text: rows.map((row) => `${row.name}, ${row.part}<br>${residualText(row.residual, unit)}<br>C ${quantityText(row.budget, "FLOPs")}`),
    hoverinfo: "text",
    marker,
    showlegend: false,
  };
}

/** A short bar across the rows of each budget, at least as wide as a marker. */
function meanTrace({ levels, unit }: LawResiduals, part: ResidualRow["part"], color: string, outline: string): readonly JsonObject[] {
  const bars = levels.flatMap(({ means }) => means.filter((own) => own.part === part));
  if (bars.length === 0) return [];
  const widened = bars.map((bar) => ({ ...bar, from: Math.min(bar.from, bar.to / 1.25), to: Math.max(bar.to, bar.from * 1.25) }));
  const line = (width: number, of: string): JsonObject => ({
    type: "scatter",
    mode: "lines",
    x: widened.flatMap(({ from, to }) => [rounded(from), rounded(to), null]),
    y: widened.flatMap(({ mean }) => [rounded(mean), rounded(mean), null]),
    text: widened.flatMap(({ mean, rows }) => {
      const words = `mean of ${rows} ${part} ${rows === 1 ? "row" : "rows"}: ${residualText(mean, unit)}`;
      return [words, words, ""];
    }),
    hoverinfo: "text",
    line: { color: of, width },
    showlegend: false,
  });
  return [line(5, outline), line(2.5, color)];
}

function residualText(residual: number, unit: string | null): string {
  return unit === null
    ? `${withMinus(residual, 4)} in ln: ${withMinus(100 * expm1(residual), 2)} %`
    : `${withMinus(Number(residual.toPrecision(3)))} ${unit}`;
}

/** All rows, and bands unless they are more than three times as wide. */
function outputReach({ rows, levels }: LawResiduals): number {
  const farthest = Math.max(1e-9, ...rows.map(({ residual }) => Math.abs(residual)));
  return 1.08 * Math.max(farthest, Math.min(3 * farthest, Math.max(0, ...levels.map(({ halfWidth }) => halfWidth))));
}
