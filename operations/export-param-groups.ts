import type { ResolvedTensor } from "../analysis/parametrizations/resolve.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import { type DescribedParametrization, describeParametrization, type DescriptionRequest } from "./describe-parametrization.ts";

/** Tensors of one optimizer and one set of values. */
export interface ParamGroup {
  readonly name: string;
  readonly optimizer: string;
  readonly lr: number;
  readonly weight_decay: number;
  readonly eps: number;
  readonly damping?: { readonly fan_in: number; readonly fan_out: number };
  readonly params: readonly string[];
}

/** docs/param-groups.md says what every field is; names are those of PyTorch. */
export type ParamGroupsDocument = ReturnType<typeof paramGroupsDocument>;

/**
 * A rule set resolved for a model, as parameter groups that a PyTorch program builds its optimizer from. Epsilon, decay and
 * deviations that are not given are the usual ones: 1e-8, 0, and 1 times those of the rule set.
 *
 * @throws LadderError see `describeParametrization`; `input` HYPERPARAMETER_MISSING without a learning rate
 */
export async function exportParamGroups(request: DescriptionRequest): Promise<ParamGroupsDocument> {
  if (request.hyperparameters["learningRate"] === undefined)
    throw new LadderError("input", "HYPERPARAMETER_MISSING", "learningRate has no value: groups hold values, not factors", {
      fields: { name: "learningRate" },
      hint: "give --learning-rate, the value tuned at the base",
    });
  const hyperparameters = { weightDecay: 0, epsilon: 1e-8, initStd: 1, ...request.hyperparameters };
  return paramGroupsDocument(await describeParametrization({ ...request, hyperparameters }));
}

function paramGroupsDocument(description: DescribedParametrization) {
  const { parametrization, optimizer, weightDecayKind, model, table, operations, hyperparameters, betaRules } = description;
  const groups = groupTensors(table);
  const { modules, ...values } = hyperparameters;
  return {
    format: "ladder-param-groups",
    version: 1,
    parametrization: parametrization.id,
    optimizer: {
      name: optimizer.main.id,
      fallback: optimizer.fallback?.optimizer.id ?? null,
      direction: optimizer.direction?.id ?? null,
      ...Object.fromEntries(betaRules.flatMap(({ name, value }) => (value === null ? [] : [[name, value]]))),
      one_minus_beta1_factor: betaRules[0]?.factor ?? 1,
      one_minus_beta2_factor: betaRules[1]?.factor ?? 1,
      /** `coupled`: weight_decay is added to the gradient; `decoupled`: a step takes lr x weight_decay off the weights. */
      weight_decay: weightDecayKind === "coupled" ? "coupled" : "decoupled",
    },
    base: model.base,
    scale: model.scale,
    hyperparameters: { ...values, ...Object.fromEntries(modules.map(({ quantity, module, factor }) => [`${quantity}@${module}`, factor])) },
    groups,
    tensors: table.map(({ row, tiedReadout }) => ({
      name: row.name,
      role: row.role,
      shape: row.shape,
      init_mean: row.initMean,
      init_std: row.initStd,
      forward_multiplier: row.forwardMultiplier,
      backward_multiplier: row.backwardMultiplier,
      weight_gradient_multiplier: row.weightGradientMultiplier ?? row.forwardMultiplier,
      ...(tiedReadout === undefined ? {} : { readout_forward_multiplier: tiedReadout.value }),
    })),
    operations: {
      attention_logit_scale: operations.attentionLogitScale,
      residual_branches: operations.residualBlocks.map(({ branch, skipMultiplier, branchMultiplier }) => ({
        branch: branch === "feedForward" ? "feed_forward" : branch,
        skip_multiplier: skipMultiplier,
        branch_multiplier: branchMultiplier,
      })),
      embedding_multiplier: operations.embeddingMultiplier,
      output_multiplier: operations.outputMultiplier,
      activation_multiplier: operations.activationMultiplier,
      loss_multiplier: operations.lossMultiplier,
      unit_scaling:
        operations.unitScaling === undefined
          ? null
          : {
              embedding_sum: operations.unitScaling.embeddingSum,
              activation: operations.unitScaling.activation,
              attention: operations.unitScaling.attention,
              loss: operations.unitScaling.loss,
              branch_gradient_at_split: operations.unitScaling.branchGradientAtSplit,
            },
    },
  } as const;
}

/** Tensors with the same optimizer and values together; named by role, and by role and number where a role has several. */
function groupTensors(table: readonly ResolvedTensor[]): readonly ParamGroup[] {
  const groups = new Map<string, { role: string; group: Omit<ParamGroup, "name"> }>();
  for (const { row, optimizer } of table) {
    const { learningRate, weightDecay, epsilon, damping } = row;
    const key = JSON.stringify([row.role, optimizer.id, learningRate, weightDecay, epsilon, damping]);
    const params = [...(groups.get(key)?.group.params ?? []), row.name];
    const extra = damping === undefined ? {} : { damping: { fan_in: damping.fanIn, fan_out: damping.fanOut } };
    groups.set(key, {
      role: row.role,
      group: { optimizer: optimizer.id, lr: learningRate, weight_decay: weightDecay, eps: epsilon, ...extra, params },
    });
  }
  const all = [...groups.values()];
  return all.map(({ role, group }, index) => {
    const ofRole = all.filter((other) => other.role === role);
    const place = all.slice(0, index + 1).filter((other) => other.role === role).length;
    return { name: ofRole.length > 1 ? `${role}.${place}` : role, ...group };
  });
}
