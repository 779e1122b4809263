import { LadderError } from "../study/ladder-error.ts";
import type { TensorShape } from "./architectures/contract.ts";
import type { Parametrization } from "./contract.ts";
import type { ScalePair } from "./scale-pair.ts";

/** A tensor beside itself at the base scale. */
export interface GrownTensor {
  readonly tensor: TensorShape;
  readonly base: TensorShape;
}

export interface GrowthInput extends ScalePair {
  readonly parametrization: Pick<Parametrization, "id" | "components" | "tiedEmbeddings">;
  readonly tensors: readonly TensorShape[];
  /** The same tensors at the base width (and at this depth). */
  readonly baseTensors: readonly TensorShape[];
}

/**
 * Pairs every tensor with its base and refuses what would train with wrong multipliers and no error message.
 *
 * @throws LadderError `input`:
 *   BASE_TENSORS_DIFFER when a tensor has no base or a base no tensor;
 *   ROLE_CONTRADICTS_GROWTH when, for example, a `hidden` tensor grows along one dimension only;
 *   NOTHING_GROWS when width differs from the base and no dimension of any tensor does (mup trains SP in silence here);
 *   TENSORS_UNKNOWN when the rule set scales learning rates or multipliers and no tensor is known;
 *   TIED_EMBEDDINGS_UNDEFINED when an embedding is the readout as well and the rule set does not say what it then follows
 */
export function pairWithBase(input: GrowthInput): readonly GrownTensor[] {
  const { parametrization, tensors, baseTensors, scale, base } = input;
  const scales = parametrization.components.some(({ tensorRules }) => tensorRules.some((rule) => rule.quantity !== "initStd"));
  if (tensors.length === 0 && scale.width !== base.width && scales)
    throw new LadderError(
      "input",
      "TENSORS_UNKNOWN",
      `${parametrization.id} scales tensors by role, but the model lists none, so width ${scale.width} would train like the base width ${base.width}`,
      {
        hint: "list the tensors under model.tensors, or use sp",
      },
    );

  const baseByName = new Map(baseTensors.map((tensor) => [tensor.name, tensor]));
  const names = new Set(tensors.map((tensor) => tensor.name));
  const withoutBase = tensors.filter((tensor) => !baseByName.has(tensor.name)).map((tensor) => tensor.name);
  const withoutTensor = baseTensors.filter((tensor) => !names.has(tensor.name)).map((tensor) => tensor.name);
  if (withoutBase.length + withoutTensor.length > 0)
    throw new LadderError(
      "input",
      "BASE_TENSORS_DIFFER",
      `the model and its base do not have the same tensors: ${describeDifference(withoutBase, withoutTensor)}`,
      {
        fields: { withoutBase, withoutTensor },
        hint: "the base may differ in width only: same depth, same biases",
      },
    );

  const grown = tensors.flatMap((tensor): GrownTensor[] => {
    const found = baseByName.get(tensor.name);
    return found === undefined ? [] : [{ tensor, base: found }];
  });
  for (const pair of grown) {
    assertRoleFitsGrowth(pair);
    assertTiedIsDefined(pair.tensor, parametrization);
  }
  if (
    grown.length > 0 &&
    scale.width !== base.width &&
    grown.every((pair) => pair.tensor.fanIn === pair.base.fanIn && pair.tensor.fanOut === pair.base.fanOut)
  )
    throw new LadderError(
      "input",
      "NOTHING_GROWS",
      `width is ${scale.width} and the base width ${base.width}, but no dimension of any tensor follows it: every multiplier would be 1`,
      {
        fields: { width: scale.width, baseWidth: base.width },
        hint: 'write the dimensions of model.tensors in terms of width, for example ["4*width", "width"]',
      },
    );
  return grown;
}

function assertTiedIsDefined(tensor: TensorShape, parametrization: GrowthInput["parametrization"]): void {
  if (tensor.tied !== true || parametrization.tiedEmbeddings !== undefined) return;
  throw new LadderError(
    "input",
    "TIED_EMBEDDINGS_UNDEFINED",
    `${tensor.name} is embedding and readout at once, and ${parametrization.id} does not define which rule such a table follows`,
    {
      fields: { tensor: tensor.name, parametrization: parametrization.id },
      hint: "untie them, or use a rule set that defines tied embeddings, such as mup or completep",
    },
  );
}

function assertRoleFitsGrowth({ tensor, base }: GrownTensor): void {
  const fanInGrows = tensor.fanIn !== base.fanIn;
  const fanOutGrows = tensor.fanOut !== base.fanOut;
  const contradiction =
    tensor.role === "hidden" && fanInGrows !== fanOutGrows
      ? `hidden, but only its ${fanInGrows ? "fan-in" : "fan-out"} grows`
      : tensor.role === "input" && fanInGrows
        ? "input, but its fan-in grows"
        : tensor.role === "output" && fanOutGrows
          ? "output, but its fan-out grows"
          : tensor.role === "scalar" && (fanInGrows || fanOutGrows)
            ? "scalar, but it grows"
            : undefined;
  if (contradiction !== undefined)
    throw new LadderError(
      "input",
      "ROLE_CONTRADICTS_GROWTH",
      `${tensor.name} is declared ${contradiction}: [${base.shape.join(", ")}] at the base, [${tensor.shape.join(", ")}] here`,
      {
        fields: { tensor: tensor.name, role: tensor.role, baseShape: base.shape, shape: tensor.shape },
        hint: "a hidden tensor grows in both dimensions, an input tensor in its fan-out only, an output tensor in its fan-in only, a scalar in none",
      },
    );
}

function describeDifference(withoutBase: readonly string[], withoutTensor: readonly string[]): string {
  const parts = [
    ...(withoutBase.length > 0 ? [`no base for ${withoutBase.join(", ")}`] : []),
    ...(withoutTensor.length > 0 ? [`only in the base: ${withoutTensor.join(", ")}`] : []),
  ];
  return parts.join("; ");
}
