import { Option } from "commander";
import { z } from "zod";
import { characterSets } from "../../analysis/figures/terminal/plain-text.ts";
import { terminalFigure } from "../../analysis/figures/terminal/terminal-figure.ts";
import { describeFitPage } from "../../operations/fit-page.ts";
import { fitFigureNames } from "../../operations/fit-figures.ts";
import { type FitPlot, plotFit } from "../../operations/plot-fit.ts";
import { readFit } from "../../operations/read-fit.ts";
import { checkTargets, figureThemes, writeFigures } from "../../operations/write-figures.ts";
import type { LadderCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { collect, namedValuesOption } from "../named-values.ts";
import { numberOption, parseOptions } from "../options.ts";
import { hang } from "../render-error.ts";

const figureChoices = [...fitFigureNames, "all"] as const;
const smallest = 200;
const largest = 10_000;

const optionsSchema = z.object({
  figure: z.enum(figureChoices).default("curves"),
  output: z.array(z.string()).default([]),
  theme: z.enum(figureThemes).optional(),
  size: z
    .string()
    .regex(/^\d{1,5}x\d{1,5}$/, "must be WIDTHxHEIGHT in pixels, for example 900x560")
    .transform((text) => {
      const [width = 0, height = 0] = text.split("x").map(Number);
      return { width, height };
    })
    .refine(
      (size) => Object.values(size).every((length) => length >= smallest && length <= largest),
      `must be from ${smallest}x${smallest} to ${largest}x${largest}`,
    )
    .optional(),
  scale: numberOption.refine((value) => value >= 1 && value <= 4, "must be from 1 to 4").default(1),
  along: z.string().optional(),
  compute: numberOption.refine((value) => value > 0, "must be above 0").optional(),
  at: namedValuesOption,
  characters: z.enum(characterSets).optional(),
});

export const plotCommand: LadderCommand = {
  name: "plot",
  group: "Analysis",
  summary: "draw a fit: in the terminal, or as HTML, JSON, SVG or PNG",
  description:
    "curves: the law through its rows, with intervals of the mean and of one new run. residuals: measured minus predicted over the budget. isoflop: loss over model size at each budget. allocation: the best split of compute. profile: how well the rows tell each parameter.\n\nWithout --output the figure is drawn in characters, ASCII where the locale is not UTF-8. A page holds all figures; of other kinds each of several is a file of its own, plot-curves.png. Pages need no network. SVG and PNG need a Chromium: LADDER_CHROMIUM, one on the PATH, or the npm package @sparticuz/chromium.",
  examples: [
    ["ladder plot fit.json", "the law and its rows, here and now"],
    ["ladder plot fit-0123456789 --figure all --output fit.html", "every figure of a fit that a study keeps, as one page"],
    ["ladder plot fit.json --figure allocation --compute 5.76e23 --output allocation.png --scale 2", "a picture of 1800 by 1120 pixels"],
    ["ladder plot fit.json --output curves.svg --output curves.json --theme dark", "a drawing and the Plotly figure behind it"],
  ],
  endsItself: true,
  configure: (command) => {
    command.argument("<fit>", "id of a fit, or a file of one");
    command.addOption(new Option("--figure <name>", "which figure (default: curves)").choices(figureChoices));
    command.option("--output <file>", "write to a file instead: .html, .json, .svg or .png (repeatable)", collect);
    command.addOption(new Option("--theme <theme>", "of files (default: light; pages: as the reader's system says)").choices(figureThemes));
    command.option("--size <size>", "WIDTHxHEIGHT of files in pixels (default: 900x560, higher where panels need it)");
    command.option("--scale <factor>", "pixels of a PNG for each of these, 1 to 4 (default: 1)");
    command.option("--along <input>", "what curves run along: an input of the law, or C");
    command.option("--compute <flops>", "how far curves and the allocation reach");
    command.option("--at <name=value>", "other inputs of the law, with commas between (repeatable)", collect);
    command.addOption(new Option("--characters <set>", "of the terminal (default: as the locale says)").choices(characterSets));
  },
  run: async ({ output, settings, interrupted }, [name = ""], rawOptions) => {
    const { figure, output: paths, along, compute, at, characters, ...files } = parseOptions(optionsSchema, rawOptions);
    const targets = await checkTargets(settings, paths);
    const open = await readFit(settings, name);
    interrupted.throwIfAborted();
    const plot = plotFit(open, figure, { along, compute, ...(Object.keys(at).length === 0 ? {} : { at }) });
    const page = describeFitPage(open.document, plot);
    const written = await writeFigures(settings, targets, plot.figures, page, { ...files, signal: interrupted });
    for (const { figure: missing, message } of plot.missing) output.note(hang(`no ${missing}: `, message, output.columns));
    output.document({
      json: plotDocument(name, open.document, plot, written, files.theme ?? "light"),
      ...(written.length === 0 ? {} : { name: written.join("\n") }),
      text: () =>
        written.length > 0
          ? written.join("\n")
          : plot.figures
              .map(({ title, light }) =>
                terminalFigure(light, {
                  title,
                  columns: output.columns,
                  characters: characters ?? (settings.unicode ? "unicode" : "ascii"),
                }),
              )
              .join("\n\n"),
    });
    return exitCodes.done;
  },
};

/** What `ladder plot --json` prints: figures for Plotly, and which ones this fit does not have. */
function plotDocument(
  name: string,
  { law, source }: { readonly law: string; readonly source: string },
  { figures, missing }: FitPlot,
  files: readonly string[],
  theme: "light" | "dark",
): unknown {
  return {
    fit: name,
    law,
    source,
    figures: figures.map((figure) => ({ figure: figure.id, title: figure.title, caption: figure.caption, ...figure[theme] })),
    missing,
    files,
  };
}
