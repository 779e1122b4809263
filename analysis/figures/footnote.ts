import type { JsonObject } from "../study/content-hash.ts";
import type { FigureTheme } from "./plotly-figure.ts";
import { figureColors } from "./theme.ts";

/** Characters of small print that stand side by side on 900 pixels. */
const lineLength = 140;
const belowAxis = 52;
const lineHeight = 14;

/** Small print under the horizontal axis, and the margin that it needs. */
export interface Footnote {
  readonly annotations: readonly JsonObject[];
  /** Pixels below the plot. */
  readonly bottom: number;
}

/** Sentences under the figure, one paragraph each, wrapped; none leave the space to the axis alone. */
export function footnote(sentences: readonly string[], theme: FigureTheme): Footnote {
  const lines = sentences.filter((sentence) => sentence !== "").flatMap(wrapped);
  if (lines.length === 0) return { annotations: [], bottom: belowAxis };
  return {
    annotations: [
      {
        text: lines.join("<br>"),
        xref: "paper",
        yref: "paper",
        x: 0,
        xanchor: "left",
        y: 0,
        yshift: -belowAxis,
        yanchor: "top",
        align: "left",
        showarrow: false,
        font: { size: 10, color: figureColors(theme).muted },
      },
    ],
    bottom: belowAxis + 8 + lineHeight * lines.length,
  };
}

function wrapped(sentence: string): readonly string[] {
  const lines: string[] = [];
  for (const word of sentence.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > lineLength) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
