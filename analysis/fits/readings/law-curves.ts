import type { FitReport } from "../fit-report.ts";
import { toNatural } from "../output-scale.ts";
import { log } from "../../numerics/elementary.ts";
import { quantileOfSorted } from "../../numerics/quantile.ts";
import { type CurvePlan, type CurvePlanOptions, evenPlaces, planCurves } from "./curve-places.ts";
import { type FittedRows, type Quantity, quantityOf, type Range, type RowPart, rowName } from "./fitted-rows.ts";

/** A measured row on the axes of the curves. */
export interface CurveRow {
  readonly part: RowPart;
  readonly at: number;
  readonly output: number;
  /** Of `by`; null for laws of one input. */
  readonly key: number | null;
  readonly name: string;
}

/** What the law says of one place. */
export interface CurvePoint {
  readonly at: number;
  readonly output: number;
  /** Interval for the mean of runs there. */
  readonly mean: Range;
  /** Interval for one new run there. */
  readonly newRun: Range;
}

export interface LawCurve {
  /** Value of `by` on it; null for laws of one input. */
  readonly key: number | null;
  /** By rising place, at least two. */
  readonly points: readonly CurvePoint[];
  /** Places that fitted rows of this key span; beyond, the curve is an extrapolation. Null where there is none. */
  readonly measured: Range | null;
}

/** A fitted law with its rows, as curves over one quantity; natural units. Plain JSON. */
export interface LawCurves {
  readonly law: string;
  readonly formula: string;
  readonly along: Quantity;
  /** What tells the curves apart; null for laws of one input. */
  readonly by: Quantity | null;
  readonly output: Quantity;
  /** Whether residuals are of the output's logarithm. */
  readonly isLogarithmic: boolean;
  /** Other inputs and their value on every curve. */
  readonly fixed: Readonly<Record<string, number>>;
  readonly level: number;
  /** How the intervals of the farthest place were calibrated. */
  readonly calibration: string;
  /** What is left with infinite inputs, where the rows tell it. */
  readonly irreducible: { readonly value: number; readonly interval: Range | null } | null;
  readonly rows: readonly CurveRow[];
  /** Rows that are not drawn, for their other inputs have other values. */
  readonly rowsElsewhere: number;
  readonly curves: readonly LawCurve[];
}

export interface LawCurveOptions extends CurvePlanOptions {
  /** Largest place that is of interest; left out: the largest of the rows. */
  readonly to?: number;
  /** At most so many curves; keys are thinned evenly. Left out: 8. */
  readonly mostCurves?: number;
  /** Of the fit's report: an irreducible term is drawn only where they say that it is identified. */
  readonly parameters?: FitReport["parameters"];
}

const placesPerCurve = 49;

/**
 * A fit as curves: one for each value of `by` among the rows (model sizes; thinned evenly when there are many), from the smallest place of
 * its rows to the largest of all, with both intervals in natural units.
 *
 * @throws LadderError as `planCurves`
 */
export function readLawCurves(fitted: FittedRows, options: LawCurveOptions = {}): LawCurves {
  const { law, rows, parts } = fitted;
  const plan = planCurves(fitted, options);
  const taking = plan.shown.filter((row) => parts[row] !== "excluded");
  const end = Math.max(options.to ?? 0, ...taking.map((row) => plan.places[row] ?? 0));
  const keys =
    plan.by === null
      ? [null]
      : curveKeys(
          taking.map((row) => plan.keys[row] ?? 0),
          options.mostCurves ?? 8,
        );
  const curves = keys.flatMap((key) => curveOf(fitted, plan, key, { keys, taking, end }));
  const farthest = plan.columnsAt([end], keys.at(-1) ?? null);
  const calibration = fitted.forecast.intervalsAt(farthest.columns, farthest.logBudgets)[0]?.calibration;
  return {
    law: law.id,
    formula: law.formula,
    along: plan.along,
    by: plan.by,
    output: quantityOf(law.output),
    isLogarithmic: law.scale !== "value",
    fixed: plan.fixed,
    level: calibration?.level ?? 0.95,
    calibration: calibration?.words ?? "",
    irreducible: irreducibleOf(fitted, options.parameters),
    rows: plan.shown.map((row) => ({
      part: parts[row] ?? "excluded",
      at: plan.places[row] ?? 0,
      output: rows.output[row] ?? 0,
      key: plan.by === null ? null : (plan.keys[row] ?? 0),
      name: rowName(fitted, row),
    })),
    rowsElsewhere: parts.length - plan.shown.length,
    curves,
  };
}

function curveOf(
  { law, parts, forecast }: FittedRows,
  plan: CurvePlan,
  key: number | null,
  { keys, taking, end }: { readonly keys: readonly (number | null)[]; readonly taking: readonly number[]; readonly end: number },
): LawCurve[] {
  const own = key === null ? taking : taking.filter((row) => nearestKey(keys, plan.keys[row] ?? 0) === key);
  const placesOf = (some: readonly number[]): readonly number[] => some.map((row) => plan.places[row] ?? 0);
  const start = Math.min(...placesOf(own));
  if (!(start > 0 && start < end)) return [];
  const seen = placesOf(own.filter((row) => parts[row] === "fitted"));
  const places = evenPlaces(start, end, placesPerCurve);
  const { columns, logBudgets } = plan.columnsAt(places, key);
  const points = forecast.intervalsAt(columns, logBudgets).map(({ center, meanHalfWidth, newRunHalfWidth }, index): CurvePoint => {
    const range = (half: number): Range => ({ low: toNatural(law, center - half), high: toNatural(law, center + half) });
    return { at: places[index] ?? 0, output: toNatural(law, center), mean: range(meanHalfWidth), newRun: range(newRunHalfWidth) };
  });
  return [{ key, points, measured: seen.length === 0 ? null : { low: Math.min(...seen), high: Math.max(...seen) } }];
}

/** Distinct keys, rising; of more than `most`, quantiles of ln key, each moved to a key that there is. */
function curveKeys(values: readonly number[], most: number): readonly number[] {
  const distinct = [...new Set(values)].sort((left, right) => left - right);
  if (distinct.length <= most) return distinct;
  const logs = distinct.map((value) => log(value));
  const wanted = Array.from({ length: most }, (_, index) => quantileOfSorted([logs[0] ?? 0, logs.at(-1) ?? 0], index / (most - 1)));
  return [...new Set(wanted.map((at) => distinct[indexOfNearest(logs, at)] ?? 0))];
}

function nearestKey(keys: readonly (number | null)[], value: number): number | null {
  // Also 0, which has no logarithm.
  if (keys.includes(value)) return value;
  const at = log(value);
  return (
    keys[
      indexOfNearest(
        keys.map((key) => log(key ?? 1)),
        at,
      )
    ] ?? null
  );
}

function indexOfNearest(values: readonly number[], at: number): number {
  const gaps = values.map((value) => Math.abs(value - at));
  return gaps.indexOf(Math.min(...gaps));
}

function irreducibleOf({ law }: FittedRows, parameters: FitReport["parameters"] | undefined): LawCurves["irreducible"] {
  const known = law.irreducible === undefined ? undefined : parameters?.[law.irreducible];
  if (known?.identified !== true || known.value === null) return null;
  const { value, interval95 } = known;
  return { value, interval: interval95 === null ? null : { low: interval95[0], high: interval95[1] } };
}
