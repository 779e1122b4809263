import type { SearchValue } from "./search-space.ts";

/** One coordinate of the unit cube. */
export interface UnitDimension {
  readonly parameter: string;
  /**
   * `number`: a place on an axis; `rank`: one of several ordered values; `choice`: one of several values, each an equal stretch of the
   * interval; `special`: which special value, or at the upper end that the number lies on its axis.
   */
  readonly kind: "number" | "rank" | "choice" | "special";
  /** Natural units that the interval spans: `NumericAxis.naturalUnits`; 1 of what is no number. */
  readonly naturalUnits: number;
  /** Place of the centre. */
  readonly center: number;
  /** Places of the ends of the preferred range; 0 and 1 where there is none. */
  readonly preferred: { readonly from: number; readonly to: number };
}

/** One coordinate of a model of the space; about -1/2 … 1/2. */
export interface SpaceFeature {
  readonly parameter: string;
  /** `place` of a number, rank or context, less 1/2; `choice`: one of the values; `special`, `absent`: indicators, ±1/2. */
  readonly kind: "place" | "choice" | "special" | "absent";
}

/** A value that another one may be replaced by, and how far it is on the unit interval (1: another choice). */
export interface Replacement {
  readonly value: SearchValue;
  readonly distance: number;
}

/** What a parameter is in the geometry of its space. Coordinates are read and written at `offset` of the whole. */
export interface ParameterGeometry {
  readonly name: string;
  readonly dimensions: readonly UnitDimension[];
  readonly features: readonly SpaceFeature[];
  /** Where a search begins. */
  readonly center: SearchValue;
  isLegal(value: SearchValue): boolean;
  /** The legal value at a place; places outside 0 … 1 are taken as 0 or 1. */
  valueAt(unit: ArrayLike<number>, offset: number): SearchValue;
  /** Writes the place of a value, or the nearest one to a value that is not legal. */
  writePlace(value: SearchValue, unit: Float64Array, offset: number): void;
  /** Writes the model's coordinates of a value; `undefined`: of one that is absent, which stands at the centre. */
  writeFeatures(value: SearchValue | undefined, features: Float64Array, offset: number): void;
  /** Other legal values, the nearest first: all of them where they are few. */
  replacements(value: SearchValue): readonly Replacement[];
  /** The legal values next to this one; of continuous numbers those `step` of the interval away. */
  neighbours(value: SearchValue, step: number): readonly SearchValue[];
  /** Which end of its range a value lies on. */
  bound(value: SearchValue): "from" | "to" | null;
}

/** The values nearest first; ties in the order in which they were given. */
export function nearestFirst(replacements: readonly Replacement[]): readonly Replacement[] {
  return [...replacements].sort((left, right) => left.distance - right.distance);
}
