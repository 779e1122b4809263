import { binomialInterval } from "../../numerics/binomial-interval.ts";
import { log } from "../../numerics/elementary.ts";
import { modelSize } from "../../laws/variables.ts";
import { assertInvariant } from "../../study/ladder-error.ts";
import { shareInPercent } from "../../study/number-words.ts";
import { budgetLevels } from "../calibration/budget-levels.ts";
import type { Calibration } from "../calibration/calibrate.ts";
import { calibratedForecast, type PlaceIntervals } from "../calibration/forecast.ts";
import type { OpenFit } from "../document/open-fit.ts";
import { toNatural } from "../output-scale.ts";
import { type AskedPlace, askPlace, budgetOf, type NamedValues } from "./asked-place.ts";
import { equivalentPrediction } from "./equivalent-interval.ts";
import { irreducibleSensitivity, predictHeld } from "./held-parameter.ts";
import { leaveLevelsOut } from "./left-out-levels.ts";
import { type PlaceDistance, placeDistances } from "./place-distance.ts";
import type { LawPrediction } from "./prediction-document.ts";

/** Extrapolations over more than this factor are warned of. */
const farFactor = 10;

/**
 * What a kept fit says of one place, and how far it is to be trusted there: intervals of the mean and of one new run, how many held-out
 * larger runs lay inside, the distance from the fitted rows, what it owes to the irreducible loss and to each budget, and for laws that
 * compare models with simpler ones the equivalent. The same fit and place give the same bits.
 *
 * @param at the law's inputs by name, natural units; C may stand for model size or tokens where the law splits compute, and is the budget
 * @throws LadderError as `askPlace`; `rejected` as a refit of the rows
 */
export function predictFit(open: OpenFit, at: NamedValues): LawPrediction {
  const { document, law, fit } = open;
  const place = askPlace(open, at);
  const { center, meanHalfWidth, newRunHalfWidth, calibration } = intervalsAt(open, place);
  const value = toNatural(law, center);
  const around = (half: number): [number, number] => [toNatural(law, center - half), toNatural(law, center + half)];
  const distance = placeDistances(open, place);
  const mean = around(meanHalfWidth);
  const { budget } = place;
  return {
    kind: "law-prediction",
    law: law.id,
    formula: law.formula,
    fit: {
      id: document.id,
      study: document.study,
      source: document.source,
      contentHash: document.contentHash,
      codeVersion: document.codeVersion,
    },
    parameters: Object.fromEntries(fit.parameters.map((parameter) => [parameter.name, parameter.value])),
    asked: at,
    at: place.inputs,
    budget: budget === null ? null : { name: budget.name, value: budgetOf(budget.asked) },
    output: { name: law.output.name, unit: law.output.unit },
    value,
    interval95: { mean, newRun: around(newRunHalfWidth) },
    calibration: {
      method: calibration.method,
      words: calibration.words,
      levels: budget === null ? 1 : budgetLevels(budget.fitted, open.fitted.clusters).length,
      rows: open.fittedRows.length,
      heldOutRows: calibration.heldOutRows,
    },
    heldOut: heldOutOf(open, calibration),
    distance,
    sensitivityToE: irreducibleSensitivity(open, place, value),
    rungs: leaveLevelsOut(open, place, value),
    equivalent: equivalentPrediction(open, place, distance),
    warnings: warningsOf(open, place, value, mean[1] - value, distance),
  };
}

/** Without budgets all rows are one level: nothing larger calibrates the intervals, and they say so. */
function intervalsAt({ law, fitted, problem, fit }: OpenFit, { columns, budget }: AskedPlace): PlaceIntervals {
  const logBudgets = budget?.fitted ?? new Float64Array(fitted.output.length);
  const asked = budget?.asked ?? 0;
  const reach = Math.max(0, asked - Math.max(...logBudgets));
  const forecast = calibratedForecast(law, fitted, logBudgets, { ...problem, search: fit.search, fit, reach });
  const [found] = forecast.intervalsAt(columns, Float64Array.of(asked));
  assertInvariant(found !== undefined, "a forecast of one place gives one interval");
  return found;
}

/** Of rows that the fit was scored on when it was made, else of those that calibrated the interval. */
function heldOutOf({ document: { holdout } }: OpenFit, calibration: Calibration): LawPrediction["heldOut"] {
  if (holdout !== null)
    return {
      of: "held-out rows of the fit",
      inside: holdout.inside,
      rows: holdout.rows,
      interval95: binomialInterval(holdout.inside, holdout.rows),
    };
  const { inside, heldOutRows: rows } = calibration;
  return rows === 0 ? null : { of: "rolling origin", inside, rows, interval95: binomialInterval(inside, rows) };
}

function warningsOf(
  open: OpenFit,
  place: AskedPlace,
  value: number,
  meanHalfWidth: number,
  distances: readonly PlaceDistance[],
): readonly string[] {
  const { law, document } = open;
  const far = distances.filter(({ logRatio }) => logRatio !== null && Math.abs(logRatio) > log(farFactor));
  const moved = law.parameters.flatMap(({ name }) => {
    const found = document.parameters[name];
    if (found === undefined || found.identified || found.interval95 === null || name === law.irreducible) return [];
    const changes = found.interval95.map((end) => predictHeld(open, place, name, end, value).change);
    const largest = Math.max(...changes.map(Math.abs));
    if (largest * value <= meanHalfWidth) return [];
    return [
      `${name} is not identified, and it matters here: over its 95 % interval the prediction moves by up to ${shareInPercent(largest)}`,
    ];
  });
  return [
    ...far.map(({ name, words }) => `an extrapolation over more than a factor of ${farFactor}: ${name} is ${words}`),
    ...moved,
    ...(document.counting === "unknown" && law.inputs.some(({ name }) => name === modelSize.name)
      ? [`nobody said what ${modelSize.name} counts in these rows: count parameters in the same way at the place that is asked`]
      : []),
    ...(law.checkedOn.length === 0 ? [`${law.id} was not checked on published data`] : []),
  ];
}
