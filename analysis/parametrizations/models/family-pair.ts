import { type Problem } from "../../study/ladder-error.ts";
import type { TensorShape } from "../architectures/contract.ts";
import type { FamilyScale, ModelFamily, TensorPair } from "./contract.ts";
import { fillParameters, type GivenParameters, parameterReader, parametersInvalid, type ParameterValues } from "./parameters.ts";

export interface FamilyPairRequest {
  readonly scale: FamilyScale;
  readonly base: FamilyScale;
  readonly parameters: GivenParameters;
  /** Those that are others at the base: feedForwardWidth, keyValueHeads. */
  readonly baseParameters?: GivenParameters;
}

/**
 * Every tensor of a family at a scale.
 *
 * @throws LadderError `input` MODEL_PARAMETER_INVALID for what the family does not know or cannot build
 */
export function familyTensors(family: ModelFamily, scale: FamilyScale, given: GivenParameters = {}): readonly TensorShape[] {
  const values = fillParameters(family, given);
  const problems = checkFamily(family, scale, values);
  if (problems.length > 0) throw parametersInvalid(family, problems);
  return family.tensors(scale, parameterReader(values));
}

/**
 * Every tensor at a scale beside itself at the base width and head dimension. Both have the depth of `scale`: depth rules
 * belong to the operations, and width rules compare like with like. A parameter whose value belongs to one scale has the
 * same share of the width or of the heads at the base, unless `baseParameters` says another.
 *
 * @throws LadderError `input` MODEL_PARAMETER_INVALID for what the family does not know or cannot build at either scale
 */
export function pairFamily(family: ModelFamily, request: FamilyPairRequest): readonly TensorPair[] {
  const { scale, parameters } = request;
  const base = { ...request.base, depth: scale.depth };
  const values = fillParameters(family, parameters);
  const problems = [...checkFamily(family, scale, values)];
  const followed = baseValues(family, request, values);
  problems.push(...followed.problems);
  const valuesAtBase = fillParameters(family, { ...parameters, ...followed.values, ...request.baseParameters });
  problems.push(
    ...checkFamily(family, base, valuesAtBase)
      .map((problem) => ({ ...problem, path: `base.${problem.path}` }))
      .filter(({ path }) => !followed.problems.some((problem) => problem.path === path)),
  );
  if (problems.length > 0) throw parametersInvalid(family, problems);
  const tensors = family.tensors(scale, parameterReader(values));
  const baseTensors = family.tensors(base, parameterReader(valuesAtBase));
  return tensors.flatMap((tensor, index) => {
    const atBase = baseTensors[index];
    return atBase === undefined ? [] : [{ tensor, base: atBase }];
  });
}

function checkFamily(family: ModelFamily, scale: FamilyScale, values: ParameterValues): readonly Problem[] {
  const axes = family.hasAttention ? (["width", "depth", "headDimension"] as const) : (["width", "depth"] as const);
  const wrongAxes = axes
    .filter((axis) => !Number.isSafeInteger(scale[axis]) || scale[axis] < 1)
    .map((axis) => ({ path: axis, message: "must be a whole number, at least 1", value: String(scale[axis]) }));
  return wrongAxes.length > 0 ? wrongAxes : family.check(scale, parameterReader(values));
}

/** Values at the base of parameters that belong to one scale and were not given for the base. */
function baseValues(family: ModelFamily, request: FamilyPairRequest, values: ParameterValues) {
  const { scale, base, baseParameters = {} } = request;
  const found: Record<string, number> = {};
  const problems: Problem[] = [];
  for (const { name, follows } of family.parameters) {
    const value = values[name];
    if (follows === undefined || typeof value !== "number" || baseParameters[name] !== undefined) continue;
    const size = (at: FamilyScale) => (follows === "width" ? at.width : at.width / at.headDimension);
    const atBase = (value * size(base)) / size(scale);
    found[name] = Math.max(1, Math.round(atBase));
    if (!Number.isInteger(atBase) || atBase < 1)
      problems.push({
        path: `base.${name}`,
        message: `is not known: ${value} here would be ${atBase} at the base, the same share of its ${follows}`,
        fix: `say what ${name} is at the base`,
      });
  }
  return { values: found, problems };
}
