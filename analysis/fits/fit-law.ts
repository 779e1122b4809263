import type { RobustMinimum, RobustSettings } from "../numerics/robust-gauss-newton.ts";
import type { Law } from "../laws/contract.ts";
import { LadderError } from "../study/ladder-error.ts";
import type { FitResult, FitRows, SearchSettings } from "./contract.ts";
import { fromCoordinate, vanishedCoordinate } from "./coordinates.ts";
import { placeLinear, solveLinearPart } from "./linear-start.ts";
import { prepareFit, type FitProblemOptions, type PreparedFit } from "./prepared-fit.ts";
import { rankPoints, startPoints } from "./start-points.ts";
import { thinRows } from "./thin-rows.ts";
import { projectVariables } from "./variable-projection.ts";

export interface FitOptions extends FitProblemOptions {
  readonly search?: Partial<SearchSettings>;
  /** Lists of starts, one a parameter in search coordinates, in place of the law's own. */
  readonly starts?: readonly (readonly number[])[];
}

/** 1e-8 of the objective is far below what a parameter's fourth digit takes. */
export const defaultSearch: SearchSettings = { starts: "ranked", polished: 30, maximumIterations: 200, gradientTolerance: 1e-8 };

/** Runs end together when their objectives differ by less than this share. */
const sameMinimum = 1e-3;
/** A term has vanished when leaving it out costs less than this share of the objective. */
const vanishingShare = 1e-9;
/** A search drives a term that should vanish down to where dropping it outright makes the objective at most this many times as large. */
const triedWithout = 30;
/** Above this many rows, starts are ranked and run on an even selection of them, and the best runs are finished on all. */
const mostRowsForStarts = 2000;
const finishedOnAllRows = 5;

/**
 * Fits a law to rows: starts are ranked by objective, the best are run to their minima, and the lowest of those is the fit. For least
 * squares on raw values, linear parameters are projected out.
 *
 * @throws LadderError `input` as `prepareFit`; `rejected` FIT_NO_START when the objective is finite at no start
 */
export function fitLaw(law: Law, rows: FitRows, options: FitOptions = {}): FitResult {
  const search = { ...defaultSearch, ...options.search };
  const prepared = prepareFit(law, rows, options);
  const few = thinRows(rows, mostRowsForStarts);
  const starting = few === rows ? prepared : prepareFit(law, few, options);
  const points = startPoints(options.starts ?? law.starts(few.columns, few.output));
  const projected = options.starts === undefined ? projectedPoints(starting, points) : [];
  const candidates = [...points, ...projected];
  for (const point of candidates)
    for (const [index, bound] of prepared.lower.entries())
      point[index] = Math.min(Math.max(point[index] ?? 0, bound), prepared.upper[index] ?? Infinity);
  const chosen = search.starts === "all" ? candidates : rankPoints(starting, candidates).slice(0, search.polished);

  let evaluations = search.starts === "all" ? 0 : candidates.length;
  const settings: RobustSettings = {
    maximumIterations: search.maximumIterations,
    gradientTolerance: search.gradientTolerance,
    gainTolerance: 1e-10,
    initialDamping: 10,
  };
  const runFrom = (fit: PreparedFit, start: Float64Array, initialDamping: number, gainTolerance: number): Run => {
    const coordinates = start.slice();
    const minimum = fit.minimise(coordinates, { ...settings, initialDamping, gainTolerance });
    evaluations += minimum.evaluations;
    return { ...minimum, coordinates };
  };
  const { linearPart } = law;
  const isProjected =
    linearPart !== undefined && prepared.objective.kind === "leastSquares" && (law.scale === "value" || prepared.residualScale === "value");
  const runs = chosen.map((start) => {
    if (!isProjected) return runFrom(starting, start, settings.initialDamping, settings.gainTolerance);
    const minimum = projectVariables(starting, linearPart, start);
    evaluations += minimum.evaluations;
    return { ...minimum, gradientNorm: Number.NaN };
  });
  const inOrder = lowestFirst(runs);
  const finished = lowestFirst(
    inOrder.slice(0, few === rows ? 1 : finishedOnAllRows).map(({ coordinates }) => runFrom(prepared, coordinates, 0, 0)),
  );
  const [reached] = finished;
  if (reached === undefined)
    throw new LadderError(
      "rejected",
      "FIT_NO_START",
      `none of the ${candidates.length} starts of ${law.id} gives a finite objective on these rows`,
      {
        fields: { law: law.id, starts: candidates.length },
        hint: "look for rows far outside of the law's units",
      },
    );
  const lowest = inOrder[0]?.objective ?? Infinity;
  const best = withoutVanished(prepared, reached, (start) => runFrom(prepared, start, 1e-2, 1e-13));

  return {
    law: law.id,
    objective: prepared.objective,
    residualScale: prepared.residualScale,
    search,
    rowCount: prepared.rowCount,
    parameters: law.parameters.map((parameter, index) => {
      const coordinate = best.coordinates[index] ?? 0;
      return { name: parameter.name, value: fromCoordinate(parameter, coordinate), coordinate };
    }),
    objectiveValue: best.objective,
    gradientNorm: best.gradientNorm,
    starts: {
      ranked: candidates.length,
      run: runs.length,
      shareReached: runs.filter(({ objective }) => objective <= lowest * (1 + sameMinimum)).length / runs.length,
    },
    evaluations,
  };
}

interface Run extends RobustMinimum {
  readonly coordinates: Float64Array;
}

/** Runs by rising objective, those that overflowed left out; equals stay in order. */
function lowestFirst(runs: readonly Run[]): Run[] {
  return runs.filter(({ objective }) => Number.isFinite(objective)).sort((left, right) => left.objective - right.objective);
}

/** For a law with a linear part: the distinct other coordinates of the starts, each with the best linear parameters. */
function projectedPoints(prepared: PreparedFit, points: readonly Float64Array[]): Float64Array[] {
  const { law, rows } = prepared;
  const { linearPart } = law;
  if (linearPart === undefined) return [];
  const others = law.parameters.flatMap(({ name }, index) => (linearPart.parameters.includes(name) ? [] : [index]));
  const distinct = new Map(points.map((point) => [others.map((index) => point[index]).join(), point]));
  const weights = rows.weights ?? new Float64Array(rows.output.length).fill(1);
  return [...distinct.values()].map((point) => {
    const start = point.slice();
    const solution = solveLinearPart(law, linearPart, rows.columns, rows.output, weights, start);
    placeLinear(law, linearPart, solution.values, start);
    return start;
  });
}

/** The fit without each term that may vanish, where that is no worse: its parameter then stands at the limit. */
function withoutVanished(prepared: PreparedFit, found: Run, runFrom: (start: Float64Array) => Run): Run {
  let best = found;
  for (const [index, { mayVanish }] of prepared.law.parameters.entries()) {
    if (mayVanish !== true || prepared.lower[index] === prepared.upper[index]) continue;
    const start = best.coordinates.slice();
    start[index] = vanishedCoordinate;
    if (!(prepared.objectiveAt(start) <= best.objective * triedWithout)) continue;
    const without = runFrom(start);
    if (without.objective <= best.objective * (1 + vanishingShare)) best = without;
  }
  return best;
}
