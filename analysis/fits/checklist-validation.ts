import { exp, log, sqrt } from "../numerics/elementary.ts";
import { mean } from "../numerics/mean.ts";
import { shareInPercent, significant } from "../study/number-words.ts";
import { calibratedForecast, type CalibratedForecast } from "./calibration/forecast.ts";
import type { OpenFit } from "./document/open-fit.ts";
import { prepareFit } from "./prepared-fit.ts";

/** What is known of how far a fit can be trusted. */
export interface ValidationFacts {
  /** Extrapolation, intervals and goodness of fit; null where no budget could be predicted from smaller ones. */
  readonly settled: string | null;
  /** The part that needs no larger budget. */
  readonly known: string;
  readonly calibration: string | null;
  /** Fitted budgets, and how far beyond them the fit is read; null where budgets are not known. */
  readonly reach: string | null;
}

/** Held-out runs where there are such; else a rolling origin over the fitted budgets. */
export function validationFacts(open: OpenFit, computes: readonly number[]): ValidationFacts {
  const { law, document, fitted, fittedLogBudgets, fit, coordinates, problem } = open;
  const { holdout, uncertainty } = document;
  const residuals = prepareFit(law, fitted, problem).residualsAt(coordinates);
  const scatter = sqrt(mean(Array.from(residuals, (residual) => residual * residual)));
  const known = [
    `95 % intervals: ${uncertainty.method}, ${uncertainty.draws} refits over ${uncertainty.clusters} clusters, seed ${uncertainty.seed}`,
    `residuals of ${document.residuals}: ${significant(scatter)} root mean square`,
  ].join("; ");
  if (fittedLogBudgets === undefined) return { settled: null, known, calibration: null, reach: null };
  const largest = Math.max(...fittedLogBudgets);
  const farthest = Math.max(0, ...computes.map((compute) => log(compute) - largest));
  const found = calibratedForecast(law, fitted, fittedLogBudgets, { ...problem, fit, reach: Math.max(farthest, log(10)) });
  const rolling = rollingText(found);
  const scored =
    holdout === null
      ? rolling
      : `${holdout.rows} larger runs held out: mean error ${shareInPercent(holdout.meanAbsoluteRelativeError)}, largest ${shareInPercent(holdout.maxAbsoluteRelativeError)}`;
  const calibration =
    holdout === null
      ? found.heldOut.length === 0
        ? null
        : calibrationWords(open, found, largest + farthest)
      : `${holdout.inside} of ${holdout.rows} held-out runs inside the 95 % interval of a new run, ± ${shareInPercent(holdout.halfWidth)}; ${holdout.calibration}`;
  const reach = [
    `fitted from ${budgetText(Math.min(...fittedLogBudgets))} to ${budgetText(largest)} FLOPs`,
    ...computes.map((compute) => `${budgetText(log(compute))} is ${significant(compute / exp(largest))} times the largest`),
  ].join("; ");
  return { settled: scored === null ? null : `${scored}; ${known}`, known, calibration, reach };
}

function rollingText({ heldOut }: CalibratedForecast): string | null {
  const nearest = heldOut.filter(({ row, logDistance }) => heldOut.every((other) => other.row !== row || other.logDistance >= logDistance));
  if (nearest.length === 0) return null;
  const errors = nearest.map(({ error }) => Math.abs(error));
  return `${nearest.length} runs each predicted from smaller budgets alone: mean error ${shareInPercent(mean(errors))}, largest ${shareInPercent(Math.max(...errors))}`;
}

/** How the interval of a new run is calibrated at a budget; read at the row of the largest one. */
function calibrationWords({ law, fitted, fittedLogBudgets }: OpenFit, found: CalibratedForecast, logBudget: number): string {
  const last = fittedLogBudgets?.indexOf(Math.max(...fittedLogBudgets)) ?? 0;
  const columns = Object.fromEntries(law.inputs.map(({ name }) => [name, Float64Array.of(fitted.columns[name]?.[last] ?? Number.NaN)]));
  return found.intervalsAt(columns, Float64Array.of(logBudget))[0]?.calibration.words ?? "";
}

function budgetText(logCompute: number): string {
  return exp(logCompute).toExponential(2).replace("e+", "e");
}
