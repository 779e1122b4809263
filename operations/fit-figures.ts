import { planFrontier } from "../analysis/fits/allocation-plan.ts";
import { budgetedRows, scatteredRows } from "../analysis/fits/allocation-readings.ts";
import { calibratedForecast } from "../analysis/fits/calibration/forecast.ts";
import type { OpenFit } from "../analysis/fits/document/open-fit.ts";
import { assessIdentifiability } from "../analysis/fits/identifiability.ts";
import { isoflopReadings } from "../analysis/fits/isoflop/readings.ts";
import { prepareFit } from "../analysis/fits/prepared-fit.ts";
import { readAllocationFrontier } from "../analysis/fits/readings/allocation-frontier.ts";
import { type FittedRows, openFittedRows } from "../analysis/fits/readings/fitted-rows.ts";
import { readIsoflopProfiles } from "../analysis/fits/readings/isoflop-profiles.ts";
import { readLawCurves } from "../analysis/fits/readings/law-curves.ts";
import { readLawResiduals } from "../analysis/fits/readings/law-residuals.ts";
import { readParameterProfiles } from "../analysis/fits/readings/parameter-profiles.ts";
import { allocationFigure } from "../analysis/figures/allocation-figure.ts";
import { isoflopFigure } from "../analysis/figures/isoflop-figure.ts";
import { lawCurveFigure } from "../analysis/figures/law-curve-figure.ts";
import type { FigureTheme, PlotlyFigure } from "../analysis/figures/plotly-figure.ts";
import { profileFigure } from "../analysis/figures/profile-figure.ts";
import { residualFigure } from "../analysis/figures/residual-figure.ts";
import { crossEntropy, trainingCompute } from "../analysis/laws/variables.ts";
import { exp, log } from "../analysis/numerics/elementary.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import type { ThemedFigure } from "./study-figures.ts";

export const fitFigureNames = ["curves", "residuals", "isoflop", "allocation", "profile"] as const;
export type FitFigureName = (typeof fitFigureNames)[number];

/** What a figure of a fit may be told. */
export interface FitFigureOptions {
  /** The input that curves run along; left out: compute where the law splits it. */
  readonly along?: string | undefined;
  /** FLOPs to which curves and the allocation frontier reach; left out: the largest row, and ten times it for the frontier. */
  readonly compute?: number | undefined;
  /** Values of inputs that are held fixed; left out: of curves what most fitted rows have. */
  readonly at?: Readonly<Record<string, number>> | undefined;
}

/** What a figure is read from: the fit, and a forecast that is made once for all figures. */
interface FigureSource {
  readonly open: OpenFit;
  readonly options: FitFigureOptions;
  readonly rows: () => FittedRows;
}

/** Draws one figure of a fit in both themes. @throws LadderError where this fit has none */
type FigureDrawer = (source: FigureSource) => Omit<ThemedFigure, "id">;

/** The figures of a fit by name: each is drawn, or throws a LadderError that says why this fit has none. */
export function fitFigures(open: OpenFit, options: FitFigureOptions): (name: FitFigureName) => ThemedFigure {
  let rows: FittedRows | undefined;
  const source: FigureSource = { open, options, rows: () => (rows ??= forecastRows(open, options.compute)) };
  return (name) => ({ id: name, ...drawers[name](source) });
}

const drawers: Readonly<Record<FitFigureName, FigureDrawer>> = {
  curves: ({ open, options, rows }) => {
    const { along, compute, at } = options;
    const isOverCompute = along === undefined || along === trainingCompute.name;
    const reaches = compute !== undefined && isOverCompute && (open.law.allocation !== undefined || along === trainingCompute.name);
    const curves = readLawCurves(rows(), {
      parameters: open.document.parameters,
      ...(along === undefined ? {} : { along }),
      ...(reaches ? { to: compute } : {}),
      ...(at === undefined ? {} : { fixed: at }),
    });
    const one = curves.by === null ? "" : `, one curve for each of ${curves.curves.length} values of ${curves.by.name}`;
    return {
      title: `${open.law.id}: ${curves.output.name} over ${curves.along.name}`,
      caption: `${open.law.formula}, fitted to ${open.document.rows.used} rows${one}. Inner band: ${percent(curves.level)} interval of the mean of runs; outer band: of one new run. Dashed: where no fitted row of that curve lies.`,
      ...themed((theme) => lawCurveFigure(curves, { theme })),
    };
  },
  residuals: ({ open, rows }) => {
    if (open.logBudgets === undefined) throw budgetsMissing(open);
    const residuals = readLawResiduals(rows());
    return {
      title: `${open.law.id}: measured against predicted`,
      caption:
        "Measured minus predicted of every row over its budget, with the mean of each budget and the interval of one new run. A mean that drifts with the budget says that the law bends otherwise than the rows.",
      ...themed((theme) => residualFigure(residuals, { theme })),
    };
  },
  isoflop: ({ open }) => {
    const { law, document } = open;
    if (law.output.name !== crossEntropy.name)
      throw noFigure(`${law.id} is no law of loss, and IsoFLOP curves are loss over model size`, "NOT_ISOFLOP");
    const budgeted = budgetedRows(open);
    if (budgeted === null) throw noFigure(`IsoFLOP curves need N and D of every row of ${document.source}`, "NOT_ISOFLOP");
    const scattered = scatteredRows(budgeted);
    if (scattered !== null) throw noFigure(scattered.message, scattered.code);
    const { draws, seed } = document.request;
    const { parabola, akima } = isoflopReadings(budgeted, { optimumOf: "N", draws, seed });
    const read = parabola.status === "read" ? parabola : akima;
    if (read.status === "refused") throw noFigure(read.message, read.code);
    const profiles = readIsoflopProfiles(budgeted, read.analysis);
    const by = read === parabola ? "a parabola in ln N" : "Akima's cubic";
    return {
      title: "IsoFLOP: loss over model size at each budget",
      caption: `Runs of each compute budget with ${by} through them, and its minimum with the interval. A budget whose lowest loss is at its smallest or largest model has no minimum.`,
      ...themed((theme) => isoflopFigure(profiles, { theme })),
    };
  },
  allocation: ({ open, options }) => {
    const { law, fittedLogBudgets } = open;
    if (law.allocation === undefined)
      throw noFigure(
        `${law.id} does not say how loss depends on both model size and tokens, so it splits no compute`,
        "ALLOCATION_UNKNOWN",
      );
    const [smallest, largest] =
      fittedLogBudgets === undefined ? [] : [exp(Math.min(...fittedLogBudgets)), exp(Math.max(...fittedLogBudgets))];
    const target = options.compute ?? 10 * (largest ?? 1e21);
    const { size, tokens } = law.allocation;
    const fixed = Object.fromEntries(Object.entries(options.at ?? {}).filter(([name]) => name !== size && name !== tokens));
    const computes = smallest === undefined || smallest >= target ? [target] : [smallest, target];
    const frontier = readAllocationFrontier(law, planFrontier(open, computes, { fixed }));
    return {
      title: `${law.id}: the best split of compute`,
      caption: `Model size and tokens of the lowest loss on C = 6 N D, with ${percent(frontier.level)} intervals (${frontier.method}). Shaded: budgets of the fitted rows; dashed: beyond them.`,
      ...themed((theme) => allocationFigure(frontier, { theme })),
    };
  },
  profile: ({ open }) => {
    const { law, fit, fitted, problem, coordinates } = open;
    const profiles = readParameterProfiles(law, fit, assessIdentifiability(prepareFit(law, fitted, problem), coordinates));
    return {
      title: `${law.id}: profile of each parameter`,
      caption:
        "How much worse the fit gets with one parameter held at each value and the others fitted again. The interval lies below the threshold; an end that is not found is not identified.",
      ...themed((theme) => profileFigure(profiles, { theme })),
    };
  },
};

/** All rows with a forecast that is calibrated as far as anything is drawn; without budgets nothing calibrates it, and it says so. */
function forecastRows(open: OpenFit, compute: number | undefined): FittedRows {
  const { law, fitted, fit, problem, rows } = open;
  const logBudgets = open.logBudgets ?? new Float64Array(rows.output.length);
  const budgets = open.fittedLogBudgets ?? new Float64Array(fitted.output.length);
  const farthest = Math.max(...logBudgets, ...(compute === undefined || open.logBudgets === undefined ? [] : [log(compute)]));
  const reach = Math.max(0, farthest - Math.max(...budgets));
  const forecast = calibratedForecast(law, fitted, budgets, { ...problem, search: fit.search, fit, reach });
  return openFittedRows({ ...open, logBudgets }, forecast);
}

function budgetsMissing({ document }: OpenFit): LadderError {
  return noFigure(`the rows of ${document.source} have neither C nor both N and D, so there is no budget to draw over`, "BUDGETS_MISSING");
}

function noFigure(message: string, code: string): LadderError {
  return new LadderError("input", code, message);
}

function percent(level: number): string {
  return `${Number((100 * level).toPrecision(3))} %`;
}

function themed(draw: (theme: FigureTheme) => PlotlyFigure): { readonly light: PlotlyFigure; readonly dark: PlotlyFigure } {
  return { light: draw("light"), dark: draw("dark") };
}
