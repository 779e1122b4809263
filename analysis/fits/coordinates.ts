import { exp, log } from "../numerics/elementary.ts";
import type { Law, LawParameter } from "../laws/contract.ts";

/** Search coordinate of a term that is not there: exp of it is 0. JSON has no -Infinity. */
export const vanishedCoordinate = -746;

/** Search coordinate of a natural value; 0 and below of a log parameter is `vanishedCoordinate`. */
export function toCoordinate(parameter: LawParameter, value: number): number {
  if (parameter.transform === "identity") return value;
  return value > 0 ? Math.max(log(value), vanishedCoordinate) : vanishedCoordinate;
}

/** Natural value of a search coordinate; null where the term vanished. */
export function fromCoordinate(parameter: LawParameter, coordinate: number): number | null {
  if (parameter.transform === "identity") return coordinate;
  const value = exp(coordinate);
  return value === 0 ? null : value;
}

/** Bounds in search coordinates, in the order of the law's parameters. */
export function coordinateBounds(law: Law): { lower: Float64Array; upper: Float64Array } {
  const lower = law.parameters.map((parameter) =>
    parameter.transform === "log" ? toCoordinate(parameter, parameter.lower ?? 0) : (parameter.lower ?? -Infinity),
  );
  const upper = law.parameters.map((parameter) => (parameter.upper === undefined ? Infinity : toCoordinate(parameter, parameter.upper)));
  return { lower: Float64Array.from(lower), upper: Float64Array.from(upper) };
}
