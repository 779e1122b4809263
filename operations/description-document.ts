import { tensorQuantities } from "../analysis/parametrizations/contract.ts";
import type { NumberExplanation, TensorExplanation } from "../analysis/parametrizations/explanation/explain.ts";
import { tableNumber } from "../analysis/parametrizations/explanation/given-values.ts";
import type { ResolvedTensor } from "../analysis/parametrizations/resolve.ts";
import type { DescribedParametrization } from "./describe-parametrization.ts";

/** Why numbers are what they are. */
export interface DescribedExplanations {
  readonly tensors: readonly TensorExplanation[];
  readonly operations: readonly NumberExplanation[];
}

/**
 * A described rule set as plain JSON. Of every quantity a tensor has `value`, null where no base value was given, and `factor`
 * on the base value.
 */
export function descriptionDocument(description: DescribedParametrization, explanations?: DescribedExplanations) {
  const { parametrization, optimizer, weightDecayKind, model, given, table, operations, betaRules, isBase } = description;
  return {
    parametrization: { id: parametrization.id, name: parametrization.name, source: parametrization.source },
    optimizer,
    weightDecayKind,
    model: model.description,
    base: model.base,
    scale: model.scale,
    isBase,
    assumed: model.assumed,
    given: [...given],
    tensors: table.map((resolved) => tensorDocument(resolved, description)),
    operations,
    betas: betaRules,
    guesses: model.guesses.map(({ name, role, confidence, reason }) => ({ name, role, confidence, reason })),
    ...(explanations === undefined ? {} : { explanations }),
  };
}

function tensorDocument(resolved: ResolvedTensor, description: DescribedParametrization) {
  const { tensor, base, row, optimizer, factors, tiedReadout } = resolved;
  const quantities = tensorQuantities.map((quantity) => {
    const { kind, value } = tableNumber(resolved, quantity, description);
    return [
      quantity,
      { value: kind === "value" ? value : null, factor: factors[quantity].value, ...(kind === "factor" ? { shown: value } : {}) },
    ] as const;
  });
  return {
    name: row.name,
    role: row.role,
    module: tensor.module ?? null,
    insideBlock: tensor.insideBlock ?? false,
    lookup: tensor.lookup,
    shape: row.shape,
    baseShape: base.shape,
    fanIn: row.fanIn,
    fanOut: row.fanOut,
    baseFanIn: base.fanIn,
    baseFanOut: base.fanOut,
    optimizer: optimizer.id,
    group: row.group,
    initMean: row.initMean,
    ...Object.fromEntries(quantities),
    backwardMultiplier: row.backwardMultiplier,
    weightGradientMultiplier: row.weightGradientMultiplier ?? row.forwardMultiplier,
    ...(tiedReadout === undefined ? {} : { readoutForwardMultiplier: tiedReadout.value }),
  };
}
