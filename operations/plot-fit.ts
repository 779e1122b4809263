import type { OpenFit } from "../analysis/fits/document/open-fit.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import { type FitFigureName, fitFigureNames, type FitFigureOptions, fitFigures } from "./fit-figures.ts";
import type { ThemedFigure } from "./study-figures.ts";

/** A figure that a fit does not have, and why. Plain JSON. */
export interface MissingFigure {
  readonly figure: FitFigureName;
  readonly code: string;
  readonly message: string;
}

export interface FitPlot {
  readonly figures: readonly ThemedFigure[];
  /** Empty unless all were asked for. */
  readonly missing: readonly MissingFigure[];
}

/**
 * Figures of a kept fit.
 *
 * @param asked one figure, or all that this fit has
 * @throws LadderError `input` FIGURE_MISSING when it does not have the one asked for, with why, and which ones it has; INPUT_UNKNOWN;
 *   CURVE_INPUT_UNKNOWN
 */
export function plotFit(open: OpenFit, asked: FitFigureName | "all", options: FitFigureOptions = {}): FitPlot {
  const inputs = open.law.inputs.map(({ name }) => name);
  const unknown = Object.keys(options.at ?? {}).find((name) => !inputs.includes(name));
  if (unknown !== undefined)
    throw new LadderError("input", "INPUT_UNKNOWN", `${open.law.id} has no input "${unknown}"; it has ${inputs.join(", ")}`, {
      fields: { law: open.law.id, asked: unknown, known: inputs },
    });
  const draw = fitFigures(open, options);
  if (asked === "all") return drawAll(draw, fitFigureNames);
  const { figures, missing } = drawAll(draw, [asked]);
  const [why] = missing;
  if (why === undefined) return { figures, missing };
  const others = drawAll(
    draw,
    fitFigureNames.filter((name) => name !== asked),
  ).figures.map(({ id }) => id);
  throw new LadderError("input", "FIGURE_MISSING", `this fit of ${open.law.id} has no figure "${asked}": ${why.message}`, {
    fields: { law: open.law.id, figure: asked, reason: why.code, figures: others },
    hint: `it has ${others.join(", ")}`,
  });
}

function drawAll(draw: (name: FitFigureName) => ThemedFigure, names: readonly FitFigureName[]): FitPlot {
  const figures: ThemedFigure[] = [];
  const missing: MissingFigure[] = [];
  for (const name of names)
    try {
      figures.push(draw(name));
    } catch (error) {
      if (!(error instanceof LadderError) || error.kind === "defect" || error.code === "CURVE_INPUT_UNKNOWN") throw error;
      missing.push({ figure: name, code: error.code, message: `${error.message}${error.hint === undefined ? "" : ` (${error.hint})`}` });
    }
  return { figures, missing };
}
