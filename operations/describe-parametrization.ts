import type { Parametrization } from "../analysis/parametrizations/contract.ts";
import { type BaseValueName, baseValueNames } from "../analysis/parametrizations/explanation/given-values.ts";
import {
  fillHyperparameters,
  hyperparameterDefinitions,
  moduleQuantities,
  readModuleName,
  type ResolvedHyperparameters,
} from "../analysis/parametrizations/hyperparameters.ts";
import { operationFactor, optimizerFactor } from "../analysis/parametrizations/evaluate.ts";
import { findParametrization } from "../analysis/parametrizations/index.ts";
import type { OptimizerChoice } from "../analysis/parametrizations/optimizers/contract.ts";
import { readOptimizer } from "../analysis/parametrizations/optimizers/index.ts";
import { resolveOperations, resolveOptimizer } from "../analysis/parametrizations/resolve-operations.ts";
import { type ResolvedTensor, resolveTable, type TensorResolution } from "../analysis/parametrizations/resolve.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import type { PartialScale } from "../analysis/study/scale.ts";
import type { WeightDecayKind } from "../analysis/study/study-spec.ts";
import type { Operations } from "../analysis/study/trainer-contract.ts";
import { findModel, type ModelInUse, type ModelRequest } from "./parametrization-model.ts";

/** What is asked: a rule set, an optimizer, a model at two scales, and the values tuned at the base. */
export interface DescriptionRequest extends ModelRequest {
  /** A rule set as a study file writes it: `mup`, `completep:alpha=0.5`, `mup+batch-sde`. */
  readonly name: string;
  /** As `readOptimizer` reads it. */
  readonly optimizer: string;
  readonly scale: PartialScale;
  readonly base: PartialScale;
  /** Values at the base by name; those of learningRate, weightDecay, epsilon and initStd may be left out: factors are shown then. */
  readonly hyperparameters: Readonly<Record<string, number>>;
  readonly weightDecayKind?: WeightDecayKind | undefined;
  readonly beta1?: number | undefined;
  readonly beta2?: number | undefined;
}

export interface BetaRule {
  readonly name: "beta1" | "beta2";
  /** On 1 - beta. */
  readonly factor: number;
  /** Null where the base's was not given. */
  readonly value: number | null;
}

/** A rule set resolved for one model at one scale. */
export interface DescribedParametrization {
  readonly parametrization: Parametrization;
  readonly optimizer: OptimizerChoice;
  readonly weightDecayKind: WeightDecayKind;
  readonly model: ModelInUse;
  readonly hyperparameters: ResolvedHyperparameters;
  /** Base values that were given. */
  readonly given: ReadonlySet<BaseValueName>;
  readonly table: readonly ResolvedTensor[];
  readonly operations: Operations;
  /** Factor on 1 - beta, and the beta itself where the base's was given. */
  readonly betaRules: readonly BetaRule[];
  /** What a residual branch is multiplied by, for a model that does not say how many there are. */
  readonly branchRule: { readonly kind: "factor"; readonly value: number } | { readonly kind: "formula"; readonly formula: string };
  /** True where the scale is the base itself, so that every relative factor is 1. */
  readonly isBase: boolean;
  readonly resolution: TensorResolution;
}

/**
 * Resolves a rule set for every tensor of a model.
 *
 * @throws LadderError what the engine refuses (see `resolveTable`), what `findModel` refuses, `input` OPTIMIZER_WITHOUT_RULE,
 *   HYPERPARAMETER_UNKNOWN
 */
export async function describeParametrization(request: DescriptionRequest): Promise<DescribedParametrization> {
  const parametrization = findParametrization(request.name);
  const optimizer = readOptimizer(request.optimizer);
  assertKnown(request.hyperparameters);
  const model = await findModel(request, request.scale, request.base);
  const { scale, base, pairs } = model;
  const given = new Set(baseValueNames.filter((name) => request.hyperparameters[name] !== undefined));
  const hyperparameters = fillHyperparameters({ learningRate: 1, weightDecay: 1, epsilon: 1, ...request.hyperparameters });
  const weightDecayKind = request.weightDecayKind ?? parametrization.weightDecayKind ?? "decoupled";
  const resolution: TensorResolution = {
    parametrization,
    optimizer,
    scale,
    base,
    hyperparameters,
    weightDecayKind,
    modelFacts: model.modelFacts,
    tensors: pairs.map(({ tensor }) => tensor),
    baseTensors: pairs.map((pair) => pair.base),
  };
  return {
    parametrization,
    optimizer,
    weightDecayKind,
    model,
    hyperparameters,
    given,
    table: resolveTable(resolution),
    operations: resolveOperations({ ...resolution, hasAttention: model.hasAttention, residualBranches: model.residualBranches ?? [] }),
    betaRules: resolveBetas(request, parametrization, optimizer, model),
    branchRule:
      parametrization.residual === undefined
        ? {
            kind: "factor",
            value: operationFactor(parametrization, "branchMultiplier", { scale, base }).value * hyperparameters.residualMultiplier,
          }
        : { kind: "formula", formula: parametrization.residual.formula },
    isBase: scale.width === base.width && scale.depth === base.depth && sameBatch(model) && scale.headDimension === base.headDimension,
    resolution,
  };
}

function sameBatch({ scale, base }: ModelInUse): boolean {
  return scale.batchSizeTokens === base.batchSizeTokens && scale.tokenHorizon === base.tokenHorizon;
}

function resolveBetas(
  request: DescriptionRequest,
  parametrization: Parametrization,
  optimizer: OptimizerChoice,
  pair: ModelInUse,
): readonly BetaRule[] {
  const { beta1, beta2 } = request;
  // Betas that were not given are 0: 1 - beta is then the factor itself, which may leave [0, 1) and is not asked for.
  const resolved = (name: "beta1" | "beta2", value: number): number => {
    const betas = { beta1: 0, beta2: 0, [name]: value };
    const found = resolveOptimizer({ name: "adamw", ...betas }, optimizer, withoutBetaRule(parametrization, name), pair);
    return "beta1" in found ? found[name] : value;
  };
  return (["beta1", "beta2"] as const).map((name) => {
    const given = name === "beta1" ? beta1 : beta2;
    const quantity = name === "beta1" ? "oneMinusBeta1" : "oneMinusBeta2";
    const factor = optimizerFactor(parametrization, quantity, optimizer.main, pair).value;
    return { name, factor, value: given === undefined ? null : resolved(name, given) };
  });
}

/** Without rules on the other beta, whose base value is not known. */
function withoutBetaRule(parametrization: Parametrization, name: "beta1" | "beta2"): Parametrization {
  const kept = name === "beta1" ? "oneMinusBeta1" : "oneMinusBeta2";
  return {
    ...parametrization,
    components: parametrization.components.map((component) => ({
      ...component,
      optimizerRules: component.optimizerRules.filter(({ quantity }) => quantity === kept),
    })),
  };
}

function assertKnown(hyperparameters: Readonly<Record<string, number>>): void {
  const known: readonly string[] = hyperparameterDefinitions.map(({ name }) => name);
  const unknown = Object.keys(hyperparameters).find((name) => !known.includes(name) && readModuleName(name) === undefined);
  if (unknown === undefined) return;
  throw new LadderError("input", "HYPERPARAMETER_UNKNOWN", `there is no hyperparameter "${unknown}"`, {
    fields: { name: unknown, known },
    hint: `one of: ${known.join(", ")}; or of one module, such as learningRate@attention.query (${moduleQuantities.join(", ")})`,
  });
}
