import { type RandomStream, randomStream } from "../../numerics/random-stream.ts";
import { LadderError } from "../../study/ladder-error.ts";
import { choiceGeometry, fixedGeometry } from "./choice-geometry.ts";
import { isMet, parseConstraint } from "./constraints.ts";
import { assertFeasible, infeasible } from "./feasibility.ts";
import { contextGeometry, numericGeometry } from "./numeric-geometry.ts";
import type { ParameterGeometry, SpaceFeature } from "./parameter-geometry.ts";
import type { PreparedSpace } from "./prepared-space.ts";
import { conditionOf, orderByCondition, presentValues } from "./presence.ts";
import { repairValues } from "./repair.ts";
import type { SearchParameter, SearchSpace, SearchValue, SearchValues } from "./search-space.ts";
import { validateSpace } from "./validate-space.ts";

/** Draws without repair before one is repaired, so that sampling is uniform wherever constraints leave some room. */
const plainDraws = 64;
const repairedDraws = 64;

const prepared = new WeakMap<SearchSpace, PreparedSpace>();

/**
 * Prepares a space, once for each space object.
 *
 * @throws LadderError `input` SPACE_INVALID and EXPRESSION_INVALID as `validateSpace`; SPACE_INFEASIBLE when constraints leave nothing
 */
export function prepareSpace(space: SearchSpace): PreparedSpace {
  const known = prepared.get(space);
  if (known !== undefined) return known;
  validateSpace(space);
  const made = makeSpace(space);
  assertFeasible(made, makeSpace);
  prepared.set(space, made);
  return made;
}

function makeSpace(space: SearchSpace): PreparedSpace {
  const constraints = space.constraints.map((text, index) => parseConstraint(text, `constraints[${index}]`));
  const ordered = orderByCondition(space) ?? space.parameters;
  const parts = layOut(space.parameters);
  const geometries = parts.map(({ geometry }) => geometry);
  const dimensions = geometries.flatMap((geometry) => geometry.dimensions);
  const features = parts.flatMap(({ geometry, isConditional }): readonly SpaceFeature[] =>
    isConditional ? [...geometry.features, { parameter: geometry.name, kind: "absent" }] : geometry.features,
  );
  const hasConditions = parts.some(({ isConditional }) => isConditional);
  const present = (values: SearchValues): SearchValues => (hasConditions ? presentValues(ordered, space, values) : values);
  const byName = new Map(geometries.map((geometry) => [geometry.name, geometry]));
  // Where constraints speak of no conditional parameter, presence changes nothing about them.
  const areConditional = parts.some(
    ({ geometry, isConditional }) => isConditional && constraints.some(({ names }) => names.includes(geometry.name)),
  );
  const repair = { constraints, geometries, present: areConditional ? present : (values: SearchValues): SearchValues => values };
  const meets = (values: SearchValues): boolean => constraints.every((constraint) => isMet(constraint, values));

  /** A value for every parameter, absent ones too. */
  const complete = (values: SearchValues): SearchValues =>
    Object.fromEntries(geometries.map(({ name, center }) => [name, values[name] ?? center]));
  const finish = (values: SearchValues, held?: string): SearchValues | null => {
    const repaired = constraints.length === 0 ? values : repairValues(repair, values, held);
    return repaired === null ? null : present(repaired);
  };
  const assign = (unit: ArrayLike<number>, context: SearchValues): SearchValues => {
    const values: Record<string, SearchValue> = {};
    for (const { parameter, geometry, unitOffset } of parts)
      values[geometry.name] = parameter.kind === "context" ? contextValue(geometry, context) : geometry.valueAt(unit, unitOffset);
    return values;
  };

  const sample = (random: RandomStream, context: SearchValues): SearchValues => {
    const unit = new Float64Array(dimensions.length);
    const draw = (): SearchValues =>
      assign(
        unit.map(() => random.uniform()),
        context,
      );
    for (let round = 0; round < plainDraws; round += 1) {
      const values = present(draw());
      if (meets(values)) return values;
    }
    for (let round = 0; round < repairedDraws; round += 1) {
      const values = finish(draw());
      if (values !== null) return values;
    }
    throw infeasible(space.constraints, `with the context ${JSON.stringify(context)} `);
  };

  return {
    space,
    dimensions,
    features,
    encode(values) {
      const coordinates = new Float64Array(features.length);
      for (const { geometry, isConditional, featureOffset } of parts) {
        const value = values[geometry.name] ?? (isConditional ? undefined : geometry.center);
        geometry.writeFeatures(value, coordinates, featureOffset);
        if (isConditional) coordinates[featureOffset + geometry.features.length] = value === undefined ? 0.5 : -0.5;
      }
      return coordinates;
    },
    place(values) {
      const unit = new Float64Array(dimensions.length);
      for (const { geometry, unitOffset } of parts) geometry.writePlace(values[geometry.name] ?? geometry.center, unit, unitOffset);
      return unit;
    },
    decode: (unit, context) => finish(assign(unit, context)),
    adopt: (values) => present(complete(values)),
    isLegal(values) {
      const there = present(values);
      const names = Object.keys(values);
      return (
        names.length === Object.keys(there).length &&
        Object.keys(present(complete(values))).length === names.length &&
        names.every((name) => {
          const value = there[name];
          return value !== undefined && byName.get(name)?.isLegal(value) === true;
        }) &&
        meets(there)
      );
    },
    sample,
    center(context) {
      const values = finish(complete(contextOf(space, byName, context)));
      return values ?? sample(randomStream(0, "space", "center"), context);
    },
    neighbours(values, step) {
      const found = new Map<string, SearchValues>();
      for (const geometry of geometries) {
        const { name } = geometry;
        const value = values[name];
        if (value === undefined) continue;
        for (const neighbour of geometry.neighbours(value, step)) {
          const moved = finish({ ...complete(values), [name]: neighbour }, name);
          if (moved !== null) found.set(JSON.stringify(moved), moved);
        }
      }
      found.delete(JSON.stringify(present(values)));
      return [...found.values()];
    },
    onBound: (values) =>
      geometries.flatMap((geometry) => {
        const value = values[geometry.name];
        const end = value === undefined ? null : geometry.bound(value);
        return end === null || typeof value !== "number" ? [] : [{ parameter: geometry.name, end, value }];
      }),
  };
}

interface Part {
  readonly parameter: SearchParameter;
  readonly geometry: ParameterGeometry;
  readonly isConditional: boolean;
  readonly unitOffset: number;
  readonly featureOffset: number;
}

function layOut(parameters: readonly SearchParameter[]): readonly Part[] {
  let unitOffset = 0;
  let featureOffset = 0;
  return parameters.map((parameter) => {
    const geometry = geometryOf(parameter);
    const isConditional = conditionOf(parameter) !== undefined;
    const part = { parameter, geometry, isConditional, unitOffset, featureOffset };
    unitOffset += geometry.dimensions.length;
    featureOffset += geometry.features.length + (isConditional ? 1 : 0);
    return part;
  });
}

function geometryOf(parameter: SearchParameter): ParameterGeometry {
  switch (parameter.kind) {
    case "numeric":
      return numericGeometry(parameter);
    case "choice":
      return choiceGeometry(parameter);
    case "fixed":
      return fixedGeometry(parameter);
    case "context":
      return contextGeometry(parameter);
  }
}

function contextOf(space: SearchSpace, byName: ReadonlyMap<string, ParameterGeometry>, context: SearchValues): SearchValues {
  const values: Record<string, SearchValue> = {};
  for (const { kind, name } of space.parameters) {
    const geometry = byName.get(name);
    if (kind === "context" && geometry !== undefined) values[name] = contextValue(geometry, context);
  }
  return values;
}

/** @throws LadderError `input` CONTEXT_INVALID for a context parameter without a value in its range */
function contextValue(geometry: ParameterGeometry, context: SearchValues): SearchValue {
  const { name } = geometry;
  const value = context[name];
  if (value !== undefined && geometry.isLegal(value)) return value;
  const words =
    value === undefined ? `context parameter ${name} has no value` : `context parameter ${name} cannot be ${JSON.stringify(value)}`;
  throw new LadderError("input", "CONTEXT_INVALID", words, {
    fields: { parameter: name, value },
    hint: `give ${name} a number in its range, or widen the range`,
  });
}
