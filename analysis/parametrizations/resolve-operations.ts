import { LadderError } from "../study/ladder-error.ts";
import type { Operations, Optimizer } from "../study/trainer-contract.ts";
import type { ModelFacts, ResidualBranch } from "./architectures/contract.ts";
import type { Parametrization } from "./contract.ts";
import { operationFactor, optimizerFactor } from "./evaluate.ts";
import type { ResolvedHyperparameters } from "./hyperparameters.ts";
import type { OptimizerChoice } from "./optimizers/contract.ts";
import type { ScalePair } from "./scale-pair.ts";

export interface OperationResolution extends ScalePair {
  readonly parametrization: Parametrization;
  readonly hasAttention: boolean;
  readonly residualBranches: readonly ResidualBranch[];
  readonly hyperparameters: ResolvedHyperparameters;
  /** What unit scaling asks of the model; left out: gradients are the true ones. */
  readonly modelFacts?: ModelFacts | undefined;
}

/** The operations of the trainer contract: what attention logits, residual branches, activations and the loss are multiplied by. */
export function resolveOperations(input: OperationResolution): Operations {
  const { parametrization, hyperparameters, modelFacts } = input;
  const unitInput = modelFacts === undefined ? undefined : { ...modelFacts, ...input };
  const unitScaling = unitInput === undefined ? undefined : parametrization.unitScaling;
  return {
    attentionLogitScale: input.hasAttention
      ? unitScaling === undefined || unitInput === undefined
        ? attentionLogitScale(input) * hyperparameters.attentionMultiplier
        : unitScaling.attentionLogitScale(unitInput)
      : null,
    residualBlocks: residualMultipliers(input).map((multipliers, index) => ({
      branch: input.residualBranches[index] ?? "feedForward",
      ...multipliers,
    })),
    embeddingMultiplier: hyperparameters.embeddingMultiplier,
    outputMultiplier: hyperparameters.outputMultiplier,
    activationMultiplier: unitScaling === undefined ? hyperparameters.activationMultiplier : 1,
    lossMultiplier: unitScaling === undefined ? hyperparameters.lossMultiplier : 1,
    ...(unitScaling === undefined || unitInput === undefined ? {} : { unitScaling: unitScaling.operations(unitInput) }),
  };
}

/** The factor on q.k by the rules alone: 1/sqrt(headDimension at the base), or 1, times the rules' powers. */
export function attentionLogitScale({
  parametrization,
  scale,
  base,
}: Pick<OperationResolution, "parametrization" | "scale" | "base">): number {
  const start = parametrization.attentionBase === "inverseSquareRoot" ? 1 / Math.sqrt(base.headDimension) : 1;
  return start * operationFactor(parametrization, "attentionLogitScale", { scale, base }).value;
}

function residualMultipliers(
  input: OperationResolution,
): readonly { readonly skipMultiplier: number; readonly branchMultiplier: number }[] {
  const { parametrization, residualBranches, hyperparameters } = input;
  if (parametrization.residual !== undefined) return parametrization.residual.multipliers(residualBranches, hyperparameters);
  const branchMultiplier = operationFactor(parametrization, "branchMultiplier", input).value * hyperparameters.residualMultiplier;
  return residualBranches.map(() => ({ skipMultiplier: 1, branchMultiplier }));
}

/**
 * The optimizer of the trainer contract with betas where batch and horizon rules put them: 1 - beta = (1 - beta at the base) x factor.
 *
 * @throws LadderError `input` BETA_OUT_OF_RANGE when a rule carries a beta out of [0, 1): the batch is too far from the base's
 */
export function resolveOptimizer(
  optimizer: Optimizer,
  choice: OptimizerChoice,
  parametrization: Parametrization,
  pair: ScalePair,
): Optimizer {
  if (!("beta1" in optimizer)) return optimizer;
  const beta = (name: "beta1" | "beta2", base: number): number => {
    const { value } = optimizerFactor(parametrization, name === "beta1" ? "oneMinusBeta1" : "oneMinusBeta2", choice.main, pair);
    // Exactly the base's where no rule speaks: 1 - (1 - beta) may differ in its last bit.
    const scaled = value === 1 ? base : 1 - (1 - base) * value;
    if (scaled >= 0 && scaled < 1) return scaled;
    throw new LadderError(
      "input",
      "BETA_OUT_OF_RANGE",
      `${parametrization.id} carries ${name} = ${base} to ${scaled}, which must be at least 0 and below 1`,
      {
        fields: { name, base, scaled },
        hint: "choose a base whose batch size and token horizon are nearer to this scale, or a rule without betas",
      },
    );
  };
  return { ...optimizer, beta1: beta("beta1", optimizer.beta1), beta2: beta("beta2", optimizer.beta2) };
}
