import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import type { PlotlyFigure } from "../../analysis/figures/plotly-figure.ts";
import { type BrowserOptions, withBrowserPage } from "./browser-page.ts";
import type { ChromiumProgram } from "./find-chromium.ts";

/** A picture to draw of a figure. */
export interface Drawing {
  readonly figure: PlotlyFigure;
  readonly format: "svg" | "png";
  /** CSS pixels; a PNG has `scale` times as many each way. */
  readonly width: number;
  readonly height: number;
  readonly scale: number;
  /** Colour behind the figure, whose own paper is transparent. */
  readonly background: string;
}

/** What Plotly does not take from a figure when it draws a picture of a given size. */
const fixedSize = { autosize: false } as const;

/** Plotly names the parts of an SVG at random; drawn from the same seed (Park and Miller's generator) a picture has the same bytes each time. */
const seededRandom = "{ let state = 1; Math.random = () => (state = (state * 48271) % 2147483647) / 2147483647; }";

/**
 * Draws pictures with Plotly in one browser, one after another. Nothing is loaded from a network.
 *
 * @returns the bytes of each picture, in the order of the drawings
 * @throws LadderError as `withBrowserPage`
 */
export async function drawFigures(
  program: ChromiumProgram,
  drawings: readonly Drawing[],
  options: BrowserOptions,
): Promise<readonly Uint8Array[]> {
  const plotly = await readFile(createRequire(import.meta.url).resolve("plotly.js-dist-min/plotly.min.js"), "utf8");
  return withBrowserPage(program, options, async (page) => {
    // Its value, the library itself, is no JSON.
    await page.evaluate(`${plotly}\n;null`);
    const pictures: Uint8Array[] = [];
    for (const drawing of drawings) pictures.push(pictureBytes(drawing, await page.evaluate(drawingScript(drawing))));
    return pictures;
  });
}

function drawingScript({ figure, format, width, height, scale, background }: Drawing): string {
  const layout = { ...figure.layout, ...fixedSize, width, height, paper_bgcolor: background };
  const picture = { format, width, height, scale: format === "png" ? scale : 1, imageDataOnly: true };
  return `${seededRandom}\nPlotly.toImage(${JSON.stringify({ data: figure.data, layout })}, ${JSON.stringify(picture)})`;
}

function pictureBytes({ format }: Drawing, answer: unknown): Uint8Array {
  if (typeof answer !== "string" || answer === "") throw new LadderError("unavailable", "CHROMIUM_FAILED", "the page drew nothing");
  return format === "svg" ? Buffer.from(`${answer}\n`, "utf8") : Buffer.from(answer, "base64");
}
