import type { Law } from "../laws/contract.ts";
import { mean } from "../numerics/mean.ts";
import { type BootstrapDraws, bootstrapFits, bootstrapInterval, type BootstrapOptions, type BootstrapProblem } from "./bootstrap.ts";
import { budgetLevels } from "./calibration/budget-levels.ts";
import { calibratedForecast } from "./calibration/forecast.ts";
import { indexClusters } from "./clusters.ts";
import type { FitResult, FitRows, Objective, ResidualScale } from "./contract.ts";
import { fromCoordinate } from "./coordinates.ts";
import { fitLaw } from "./fit-law.ts";
import { assessIdentifiability } from "./identifiability.ts";
import { onResidualScale, toNatural } from "./output-scale.ts";
import { type FitProblemOptions, prepareFit, type PreparedFit } from "./prepared-fit.ts";
import { selectRows } from "./row-selection.ts";
import { LadderError } from "../study/ladder-error.ts";

/** A row that takes no part, by its place in what was given, and why. */
export interface ExcludedRow {
  readonly row: number;
  readonly reason: string;
}

/** A parameter with what is known of it. */
export interface ReportedParameter {
  /** Where the search ended; null for a term that is not there. Not to be read where `identified` is false. */
  readonly value: number | null;
  /** Percentiles of the bootstrap; null where refits of an unidentified parameter ran off. */
  readonly interval95: readonly [number, number] | null;
  readonly identified: boolean;
  /** Ends by profile likelihood; null for one that was not found. */
  readonly profile95: readonly [number | null, number | null];
}

/** Refits of an unidentified parameter leave numbers such as 1e90, which nobody should read as an end. */
const ranOff = 1e30;

/** A fit with its uncertainty and its score on larger runs. Plain JSON; the first seven members are a stable format. */
export interface FitReport {
  readonly law: string;
  readonly parameters: Readonly<Record<string, ReportedParameter>>;
  readonly objective: { readonly kind: Objective["kind"]; readonly delta: number | null; readonly value: number };
  readonly rows: { readonly used: number; readonly excluded: readonly ExcludedRow[] };
  /** Larger runs that the fit has not seen, and what it said of them; null where none were held out. Intervals are of one new run. */
  readonly holdout: {
    readonly rows: number;
    readonly meanAbsoluteRelativeError: number;
    readonly maxAbsoluteRelativeError: number;
    readonly coverage95: number;
    readonly inside: number;
    /** Mean half-width of the intervals, relative. */
    readonly halfWidth: number;
    /** How the intervals were calibrated. */
    readonly calibration: string;
  } | null;
  readonly warnings: readonly string[];
  readonly formula: string;
  /** What residuals are differences of, for example `ln loss`. */
  readonly residuals: string;
  readonly search: {
    readonly starts: number;
    readonly run: number;
    /** Of the starts that were run, the share that ended within 0.1 % of the minimum. */
    readonly shareReached: number;
    readonly gradientNorm: number;
    readonly evaluations: number;
  };
  readonly uncertainty: { readonly method: string; readonly draws: number; readonly seed: number; readonly clusters: number };
  /** Where the search ended, to the last bit: what a refit must come to again. */
  readonly fit: FitResult;
}

export interface FitReportOptions {
  readonly objective?: Objective;
  /** Left out: the law's own. */
  readonly residualScale?: ResidualScale;
  /** ln of each row's budget; needed to hold out. */
  readonly logBudgets?: Float64Array;
  /** How many of the largest budgets are held out; 0: none. */
  readonly holdoutBudgets: number;
  readonly draws: number;
  readonly seed: number;
}

/** Where a bootstrap is computed, for example on several threads. Must give what `bootstrapFits` gives, to the last bit. */
export type Resample = (problem: BootstrapProblem, options: BootstrapOptions) => Promise<BootstrapDraws>;

/**
 * Fits a law, with percentile intervals of a bootstrap over clusters, profiles of every parameter, and, where budgets are held out, the
 * error and coverage on them. Held-out rows take no part in any of it.
 *
 * @throws LadderError as `fitLaw` and `bootstrapFits`; `input` HOLDOUT_TOO_LARGE when fewer than three budgets are left
 */
export function reportFit(law: Law, rows: FitRows, options: FitReportOptions): FitReport {
  const started = startReport(law, rows, options);
  return finishReport(started, options, bootstrapFits(started.prepared, started.best, bootstrapOf(options)));
}

/**
 * As `reportFit`, with the bootstrap computed by `resample`.
 *
 * @throws LadderError as `reportFit`, and what `resample` throws
 */
export async function reportFitResampled(law: Law, rows: FitRows, options: FitReportOptions, resample: Resample): Promise<FitReport> {
  const started = startReport(law, rows, options);
  const { fitted, problem, best } = started;
  return finishReport(started, options, await resample({ law, rows: fitted, problem, best }, bootstrapOf(options)));
}

function bootstrapOf({ seed, draws }: FitReportOptions): BootstrapOptions {
  return { kind: "pairs", seed, count: draws };
}

/** A fit without its bootstrap. */
interface StartedReport {
  readonly law: Law;
  readonly rows: FitRows;
  readonly split: Split;
  /** The rows that are fitted. */
  readonly fitted: FitRows;
  readonly problem: FitProblemOptions;
  readonly prepared: PreparedFit;
  readonly fit: FitResult;
  /** Its search coordinates. */
  readonly best: Float64Array;
}

function startReport(law: Law, rows: FitRows, { logBudgets, holdoutBudgets, objective, residualScale }: FitReportOptions): StartedReport {
  const split = splitRows(rows, logBudgets, holdoutBudgets);
  const fitted = selectRows(rows, split.fitted);
  const problem = { ...(objective === undefined ? {} : { objective }), ...(residualScale === undefined ? {} : { residualScale }) };
  const fit = fitLaw(law, fitted, problem);
  const best = Float64Array.from(fit.parameters, ({ coordinate }) => coordinate);
  return { law, rows, split, fitted, problem, prepared: prepareFit(law, fitted, problem), fit, best };
}

function finishReport(
  { law, rows, split, fitted, problem, prepared, fit, best }: StartedReport,
  { logBudgets, draws, seed }: FitReportOptions,
  resampled: BootstrapDraws,
): FitReport {
  const identifiability = assessIdentifiability(prepared, best);
  const parameters = Object.fromEntries(
    law.parameters.map((parameter, index) => {
      const interval = bootstrapInterval(resampled, (coordinates) => fromCoordinate(parameter, coordinates[index] ?? 0) ?? 0);
      const told = identifiability.parameters[index];
      const identified = told?.identified ?? false;
      const isReadable = identified || Math.max(Math.abs(interval.low), Math.abs(interval.high)) < ranOff;
      const value = fit.parameters[index]?.value ?? null;
      const reported: ReportedParameter = {
        value,
        interval95: isReadable ? [interval.low, interval.high] : null,
        identified,
        profile95: [told?.profile.low ?? null, told?.profile.high ?? null],
      };
      return [parameter.name, reported] as const;
    }),
  );
  const { count: clusters } = indexClusters(fitted);
  return {
    law: law.id,
    parameters,
    objective: {
      kind: fit.objective.kind,
      delta: fit.objective.kind === "huber" ? fit.objective.delta : null,
      value: fit.objectiveValue,
    },
    rows: { used: split.fitted.length, excluded: split.heldOut.map((row) => ({ row, reason: "held out" })) },
    holdout: split.heldOut.length === 0 ? null : scoreHoldout(law, rows, split, logBudgets ?? new Float64Array(0), { ...problem, fit }),
    warnings: [
      ...identifiability.parameters.filter(({ identified }) => !identified).map(({ words }) => words),
      ...identifiability.ridges.map(({ words }) => words),
      ...(law.checkedOn.length === 0 ? [`${law.id} was not checked on published data`] : []),
    ],
    formula: law.formula,
    residuals: (fit.residualScale === "value" ? "" : { log: "ln ", log10: "log10 ", value: "" }[law.scale]) + law.output.name,
    search: {
      starts: fit.starts.ranked,
      run: fit.starts.run,
      shareReached: fit.starts.shareReached,
      gradientNorm: fit.gradientNorm,
      evaluations: fit.evaluations,
    },
    uncertainty: { method: "bootstrap over clusters, percentiles", draws, seed, clusters },
    fit,
  };
}

interface Split {
  readonly fitted: readonly number[];
  readonly heldOut: readonly number[];
}

function splitRows(rows: FitRows, logBudgets: Float64Array | undefined, holdoutBudgets: number): Split {
  const all = Array.from(rows.output.keys());
  if (holdoutBudgets === 0 || logBudgets === undefined) return { fitted: all, heldOut: [] };
  const levels = budgetLevels(logBudgets, rows.clusters);
  const kept = levels.length - holdoutBudgets;
  if (kept < 3)
    throw new LadderError(
      "input",
      "HOLDOUT_TOO_LARGE",
      `${levels.length} budgets, of which ${holdoutBudgets} are to be held out, leave ${Math.max(0, kept)} to fit; three are the fewest`,
      { fields: { budgets: levels.length, holdoutBudgets }, hint: `hold out at most ${Math.max(0, levels.length - 3)}` },
    );
  const inOrder = (part: typeof levels): readonly number[] => part.flatMap((level) => level.rows).sort((left, right) => left - right);
  return { fitted: inOrder(levels.slice(0, kept)), heldOut: inOrder(levels.slice(kept)) };
}

function scoreHoldout(
  law: Law,
  rows: FitRows,
  { fitted, heldOut }: Split,
  logBudgets: Float64Array,
  known: { readonly objective?: Objective; readonly residualScale?: ResidualScale; readonly fit: FitResult },
): NonNullable<FitReport["holdout"]> {
  const budgets = Float64Array.from(fitted, (row) => logBudgets[row] ?? 0);
  const reach = Math.max(...heldOut.map((row) => logBudgets[row] ?? 0)) - Math.max(...budgets);
  const found = calibratedForecast(law, selectRows(rows, fitted), budgets, { ...known, reach });
  const measured = onResidualScale(law, "law", rows.output);
  const places = Float64Array.from(heldOut, (row) => logBudgets[row] ?? 0);
  const scored = found.intervalsAt(selectRows(rows, heldOut).columns, places).map(({ center, newRunHalfWidth, calibration }, place) => {
    const row = heldOut[place] ?? -1;
    const predicted = toNatural(law, center);
    return {
      relative: Math.abs(predicted / (rows.output[row] ?? Number.NaN) - 1),
      inside: Math.abs((measured[row] ?? Number.NaN) - center) <= newRunHalfWidth,
      half: Math.abs(toNatural(law, center + newRunHalfWidth) / predicted - 1),
      calibration,
    };
  });
  const inside = scored.filter((row) => row.inside).length;
  return {
    rows: heldOut.length,
    meanAbsoluteRelativeError: mean(scored.map(({ relative }) => relative)),
    maxAbsoluteRelativeError: Math.max(...scored.map(({ relative }) => relative)),
    coverage95: inside / heldOut.length,
    inside,
    halfWidth: mean(scored.map(({ half }) => half)),
    calibration: scored.at(-1)?.calibration.words ?? "",
  };
}
