import type { SearchParameter, SearchSpace, SearchValue, SearchValues } from "./search-space.ts";

/** The condition of a parameter that has one. */
export function conditionOf(
  parameter: SearchParameter,
): { readonly parameter: string; readonly values: readonly SearchValue[] } | undefined {
  return parameter.kind === "numeric" || parameter.kind === "choice" ? parameter.when : undefined;
}

/**
 * Parameters in an order in which each follows the one that its condition asks for.
 *
 * @returns null where conditions go in circles
 */
export function orderByCondition(space: SearchSpace): readonly SearchParameter[] | null {
  const ordered: SearchParameter[] = [];
  const placed = new Set<string>();
  let waiting: readonly SearchParameter[] = space.parameters;
  while (waiting.length > 0) {
    const ready = waiting.filter((parameter) => {
      const condition = conditionOf(parameter);
      return condition === undefined || placed.has(condition.parameter);
    });
    if (ready.length === 0) return null;
    for (const parameter of ready) {
      ordered.push(parameter);
      placed.add(parameter.name);
    }
    waiting = waiting.filter((parameter) => !placed.has(parameter.name));
  }
  return ordered;
}

/** The values that are there under each other's conditions; keys in the order of the space, parameters that it does not know left out. */
export function presentValues(ordered: readonly SearchParameter[], space: SearchSpace, values: SearchValues): SearchValues {
  const present = new Set<string>();
  for (const parameter of ordered) {
    const condition = conditionOf(parameter);
    if (condition !== undefined) {
      const value = present.has(condition.parameter) ? values[condition.parameter] : undefined;
      if (value === undefined || !condition.values.includes(value)) continue;
    }
    if (values[parameter.name] !== undefined) present.add(parameter.name);
  }
  const kept: Record<string, SearchValue> = {};
  for (const { name } of space.parameters) {
    const value = values[name];
    if (value !== undefined && present.has(name)) kept[name] = value;
  }
  return kept;
}
