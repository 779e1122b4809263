import { sqrt } from "../numerics/elementary.ts";
import type { RobustSettings } from "../numerics/robust-gauss-newton.ts";
import { studentTFactor } from "../numerics/student-t.ts";
import { assertInvariant } from "../study/ladder-error.ts";
import { fromCoordinate, vanishedCoordinate } from "./coordinates.ts";
import { curvatureAt, type Curvature } from "./curvature.ts";
import type { PreparedFit } from "./prepared-fit.ts";

/** The lowest objective with one parameter held, told as how far it is from the best. */
export interface ProfilePoint {
  /** Natural value; null for a term that is not there. */
  readonly value: number | null;
  readonly coordinate: number;
  /** Chi-square with one degree of freedom if the value were true; 0 at the best. */
  readonly ratio: number;
}

/** Profile likelihood of one parameter. Plain JSON. */
export interface Profile {
  readonly parameter: string;
  readonly level: number;
  /** `ratio` at which an end of the interval lies: the square of Student's t. */
  readonly threshold: number;
  /**
   * Ends in natural values. `low` is 0 when the rows do not tell the term from none at all; an end is null when no value on that side is
   * far from the best, as far as was looked.
   */
  readonly low: number | null;
  readonly high: number | null;
  /** By rising coordinate. */
  readonly points: readonly ProfilePoint[];
}

const settings: RobustSettings = { maximumIterations: 200, gradientTolerance: 1e-7, gainTolerance: 1e-9, initialDamping: 0 };
/** Farthest from the best that is looked: a factor of 1e6 for a log coordinate, 100 for an exponent. */
const farthest = { log: 13.8, identity: 100 } as const;
const bisections = 12;

/** Where an upper end is looked for above a term that is not there: e^-13 … e^30. */
const smallestLooked = -13;
const largestLooked = 30;

/** A held coordinate and where the others then lie lowest. */
interface Place {
  readonly coordinate: number;
  readonly coordinates: Float64Array;
}

/** Where the others are expected once the held coordinate moves on. */
function moved({ coordinate, coordinates }: Place, slope: Float64Array, target: number): Float64Array {
  return coordinates.map((value, j) => value + (slope[j] ?? 0) * (target - coordinate));
}

function secant(from: Place, to: Place): Float64Array {
  return to.coordinates.map((value, j) => (value - (from.coordinates[j] ?? 0)) / (to.coordinate - from.coordinate));
}

/**
 * Profile likelihood of the parameter at `index` (Cox and Snell 1970 for the likelihood; Schrader and Hettmansperger 1980, "Robust
 * analysis of variance based upon a likelihood ratio criterion", for other penalties): the objective is minimised over all others while
 * the parameter is held at ever farther values, until it is worse than the level allows. Where rows share clusters the ratio is scaled
 * down by what the clusters take from the parameter's information (Chandler and Bate 2007).
 *
 * @param best search coordinates of the fit
 */
export function profileParameter(prepared: PreparedFit, best: Float64Array, index: number, level = 0.95, known?: Curvature): Profile {
  const parameter = prepared.law.parameters[index];
  assertInvariant(parameter !== undefined, `${prepared.law.id} has no parameter ${index}`, { index });
  const size = best.length;
  const curvature = known ?? curvatureAt(prepared, best);
  const freedom = Math.max(1, prepared.rowCount - size);
  const threshold = studentTFactor(level, freedom) * studentTFactor(level, freedom);
  const least = prepared.objectiveAt(best);
  const scale = 2 * curvature.likelihoodScale * Math.min(1, curvature.independence[index] ?? 1);
  const centre = best[index] ?? 0;
  const points: ProfilePoint[] = [{ value: fromCoordinate(parameter, centre), coordinate: centre, ratio: 0 }];
  const isLog = parameter.transform === "log";

  /** The lowest from several starts; those after the first are tried only while the value looks too far away. */
  const ratioAt = (coordinate: number, ...starts: readonly Float64Array[]): Place & { readonly ratio: number } => {
    let lowest = { coordinate, coordinates: best, ratio: Infinity };
    for (const start of starts) {
      const coordinates = start.slice();
      coordinates[index] = coordinate;
      const { objective } = prepared.minimiseHeld(index, coordinates, settings);
      const ratio = Math.max(0, scale * (objective - least));
      if (ratio < lowest.ratio) lowest = { coordinate, coordinates, ratio };
      if (lowest.ratio < threshold) break;
    }
    if (lowest.ratio < Infinity) points.push({ value: fromCoordinate(parameter, coordinate), coordinate, ratio: lowest.ratio });
    return lowest;
  };

  const deviation = sqrt(Math.max(0, curvature.covariance[index * size + index] ?? 0));
  const firstStep = Math.min(Math.max(deviation, 1e-3), isLog ? 2 : 0.5);
  /** Along the valley of the fit: how the others move when this coordinate moves by 1. */
  const own = curvature.inverseHessian[index * size + index] ?? 0;
  const tangent = best.map((_, j) => (own > 0 ? (curvature.inverseHessian[j * size + index] ?? 0) / own : 0));
  const centreOf: Place = { coordinate: centre, coordinates: best };
  const endOf = (side: -1 | 1): number | null => {
    const bound = (side < 0 ? prepared.lower[index] : prepared.upper[index]) ?? side * Infinity;
    if (side < 0 && parameter.mayVanish === true && (centre === vanishedCoordinate || ratioAt(vanishedCoordinate, best).ratio < threshold))
      return 0;
    if (centre === vanishedCoordinate) return null;
    const reach = isLog ? farthest.log : farthest.identity;
    let near = centreOf;
    let slope: Float64Array = tangent;
    for (let step = firstStep; ; step *= 1.6) {
      const target = near.coordinate + side * step;
      const clipped = side < 0 ? Math.max(target, bound, centre - reach) : Math.min(target, bound, centre + reach);
      if (clipped === near.coordinate) return clipped === bound ? fromCoordinate(parameter, bound) : null;
      const there = ratioAt(clipped, moved(near, slope, clipped), near.coordinates, moved(centreOf, tangent, clipped), best);
      if (there.ratio >= threshold) return crossing(near, slope, clipped);
      if (clipped !== target) return clipped === bound ? fromCoordinate(parameter, bound) : null;
      slope = secant(near, there);
      near = there;
    }
  };

  const crossing = (inside: Place, slope: Float64Array, outside: number): number | null => {
    let low = inside;
    let high = outside;
    for (let round = 0; round < bisections && Math.abs(high - low.coordinate) > 1e-4 * Math.max(1, Math.abs(low.coordinate)); round += 1) {
      const middle = 0.5 * (low.coordinate + high);
      const there = ratioAt(middle, moved(low, slope, middle), low.coordinates, moved(centreOf, tangent, middle), best);
      if (there.ratio < threshold) low = there;
      else high = middle;
    }
    return fromCoordinate(parameter, 0.5 * (low.coordinate + high));
  };

  const low = endOf(-1);
  const high = centre === vanishedCoordinate ? upperFromNothing() : endOf(1);
  points.sort((left, right) => left.coordinate - right.coordinate);
  return { parameter: parameter.name, level, threshold, low, high, points };

  /** From a term that is not there, upwards: the largest one that the rows still allow. */
  function upperFromNothing(): number | null {
    let low: Place = { coordinate: smallestLooked - 1, coordinates: best };
    for (let coordinate = smallestLooked; coordinate < largestLooked; coordinate += 1) {
      const there = ratioAt(coordinate, low.coordinates);
      if (there.ratio >= threshold) return crossing(low, new Float64Array(size), coordinate);
      low = there;
    }
    return null;
  }
}
