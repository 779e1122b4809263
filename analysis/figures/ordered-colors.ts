import type { Quantity } from "../fits/readings/fitted-rows.ts";
import type { JsonObject } from "../study/content-hash.ts";
import { log10, logTicks, quantityText, rounded } from "./quantity-axis.ts";
import { figureColors, sequentialColor } from "./theme.ts";
import type { FigureTheme } from "./plotly-figure.ts";

/** More values than this have a colour bar in place of legend entries. */
const mostInLegend = 8;
const scaleStops = 11;

/** Colours of ordered positive values, such as model sizes or budgets, with their key at the right of the figure. */
export interface OrderedColors {
  of(value: number): string;
  /** How a value is written. */
  nameOf(value: number): string;
  /** Legend entries, or one that brings the colour bar: drawn before all else. */
  readonly traces: readonly JsonObject[];
  /** Members of the layout. */
  readonly layout: JsonObject;
}

/**
 * Up to eight values have an entry each, in a legend at the right; more have a colour bar over their logarithms.
 *
 * @param values above 0, in any order
 */
export function orderedColors(theme: FigureTheme, values: readonly number[], quantity: Quantity): OrderedColors {
  const distinct = [...new Set(values)].sort((left, right) => left - right);
  const nameOf = (value: number): string => quantityText(value, quantity.unit);
  const title = quantity.meaning.replace(/^parameters of the model$/, "model size");
  if (distinct.length <= mostInLegend)
    return {
      of: (value) => sequentialColor(theme, distinct.indexOf(value), distinct.length),
      nameOf,
      traces: distinct.map((value, index) => ({
        type: "scatter",
        mode: "lines",
        x: [null],
        y: [null],
        name: nameOf(value),
        legend: "legend2",
        line: { color: sequentialColor(theme, index, distinct.length), width: 4 },
        hoverinfo: "skip",
      })),
      layout: {
        legend2: {
          x: 1.02,
          xanchor: "left",
          y: 1,
          yanchor: "top",
          traceorder: "reversed",
          title: { text: `${title}<br>(${quantity.unit})`, font: { size: 12 } },
          itemclick: false,
          itemdoubleclick: false,
          bgcolor: "rgba(0,0,0,0)",
        },
      },
    };
  const [low, high] = [distinct[0] ?? 1, distinct.at(-1) ?? 1];
  const span = log10(high / low);
  const colorAt = (share: number): string => sequentialColor(theme, share * (scaleStops - 1), scaleStops);
  // A label at the very top would stand under the title.
  const tickvals = logTicks(low, high).filter((value) => log10(value / low) < 0.96 * span);
  return {
    of: (value) => colorAt(Math.min(1, Math.max(0, log10(value / low) / span))),
    nameOf,
    traces: [
      {
        type: "scatter",
        mode: "markers",
        x: [null],
        y: [null],
        marker: { color: [rounded(log10(low))], coloraxis: "coloraxis" },
        showlegend: false,
        hoverinfo: "skip",
      },
    ],
    layout: {
      coloraxis: {
        cmin: rounded(log10(low)),
        cmax: rounded(log10(high)),
        colorscale: Array.from({ length: scaleStops }, (_, index) => [index / (scaleStops - 1), colorAt(index / (scaleStops - 1))]),
        colorbar: {
          title: { text: `${title}<br>(${quantity.unit})`, font: { size: 12 } },
          thickness: 12,
          outlinewidth: 0,
          x: 1.02,
          xanchor: "left",
          tickvals: tickvals.map((value) => rounded(log10(value))),
          ticktext: tickvals.map(nameOf),
          tickfont: { color: figureColors(theme).text },
          ticks: "outside",
        },
      },
    },
  };
}
