import type { OptimizerName, Operations, TensorRole, TensorRow } from "../study/trainer-contract.ts";
import type { ResidualBranch } from "./architectures/contract.ts";
import { familyOfOptimizer, type Parametrization, type TensorQuantity } from "./contract.ts";
import { operationFactor, tensorFactor } from "./evaluate.ts";
import { type GrownTensor, type GrowthInput, pairWithBase } from "./growth.ts";
import type { ResolvedHyperparameters } from "./hyperparameters.ts";

export interface TensorResolution extends GrowthInput {
  readonly optimizer: OptimizerName;
  readonly hyperparameters: ResolvedHyperparameters;
}

/**
 * The tensor table of the trainer contract: every quantity = base value x the rule's power of how much this tensor grew.
 * Base values: matrices N(0, (initStd / sqrt(base fan-in))^2) with lookup tables of fan-in 1, biases 0, gains 1; where the
 * architecture says so, a fixed factor on a tensor's deviation (position tables).
 *
 * @throws LadderError `input`, see `pairWithBase`
 */
export function resolveTensors(input: TensorResolution): TensorRow[] {
  const { parametrization, hyperparameters } = input;
  const family = familyOfOptimizer[input.optimizer];
  const rows = pairWithBase(input).map((pair): TensorRow => {
    const { tensor } = pair;
    const factor = (quantity: TensorQuantity) => tensorFactor(parametrization, tensor.role, family, quantity, pair.growths);
    const forwardMultiplier = factor("forwardMultiplier");
    return {
      name: tensor.name,
      role: tensor.role,
      shape: [...tensor.shape],
      fanIn: tensor.fanIn,
      fanOut: tensor.fanOut,
      initStd: baseInitStd(pair) * hyperparameters.initStd * factor("initStd"),
      initMean: tensor.role === "normGain" ? 1 : 0,
      forwardMultiplier,
      // The true gradient: what multiplies y multiplies the gradient to x.
      backwardMultiplier: forwardMultiplier,
      learningRate: hyperparameters.learningRate * factor("learningRate"),
      weightDecay: hyperparameters.weightDecay * factor("weightDecay"),
      epsilon: hyperparameters.epsilon * factor("epsilon"),
      group: tensor.role,
    };
  });
  return nameGroups(rows);
}

export interface OperationResolution {
  readonly parametrization: Parametrization;
  readonly hasAttention: boolean;
  readonly residualBranches: readonly ResidualBranch[];
  readonly depth: number;
  readonly baseDepth: number;
  readonly headDimension: number;
  readonly baseHeadDimension: number;
  readonly hyperparameters: ResolvedHyperparameters;
}

/** The operations of the trainer contract. Attention logits are scaled by 1/sqrt(headDimension) at the base. */
export function resolveOperations(input: OperationResolution): Operations {
  const growths = { headDimension: input.headDimension / input.baseHeadDimension, depth: input.depth / input.baseDepth };
  const branchMultiplier = operationFactor(input.parametrization, "branchMultiplier", growths);
  return {
    attentionLogitScale: input.hasAttention
      ? (1 / Math.sqrt(input.baseHeadDimension)) * operationFactor(input.parametrization, "attentionLogitScale", growths)
      : null,
    residualBlocks: input.residualBranches.map((branch) => ({ branch, skipMultiplier: 1, branchMultiplier })),
    embeddingMultiplier: input.hyperparameters.embeddingMultiplier,
    outputMultiplier: input.hyperparameters.outputMultiplier,
    activationMultiplier: 1,
    lossMultiplier: 1,
  };
}

function baseInitStd({ base }: GrownTensor): number {
  const drawn: Readonly<Record<TensorRole, boolean>> = { input: true, hidden: true, output: true, bias: false, normGain: false };
  return drawn[base.role] ? (base.initStdFactor ?? 1) / Math.sqrt(base.fanIn) : 0;
}

/**
 * Groups are named by role, and where tensors of one role have several learning rates, by role and number. Nothing in a
 * name tells the parametrization: SP and muP give the same bytes at the base scale.
 */
function nameGroups(rows: readonly TensorRow[]): TensorRow[] {
  const ratesOf = new Map<TensorRole, number[]>();
  for (const row of rows) {
    const rates = ratesOf.get(row.role) ?? [];
    if (!rates.includes(row.learningRate)) rates.push(row.learningRate);
    ratesOf.set(row.role, rates);
  }
  return rows.map((row) => {
    const rates = ratesOf.get(row.role) ?? [];
    return { ...row, group: rates.length > 1 ? `${row.role}.${rates.indexOf(row.learningRate) + 1}` : row.role };
  });
}
