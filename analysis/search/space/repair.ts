import { type Constraint, isMet } from "./constraints.ts";
import type { ParameterGeometry, Replacement } from "./parameter-geometry.ts";
import type { SearchValues } from "./search-space.ts";

/** Replacements of each of two parameters that are tried together. */
const pairReplacements = 24;

/** What values are repaired by. */
export interface Repair {
  readonly constraints: readonly Constraint[];
  /** Of every parameter that may be changed. */
  readonly geometries: readonly ParameterGeometry[];
  /** The values that are there under each other's conditions. */
  readonly present: (values: SearchValues) => SearchValues;
}

/**
 * The nearest assignment that meets the constraints: the values themselves, else with one parameter of a broken constraint replaced,
 * else with two. Near is the sum of squares on the unit interval; of equally near ones the first in the order of the space.
 *
 * @param values one for every parameter, absent ones too
 * @param held a parameter that keeps its value
 * @returns null where that does not help
 */
export function repairValues({ constraints, geometries, present }: Repair, values: SearchValues, held?: string): SearchValues | null {
  const broken = (candidate: SearchValues): readonly Constraint[] => {
    const there = present(candidate);
    return constraints.filter((constraint) => !isMet(constraint, there));
  };
  const names = new Set(broken(values).flatMap((constraint) => constraint.names));
  if (names.size === 0) return values;

  const movable = geometries
    .filter(({ name }) => names.has(name) && name !== held)
    .map((geometry) => ({ name: geometry.name, replacements: replacementsOf(geometry, values) }));
  let best: SearchValues | null = null;
  let bestDistance = Infinity;
  for (const { name, replacements } of movable)
    for (const { value, distance } of replacements) {
      if (distance * distance >= bestDistance) break;
      const candidate = { ...values, [name]: value };
      if (broken(candidate).length > 0) continue;
      best = candidate;
      bestDistance = distance * distance;
      break;
    }
  if (best !== null) return best;

  for (const [index, first] of movable.entries())
    for (const second of movable.slice(index + 1))
      for (const left of first.replacements.slice(0, pairReplacements))
        for (const right of second.replacements.slice(0, pairReplacements)) {
          const distance = left.distance * left.distance + right.distance * right.distance;
          if (distance >= bestDistance) break;
          const candidate = { ...values, [first.name]: left.value, [second.name]: right.value };
          if (broken(candidate).length > 0) continue;
          best = candidate;
          bestDistance = distance;
        }
  return best;
}

function replacementsOf(geometry: ParameterGeometry, values: SearchValues): readonly Replacement[] {
  const value = values[geometry.name];
  return value === undefined ? [] : geometry.replacements(value);
}
