import { LadderError } from "../study/ladder-error.ts";
import type { TensorShape } from "./architectures/contract.ts";
import type { Parametrization } from "./contract.ts";
import type { TensorFactors } from "./forms.ts";
import type { ResolvedHyperparameters } from "./hyperparameters.ts";
import type { OptimizerInUse } from "./optimizers/contract.ts";
import { isMatrixFamily } from "./optimizers/families.ts";
import type { ScalePair } from "./scale-pair.ts";

interface Resolution extends ScalePair {
  readonly parametrization: Parametrization;
  readonly tensors: readonly TensorShape[];
  readonly hyperparameters: ResolvedHyperparameters;
}

/**
 * @throws LadderError `input` OPTIMIZER_WITHOUT_RULE, with the answer "swept, not transferred"; OPTIMIZER_NEEDS_FALLBACK for a vector
 *   under an optimizer of matrices
 */
export function assertHasRule(parametrization: Parametrization, optimizer: OptimizerInUse, tensor: TensorShape): void {
  if (!parametrization.optimizerFamilies.includes(optimizer.family))
    throw new LadderError(
      "input",
      "OPTIMIZER_WITHOUT_RULE",
      `no rule: ${parametrization.id} says nothing about ${optimizer.id}; its values are swept, not transferred`,
      {
        fields: { parametrization: parametrization.id, optimizer: optimizer.id },
        hint: "sweep at the target's own scale under sp, or use an optimizer that the rule set knows (ladder parametrization list)",
      },
    );
  if (isMatrixFamily(optimizer.family) && (tensor.shape.length < 2 || tensor.role === "scalar"))
    throw new LadderError(
      "input",
      "OPTIMIZER_NEEDS_FALLBACK",
      `${optimizer.id} updates matrices, and ${tensor.name} [${tensor.shape.join(", ")}] is none`,
      {
        fields: { optimizer: optimizer.id, tensor: tensor.name },
        hint: "give optimizer.fallback with the roles bias, normGain and scalar",
      },
    );
}

/**
 * A rule set for depth, a depth unlike the base's, and no tensor that is known to be in a block: every depth factor would be 1.
 *
 * @throws LadderError `input` NOTHING_GROWS
 */
export function assertDepthScales({ parametrization, tensors, scale, base }: Resolution): void {
  const rules = parametrization.components.filter(({ axes }) => axes.includes("depth"));
  if (scale.depth === base.depth || tensors.length === 0 || tensors.some((tensor) => tensor.insideBlock === true)) return;
  if (!rules.some(({ operationRules, tensorRules }) => operationRules.length + tensorRules.length > 0)) return;
  throw new LadderError(
    "input",
    "NOTHING_GROWS",
    `depth is ${scale.depth} and the base depth ${base.depth}, but the model has no residual blocks that ${parametrization.id} could scale: every depth factor would be 1`,
    {
      fields: { depth: scale.depth, baseDepth: base.depth },
      hint: "mark tensors of residual blocks with insideBlock, or keep the depth of the base",
    },
  );
}

/** @throws LadderError `input` MODULE_UNKNOWN for a value of a module that the model has not */
export function assertModulesExist({ hyperparameters, tensors }: Resolution): void {
  const modules = new Set(tensors.flatMap(({ module }) => (module === undefined ? [] : [module])));
  const unknown = hyperparameters.modules.find(({ module }) => !modules.has(module));
  if (unknown === undefined) return;
  throw new LadderError("input", "MODULE_UNKNOWN", `${unknown.quantity}@${unknown.module}: the model has no module "${unknown.module}"`, {
    fields: { module: unknown.module, known: [...modules] },
    hint: `its modules are ${[...modules].join(", ")}`,
  });
}

/**
 * A rule set that carries learning rates or multipliers over width, a width unlike the base's, and not one factor but 1: the model
 * would train by the base's values in silence.
 *
 * @throws LadderError `input` MULTIPLIERS_ALL_ONE
 */
export function assertSomethingScales(
  { parametrization, scale, base }: Resolution,
  resolved: readonly { readonly tensor: TensorShape; readonly factors: TensorFactors }[],
): void {
  const carries = parametrization.components.some(
    ({ axes, tensorRules }) =>
      axes.includes("width") && tensorRules.some(({ quantity }) => quantity === "learningRate" || quantity === "forwardMultiplier"),
  );
  if (!carries || scale.width === base.width || resolved.length === 0) return;
  if (resolved.some(({ factors }) => Object.values(factors).some(({ value }) => value !== 1))) return;
  throw new LadderError(
    "input",
    "MULTIPLIERS_ALL_ONE",
    `width is ${scale.width} and the base width ${base.width}, but ${parametrization.id} changes nothing: every multiplier of every tensor is 1`,
    {
      fields: { width: scale.width, baseWidth: base.width, tensors: resolved.map(({ tensor }) => `${tensor.name} (${tensor.role})`) },
      hint: "check the roles: hidden and output tensors are what the rules scale",
    },
  );
}
