import { exp, log } from "../../numerics/elementary.ts";
import type { NumericParameter } from "./search-space.ts";

/** What of a parameter makes its axis. */
type AxisParameter = Pick<NumericParameter, "scale" | "from" | "to"> &
  Partial<Pick<NumericParameter, "integer" | "multipleOf" | "powersOf" | "preferred">>;

const ln10 = 2.302585092994046;
/** A multiple or a power may miss its place by this much of a step: 0.1 + 0.2 is a multiple of 0.1. */
const tolerance = 1e-9;

/** The axis of a number: its values, and where they lie between 0 and 1. */
export interface NumericAxis {
  /** The lowest and the highest allowed value; both are reached. */
  readonly lowest: number;
  readonly highest: number;
  /** How many values are allowed; null where they are continuous. */
  readonly count: number | null;
  /**
   * How many natural units the unit interval spans: decades of a logarithm, decades of the odds of a logit, and of a linear axis the
   * preferred range (left out: the whole one). A step of `s` natural units is `s / naturalUnits` of the interval.
   */
  readonly naturalUnits: number;
  /** Place of a value: 0 … 1 inside the range, cut at -1 and 2 outside of it. */
  place(value: number): number;
  /** The allowed value nearest to a place; a place outside 0 … 1 gives an end. */
  value(place: number): number;
  isAllowed(value: number): boolean;
  /** The allowed value next to this one, `direction` steps up or down; null beyond the ends and where values are continuous. */
  step(value: number, direction: number): number | null;
}

/**
 * The axis of a parameter. Of steps the unit interval begins and ends half a step outside the range, so that each of equally spaced
 * values gets the same share of it.
 *
 * @param parameter one that `validateSpace` accepts
 */
export function numericAxis(parameter: AxisParameter): NumericAxis {
  const { scale, from, to, powersOf } = parameter;
  const coordinate = coordinateOf(scale);
  const back = valueOf(scale);
  const grid = powersOf === undefined ? stepGrid(parameter) : powerGrid(parameter, powersOf);
  if (grid === null) {
    const [start, end] = [coordinate(from), coordinate(to)];
    return {
      lowest: from,
      highest: to,
      count: null,
      naturalUnits: naturalUnits(parameter, start, end),
      place: (value) => placeBetween(coordinate(value), start, end),
      // The ends themselves, to the bit: their logarithms would come back a little off.
      value: (place) => (place <= 0 ? from : place >= 1 ? to : Math.min(to, Math.max(from, back(start + place * (end - start))))),
      isAllowed: (value) => value >= from && value <= to,
      step: () => null,
    };
  }
  const last = grid.count - 1;
  const [lowest, highest] = [grid.at(0), grid.at(last)];
  const [start, end] = grid.ends(coordinate);
  return {
    lowest,
    highest,
    count: grid.count,
    naturalUnits: naturalUnits(parameter, start, end),
    place: (value) => placeBetween(coordinate(value), start, end),
    value: (place) => grid.at(clampIndex(grid.nearest(back(start + Math.min(1, Math.max(0, place)) * (end - start))), last)),
    isAllowed(value) {
      const index = grid.nearest(value);
      return index >= 0 && index <= last && Math.abs(grid.at(index) - value) <= tolerance * Math.abs(value);
    },
    step(value, direction) {
      const index = grid.nearest(value) + direction;
      return index >= 0 && index <= last ? grid.at(index) : null;
    },
  };
}

/** Allowed values of an axis, by rising index. */
interface Grid {
  readonly count: number;
  readonly at: (index: number) => number;
  /** Index of the nearest one, which may lie outside 0 … count - 1. */
  readonly nearest: (value: number) => number;
  /** Where the unit interval begins and ends, as coordinates. */
  readonly ends: (coordinate: (value: number) => number) => readonly [number, number];
}

/** Whole multiples of a step; null where values are continuous. */
function stepGrid({ from, to, integer, multipleOf, scale }: AxisParameter): Grid | null {
  const step = multipleOf ?? (integer === true ? 1 : null);
  if (step === null) return null;
  const first = Math.ceil(from / step - tolerance);
  const last = Math.floor(to / step + tolerance);
  // 3 / 10 is 0.3 and 3 * 0.1 is not.
  const perUnit = Math.round(1 / step);
  const multiple = (index: number): number => (step < 1 && 1 / perUnit === step ? index / perUnit : index * step);
  return {
    count: Math.max(0, last - first + 1),
    at: (index) => multiple(first + index),
    nearest: (value) => Math.round(value / step) - first,
    ends(coordinate) {
      const highest = (last + 0.5) * step;
      return [coordinate((first - 0.5) * step), coordinate(scale === "logit" ? Math.min(highest, (1 + last * step) / 2) : highest)];
    },
  };
}

function powerGrid({ from, to, integer, multipleOf }: AxisParameter, base: number): Grid {
  const step = multipleOf ?? (integer === true ? 1 : null);
  const values = powersBetween(base, from, to).filter(
    (value) => step === null || Math.abs(value / step - Math.round(value / step)) <= tolerance,
  );
  return {
    count: values.length,
    at: (index) => values[index] ?? Number.NaN,
    nearest(value) {
      let nearest = 0;
      // On a log axis, so that the middle between two powers is their geometric mean.
      const distance = (index: number): number => Math.abs(log((values[index] ?? 1) / value));
      for (let index = 1; index < values.length; index += 1) if (distance(index) < distance(nearest)) nearest = index;
      return nearest;
    },
    ends(coordinate) {
      const places = values.map(coordinate);
      const [first = 0, second = first + 1] = places;
      const [lastButOne = first, last = first] = places.length > 1 ? places.slice(-2) : [first - 1, first];
      return [first - (second - first) / 2, last + (last - lastButOne) / 2];
    },
  };
}

/** Whole powers of a base in [from, to], rising; by products, which are exact for whole bases below 2^53. */
function powersBetween(base: number, from: number, to: number): readonly number[] {
  const values: number[] = [];
  const slack = 1 + tolerance;
  for (let value = 1; value <= to * slack; value *= base) if (value >= from / slack) values.push(value);
  for (let value = 1 / base; value >= from / slack && value > 0; value /= base) if (value <= to * slack) values.unshift(value);
  return values;
}

function coordinateOf(scale: NumericParameter["scale"]): (value: number) => number {
  if (scale === "linear") return (value) => value;
  if (scale === "log") return (value) => (value > 0 ? log(value) : -Infinity);
  return (value) => (value <= 0 ? -Infinity : value >= 1 ? Infinity : log(value / (1 - value)));
}

function valueOf(scale: NumericParameter["scale"]): (coordinate: number) => number {
  if (scale === "linear") return (coordinate) => coordinate;
  if (scale === "log") return exp;
  return (coordinate) => 1 / (1 + exp(-coordinate));
}

function placeBetween(coordinate: number, start: number, end: number): number {
  return Math.min(2, Math.max(-1, (coordinate - start) / (end - start)));
}

function naturalUnits({ scale, preferred }: AxisParameter, start: number, end: number): number {
  if (scale !== "linear") return (end - start) / ln10;
  return preferred === undefined ? 1 : (end - start) / (preferred.to - preferred.from);
}

function clampIndex(index: number, last: number): number {
  return Math.min(last, Math.max(0, index));
}
