import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, extname, resolve } from "node:path";
import { type FigureTheme, figureThemes, type PlotlyFigure } from "../analysis/figures/plotly-figure.ts";
import { figureColors } from "../analysis/figures/theme.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import { type Drawing, drawFigures } from "../infra/chromium/draw-figures.ts";
import { type ChromiumProgram, findChromium } from "../infra/chromium/find-chromium.ts";
import type { Settings } from "../infra/settings.ts";
import type { ReportContent } from "./report-page.ts";
import type { ThemedFigure } from "./study-figures.ts";
import { writePage } from "./write-report.ts";

export { figureThemes, type FigureTheme };

const figureFormats = ["html", "json", "svg", "png"] as const;
type FigureFormat = (typeof figureFormats)[number];

export interface FigureFileOptions {
  /** Left out: both on a page, as its reader's system says; light elsewhere. */
  readonly theme?: FigureTheme | undefined;
  /** CSS pixels; left out: 900 wide, as high as the figure says, else 560. On a page the width is the reader's. */
  readonly size?: { readonly width: number; readonly height: number } | undefined;
  /** Pixels of a PNG for each CSS pixel, each way. */
  readonly scale: number;
  /** Ends the browser. */
  readonly signal?: AbortSignal | undefined;
}

/** A page whose figures have a height of their own. */
export interface FigurePage extends ReportContent {
  readonly figures: readonly ThemedFigure[];
}

/** A file to write, and how. */
interface FigureTarget {
  readonly path: string;
  readonly format: FigureFormat;
}

/** Files that figures will be written to, checked before anything is computed. */
export interface FigureTargets {
  readonly targets: readonly FigureTarget[];
  /** Found where a target needs one. */
  readonly chromium: ChromiumProgram | null;
}

/** Milliseconds for a browser to start and to draw everything, on a machine that is busy. */
const drawingTime = 120_000;
const defaultSize = { width: 900, height: 560 } as const;

/**
 * Which files were asked for, and the Chromium that SVG and PNG need: an error here comes before minutes of computing, not after.
 *
 * @throws LadderError input FIGURE_FORMAT_UNKNOWN; unavailable CHROMIUM_NOT_FOUND
 */
export async function checkTargets(settings: Pick<Settings, "chromium" | "environment">, paths: readonly string[]): Promise<FigureTargets> {
  const targets = paths.map((path): FigureTarget => {
    const format = figureFormats.find((known) => extname(path).toLowerCase() === `.${known}`);
    if (format !== undefined) return { path: resolve(path), format };
    throw new LadderError("input", "FIGURE_FORMAT_UNKNOWN", `${path} does not end in .${figureFormats.join(", .")}`, {
      fields: { path, known: figureFormats },
    });
  });
  const needsChromium = targets.some(({ format }) => format === "svg" || format === "png");
  return { targets, chromium: needsChromium ? await findChromium(settings) : null };
}

/**
 * Writes figures to files. A page holds all of them; of the other kinds each figure is a file of its own, `plot-curves.png` where there are
 * several.
 *
 * @param page what a page says beside the figures
 * @returns absolute paths, in the order of the targets
 * @throws LadderError rejected FILE_NOT_WRITTEN; unavailable CHROMIUM_FAILED; the reason of the signal
 */
export async function writeFigures(
  settings: Pick<Settings, "environment">,
  { targets, chromium }: FigureTargets,
  figures: readonly ThemedFigure[],
  page: FigurePage,
  options: FigureFileOptions,
): Promise<readonly string[]> {
  const pictures = await drawTargets(settings, { targets, chromium }, figures, options);
  const written: string[] = [];
  for (const target of targets) {
    if (target.format === "html") {
      await writing(target.path, () => writePage(sizedPage(page, options), target.path));
      written.push(target.path);
      continue;
    }
    for (const figure of figures) {
      const path = filePath(target, figure, figures.length);
      const content = target.format === "json" ? `${JSON.stringify(figure[options.theme ?? "light"])}\n` : pictures.get(path);
      if (content === undefined) throw new LadderError("defect", "FIGURE_NOT_DRAWN", `${path} was not drawn`);
      await writing(path, () => writeWhole(path, content));
      written.push(path);
    }
  }
  return written;
}

/** Every SVG and PNG by its path, drawn by one browser. */
async function drawTargets(
  { environment }: Pick<Settings, "environment">,
  { targets, chromium }: FigureTargets,
  figures: readonly ThemedFigure[],
  { theme = "light", size, scale, signal }: FigureFileOptions,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const wanted = targets.flatMap((target) =>
    figures.flatMap((figure): { readonly path: string; readonly drawing: Drawing }[] => {
      const { format } = target;
      if (format !== "svg" && format !== "png") return [];
      const drawn = figure[theme];
      const drawing = { figure: drawn, format, ...(size ?? sizeOf(drawn)), scale, background: figureColors(theme).surface };
      return [{ path: filePath(target, figure, figures.length), drawing }];
    }),
  );
  if (chromium === null || wanted.length === 0) return new Map();
  const drawings = wanted.map(({ drawing }) => drawing);
  const pictures = await drawFigures(chromium, drawings, { environment, signal, timeoutMilliseconds: drawingTime });
  return new Map(wanted.flatMap(({ path }, index) => (pictures[index] === undefined ? [] : [[path, pictures[index]]])));
}

function filePath({ path, format }: FigureTarget, { id }: ThemedFigure, count: number): string {
  const end = path.length - format.length - 1;
  return count === 1 ? path : `${path.slice(0, end)}-${id}${path.slice(end)}`;
}

function sizeOf({ layout }: PlotlyFigure): { readonly width: number; readonly height: number } {
  const { height } = layout;
  return { ...defaultSize, ...(typeof height === "number" ? { height } : {}) };
}

function sizedPage(page: FigurePage, { theme, size }: FigureFileOptions): ReportContent {
  const sized = (figure: PlotlyFigure): PlotlyFigure => ({
    ...figure,
    layout: { ...figure.layout, height: size?.height ?? sizeOf(figure).height },
  });
  return {
    ...page,
    figures: page.figures.map((figure) => ({ ...figure, light: sized(figure.light), dark: sized(figure.dark) })),
    ...(theme === undefined ? {} : { theme }),
  };
}

/** By rename: a reader never sees half a file, a crash leaves the old one. */
async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.partial`, content);
  await rename(`${path}.partial`, path);
}

async function writing(path: string, write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (cause) {
    throw new LadderError(
      "rejected",
      "FILE_NOT_WRITTEN",
      `${path} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
      { fields: { path }, cause },
    );
  }
}
