import { sqrt } from "../../numerics/elementary.ts";
import { nearestFirst, type ParameterGeometry, type SpaceFeature } from "./parameter-geometry.ts";
import type { ChoiceParameter, SearchParameter, SearchValue } from "./search-space.ts";

/** Two choices of one-hot coordinates are then as far from each other as the ends of an axis. */
const oneHot = sqrt(0.5);

/**
 * The geometry of a choice. Ordered values are ranks on one axis; two unordered ones are the ends of an axis, more are one-hot,
 * centred, one apart from each other. A value that is no longer among them stands in their middle.
 */
export function choiceGeometry(parameter: ChoiceParameter): ParameterGeometry {
  const { name, values, ordered } = parameter;
  const count = values.length;
  const onAxis = ordered || count === 2;
  const rankOf = (value: SearchValue | undefined): number => values.findIndex((candidate) => candidate === value);
  const center = parameter.center ?? values[ordered ? Math.floor((count - 1) / 2) : 0] ?? false;
  const placeOf = (value: SearchValue): number => {
    const rank = rankOf(value);
    return rank < 0 ? 0.5 : (rank + 0.5) / count;
  };
  const feature: SpaceFeature = { parameter: name, kind: ordered ? "place" : "choice" };

  return {
    name,
    dimensions: [
      { parameter: name, kind: ordered ? "rank" : "choice", naturalUnits: 1, center: placeOf(center), preferred: { from: 0, to: 1 } },
    ],
    features: count === 1 ? [] : onAxis ? [feature] : values.map(() => feature),
    center,
    isLegal: (value) => rankOf(value) >= 0,
    valueAt: (unit, offset) => values[Math.min(count - 1, Math.max(0, Math.floor((unit[offset] ?? 0.5) * count)))] ?? center,
    writePlace: (value, unit, offset) => (unit[offset] = placeOf(value)),
    writeFeatures(value, features, offset) {
      const rank = rankOf(value);
      if (count === 1) return;
      if (onAxis) features[offset] = rank < 0 ? 0 : rank / (count - 1) - 0.5;
      else
        for (let index = 0; index < count; index += 1)
          features[offset + index] = rank < 0 ? 0 : oneHot * ((index === rank ? 1 : 0) - 1 / count);
    },
    replacements(value) {
      const rank = rankOf(value);
      return nearestFirst(
        values.flatMap((candidate, index) =>
          candidate === value ? [] : [{ value: candidate, distance: ordered ? Math.abs(index - rank) / count : 1 }],
        ),
      );
    },
    neighbours(value) {
      const rank = rankOf(value);
      return values.filter((_, index) => (ordered ? Math.abs(index - rank) === 1 : index !== rank));
    },
    bound: () => null,
  };
}

/** A value that nobody searches: no coordinate at all. */
export function fixedGeometry({ name, value }: Extract<SearchParameter, { kind: "fixed" }>): ParameterGeometry {
  return {
    name,
    dimensions: [],
    features: [],
    center: value,
    isLegal: (candidate) => candidate === value,
    valueAt: () => value,
    writePlace: () => undefined,
    writeFeatures: () => undefined,
    replacements: () => [],
    neighbours: () => [],
    bound: () => null,
  };
}
