import { type NumericAxis, numericAxis } from "./numeric-axis.ts";
import { nearestFirst, type ParameterGeometry, type Replacement, type UnitDimension } from "./parameter-geometry.ts";
import type { NumericParameter, SearchParameter, SearchValue } from "./search-space.ts";

/** Share of the interval that each special value gets, and all of them together at most. */
const specialShare = 0.1;
const specialShareOfAll = 0.5;
/** Steps looked at on each side, and places spread over a continuous axis, when a value must be replaced. */
const nearSteps = 32;
const spreadPlaces = 64;
/** So many values are all looked at. */
const fewValues = 256;
/** A continuous value this near to an end is on it. */
const boundTolerance = 1e-9;

/**
 * The geometry of a number: a place on its axis and, where it has special values, a second coordinate that says which one. A special
 * value stands at the centre of the axis, with an indicator of its own, so that a model learns its effect apart from the axis.
 */
export function numericGeometry(parameter: NumericParameter): ParameterGeometry {
  const axis = numericAxis(parameter);
  const { name, special } = parameter;
  const declared = parameter.center;
  const preferred = preferredPlaces(parameter, axis);
  const middle = axis.value(
    declared === undefined || special.includes(declared) ? (preferred.from + preferred.to) / 2 : axis.place(declared),
  );
  const centerPlace = axis.place(middle);
  const center = declared !== undefined && special.includes(declared) ? declared : middle;

  const share = special.length === 0 ? 0 : Math.min(specialShare, specialShareOfAll / special.length);
  const onAxis = (share * special.length + 1) / 2;
  const selector = (value: SearchValue): number => {
    const index = special.findIndex((candidate) => candidate === value);
    return index < 0 ? onAxis : (index + 0.5) * share;
  };
  const placeOf = (value: SearchValue | undefined): number =>
    typeof value === "number" && !special.includes(value) ? axis.place(value) : centerPlace;
  /** Of the values of an axis that has few. */
  const replacementsKnown = new Map<SearchValue, readonly Replacement[]>();
  const dimension: UnitDimension = { parameter: name, kind: "number", naturalUnits: axis.naturalUnits, center: centerPlace, preferred };

  return {
    name,
    dimensions:
      special.length === 0
        ? [dimension]
        : [dimension, { parameter: name, kind: "special", naturalUnits: 1, center: selector(center), preferred: { from: 0, to: 1 } }],
    features: [{ parameter: name, kind: "place" }, ...special.map(() => ({ parameter: name, kind: "special" as const }))],
    center,
    isLegal: (value) => typeof value === "number" && (special.includes(value) || axis.isAllowed(value)),
    valueAt(unit, offset) {
      const chosen = share === 0 ? undefined : special[Math.floor(Math.max(0, unit[offset + 1] ?? 1) / share)];
      return chosen ?? axis.value(unit[offset] ?? centerPlace);
    },
    writePlace(value, unit, offset) {
      unit[offset] = Math.min(1, Math.max(0, placeOf(value)));
      if (special.length > 0) unit[offset + 1] = selector(value);
    },
    writeFeatures(value, features, offset) {
      features[offset] = placeOf(value) - 0.5;
      special.forEach((candidate, index) => (features[offset + 1 + index] = candidate === value ? 0.5 : -0.5));
    },
    replacements(value) {
      const known = replacementsKnown.get(value);
      if (known !== undefined) return known;
      const others = special.filter((candidate) => candidate !== value).map((candidate) => ({ value: candidate, distance: 1 }));
      const isSpecial = typeof value !== "number" || special.includes(value);
      const here = placeOf(value);
      const places = axisReplacements(axis, isSpecial ? middle : value, here);
      const found = nearestFirst([
        ...(isSpecial ? places.map((place) => ({ ...place, distance: place.distance + 1 })) : places),
        ...others,
      ]);
      if (axis.count !== null && axis.count <= fewValues) replacementsKnown.set(value, found);
      return found;
    },
    neighbours(value, step) {
      const others = special.filter((candidate) => candidate !== value);
      if (typeof value !== "number" || special.includes(value)) return [middle, ...others];
      const beside =
        axis.count === null
          ? [axis.value(axis.place(value) - step), axis.value(axis.place(value) + step)]
          : [axis.step(value, -1), axis.step(value, 1)].filter((candidate) => candidate !== null);
      return [...beside.filter((candidate) => candidate !== value), ...others];
    },
    bound(value) {
      if (typeof value !== "number" || special.includes(value)) return null;
      const place = axis.place(value);
      if (place <= axis.place(axis.lowest) + boundTolerance) return "from";
      return place >= axis.place(axis.highest) - boundTolerance ? "to" : null;
    },
  };
}

/** A number that is given from outside: modelled, never suggested. */
export function contextGeometry(parameter: Extract<SearchParameter, { kind: "context" }>): ParameterGeometry {
  const axis = numericAxis(parameter);
  return {
    name: parameter.name,
    dimensions: [],
    features: [{ parameter: parameter.name, kind: "place" }],
    center: axis.value(0.5),
    isLegal: (value) => typeof value === "number" && axis.isAllowed(value),
    valueAt: () => axis.value(0.5),
    writePlace: () => undefined,
    writeFeatures: (value, features, offset) => (features[offset] = (typeof value === "number" ? axis.place(value) : 0.5) - 0.5),
    replacements: () => [],
    neighbours: () => [],
    bound: () => null,
  };
}

function preferredPlaces({ preferred }: NumericParameter, axis: NumericAxis): { readonly from: number; readonly to: number } {
  return preferred === undefined
    ? { from: 0, to: 1 }
    : { from: Math.max(0, axis.place(preferred.from)), to: Math.min(1, axis.place(preferred.to)) };
}

function axisReplacements(axis: NumericAxis, value: number, here: number): readonly Replacement[] {
  const values = new Set<number>();
  if (axis.count !== null && axis.count <= fewValues) {
    for (let next: number | null = axis.lowest; next !== null; next = axis.step(next, 1)) values.add(next);
  } else {
    for (let step = 1; step <= nearSteps; step += 1)
      for (const near of [axis.step(value, -step), axis.step(value, step)]) if (near !== null) values.add(near);
    for (let place = 0; place <= spreadPlaces; place += 1) values.add(axis.value(place / spreadPlaces));
  }
  values.delete(value);
  return [...values].map((candidate) => ({ value: candidate, distance: Math.abs(axis.place(candidate) - here) }));
}
