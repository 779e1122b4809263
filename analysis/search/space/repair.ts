import { type Constraint, isMet } from "./constraints.ts";
import type { ParameterGeometry, Replacement } from "./parameter-geometry.ts";
import type { SearchValue, SearchValues } from "./search-space.ts";

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
  const broken = constraints.filter((constraint) => !isMet(constraint, present(values)));
  if (broken.length === 0) return values;
  const names = new Set(broken.flatMap((constraint) => constraint.names));
  const movable = geometries
    .filter(({ name }) => names.has(name) && name !== held)
    .map((geometry) => ({ name: geometry.name, replacements: replacementsOf(geometry, values) }));

  // One object that is changed and changed back: thousands of candidates are looked at.
  const candidate: Record<string, SearchValue> = { ...values };
  const meets = (): boolean => {
    const there = present(candidate);
    return constraints.every((constraint) => isMet(constraint, there));
  };
  const restore = (name: string): void => {
    const value = values[name];
    if (value !== undefined) candidate[name] = value;
  };
  let best: SearchValues | null = null;
  let bestDistance = Infinity;
  for (const { name, replacements } of movable) {
    for (const { value, distance } of replacements) {
      if (distance * distance >= bestDistance) break;
      candidate[name] = value;
      if (!meets()) continue;
      best = { ...candidate };
      bestDistance = distance * distance;
      break;
    }
    restore(name);
  }
  if (best !== null) return best;

  for (const [index, first] of movable.entries())
    for (const second of movable.slice(index + 1)) {
      for (const left of first.replacements.slice(0, pairReplacements)) {
        candidate[first.name] = left.value;
        for (const right of second.replacements.slice(0, pairReplacements)) {
          const distance = left.distance * left.distance + right.distance * right.distance;
          if (distance >= bestDistance) break;
          candidate[second.name] = right.value;
          if (!meets()) continue;
          best = { ...candidate };
          bestDistance = distance;
        }
      }
      restore(first.name);
      restore(second.name);
    }
  return best;
}

function replacementsOf(geometry: ParameterGeometry, values: SearchValues): readonly Replacement[] {
  const value = values[geometry.name];
  return value === undefined ? [] : geometry.replacements(value);
}
