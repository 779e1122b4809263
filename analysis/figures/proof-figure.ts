import type { ProofComparison } from "../recommendation/proof.ts";
import type { JsonObject } from "../study/content-hash.ts";
import { orderedIds, type FigureTheme, type PlotlyFigure } from "./plotly-figure.ts";
import { baseAxis, baseLayout, categoryColor, figureColors } from "./theme.ts";

export interface ProofFigureOptions {
  readonly theme: FigureTheme;
  /** How the two choices are written, for example `SP, carried up: 0.0353` and `μP, recommended: 0.0270`. */
  readonly choiceLabel: string;
  readonly referenceLabel: string;
  /** As in FigureOptions: gives both choices the colour that their parametrization has elsewhere. */
  readonly order?: readonly string[];
}

/**
 * The proof at the target. Left: measured loss of every seed under both choices, joined by seed, with the means as bars.
 * Right: the predicted excess loss of the choice over the reference with its interval beside the measured one.
 */
export function proofFigure(proof: ProofComparison, options: ProofFigureOptions): PlotlyFigure {
  const { theme } = options;
  const { muted, surface } = figureColors(theme);
  const { predicted, perSeed } = proof;
  const order = orderedIds([predicted.choice.parametrization, predicted.reference.parametrization], options.order);
  const referenceIndex = order.indexOf(predicted.reference.parametrization);
  const choiceIndex = order.indexOf(predicted.choice.parametrization);
  const referenceColor = categoryColor(theme, referenceIndex);
  // Two values under one parametrization still need two colours.
  const choiceColor = categoryColor(theme, choiceIndex === referenceIndex ? order.length : choiceIndex);
  const left = { xaxis: "x", yaxis: "y", type: "scatter", showlegend: false };
  const right = { xaxis: "x2", yaxis: "y2", type: "scatter", showlegend: false };
  const pairs = perSeed.map(({ seed, referenceLoss, choiceLoss }) => ({
    ...left,
    mode: "lines+markers",
    x: [0, 1],
    y: [referenceLoss, choiceLoss],
    text: [`seed ${seed}: ${referenceLoss.toFixed(3)} nats per token`, `seed ${seed}: ${choiceLoss.toFixed(3)} nats per token`],
    hoverinfo: "text",
    line: { color: muted, width: 1 },
    marker: { color: [referenceColor, choiceColor], size: 9 },
  }));
  const means = ([0, 1] as const).flatMap((place) => {
    const losses = perSeed.map((pair) => (place === 0 ? pair.referenceLoss : pair.choiceLoss));
    if (losses.length === 0) return [];
    const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
    return [
      {
        ...left,
        mode: "lines",
        x: [place - 0.18, place + 0.18],
        y: [mean, mean],
        line: { color: place === 0 ? referenceColor : choiceColor, width: 3 },
        text: `mean ${mean.toFixed(3)} nats per token`,
        hoverinfo: "text",
      },
    ];
  });
  return {
    data: [...pairs, ...means, ...excessTraces(proof, right, { choiceColor, surface, muted })],
    layout: {
      ...baseLayout(theme),
      xaxis: {
        ...baseAxis(theme),
        domain: [0, 0.46],
        range: [-0.5, 1.5],
        tickvals: [0, 1],
        ticktext: [wrapped(options.referenceLabel), wrapped(options.choiceLabel)],
        showgrid: false,
      },
      yaxis: { ...baseAxis(theme), title: { text: "held-out loss (nats per token)" }, tickformat: ".3f" },
      xaxis2: {
        ...baseAxis(theme),
        domain: [0.6, 1],
        range: [-0.5, 1.5],
        tickvals: [0, 1],
        ticktext: [predicted.isBounded ? "predicted<br>(at least)" : "predicted", "measured"],
        showgrid: false,
        anchor: "y2",
      },
      yaxis2: {
        ...baseAxis(theme),
        anchor: "x2",
        title: { text: "excess loss (nats per token)" },
        tickformat: ".2f",
        zeroline: true,
        zerolinecolor: muted,
        rangemode: "tozero",
      },
      margin: { l: 72, r: 16, t: 24, b: 64 },
    },
  };
}

function excessTraces(
  proof: ProofComparison,
  axes: JsonObject,
  colors: { readonly choiceColor: string; readonly surface: string; readonly muted: string },
): readonly JsonObject[] {
  const { predicted, perSeed, meanExcess, interval } = proof;
  const level = Math.round(100 * predicted.interval.level);
  const bars = (center: number, range: { readonly low: number; readonly high: number } | null): JsonObject =>
    range === null
      ? {}
      : {
          error_y: {
            type: "data",
            symmetric: false,
            array: [range.high - center],
            arrayminus: [center - range.low],
            color: colors.choiceColor,
            thickness: 2.5,
            width: 8,
          },
        };
  return [
    {
      ...axes,
      mode: "markers",
      x: [0],
      y: [predicted.excessLoss],
      text: [
        `predicted ${predicted.excessLoss.toFixed(3)} (${level} % ${predicted.interval.low.toFixed(3)} to ${predicted.interval.high.toFixed(3)}) nats per token`,
      ],
      hoverinfo: "text",
      marker: { symbol: "diamond", size: 12, color: colors.surface, line: { color: colors.choiceColor, width: 2.5 } },
      ...bars(predicted.excessLoss, predicted.interval),
    },
    {
      ...axes,
      mode: "markers",
      x: perSeed.map((_, index) => 1.12 + 0.06 * index),
      y: perSeed.map((pair) => pair.excess),
      text: perSeed.map((pair) => `seed ${pair.seed}: ${pair.excess.toFixed(3)} nats per token`),
      hoverinfo: "text",
      marker: { size: 7, color: colors.muted },
    },
    ...(meanExcess === null
      ? []
      : [
          {
            ...axes,
            mode: "markers",
            x: [1],
            y: [meanExcess],
            text: [
              `measured mean ${meanExcess.toFixed(3)} nats per token${interval === null ? "" : ` (${level} % ${interval.low.toFixed(3)} to ${interval.high.toFixed(3)})`}`,
            ],
            hoverinfo: "text",
            marker: { symbol: "diamond", size: 12, color: colors.choiceColor },
            ...bars(meanExcess, interval),
          },
        ]),
  ];
}

/** Breaks a label before its value, or at its first comma, so that two fit side by side. */
function wrapped(label: string): string {
  return label.includes(": ") ? label.replace(": ", ":<br>") : label.replace(", ", ",<br>");
}
