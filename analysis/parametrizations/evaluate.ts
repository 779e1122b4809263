import { LadderError } from "../study/ladder-error.ts";
import type { WeightDecayKind } from "../study/study-spec.ts";
import type { TensorRole } from "../study/trainer-contract.ts";
import type { TensorShape } from "./architectures/contract.ts";
import type {
  Evidence,
  OperationRule,
  OptimizerRule,
  Parametrization,
  RuleComponent,
  TensorCondition,
  TensorQuantity,
  TensorRule,
} from "./contract.ts";
import type { Exponent, Exponents } from "./exponents.ts";
import { scaleNames } from "./exponents.ts";
import { composeFactor, type Factor, type FactorSource, type ScaleReadings, type Term } from "./factor.ts";
import type { ScalePair } from "./scale-pair.ts";
import type { OptimizerInUse } from "./optimizers/contract.ts";

/** What a rule is asked about: a tensor of a role under an optimizer and a kind of decay. */
export interface TensorCell {
  readonly role: TensorRole;
  readonly optimizer: OptimizerInUse;
  readonly weightDecayKind: WeightDecayKind;
  readonly tensor: Pick<TensorShape, "lookup" | "shape" | "insideBlock" | "module" | "tied">;
}

/**
 * The rule of one component for one cell of the table role x family x quantity; undefined where it leaves it alone.
 *
 * @throws LadderError `defect` RULE_AMBIGUOUS when two rules of the component claim the same cell
 */
export function findTensorRule(component: RuleComponent, cell: TensorCell, quantity: TensorQuantity): TensorRule | undefined {
  const matching = component.tensorRules.filter(
    (rule) =>
      rule.quantity === quantity &&
      rule.roles.includes(cell.role) &&
      (rule.families === undefined || rule.families.includes(cell.optimizer.family)) &&
      (quantity !== "weightDecay" || meetsDecayKind(rule, cell.weightDecayKind)) &&
      meetsCondition(rule.where, cell.tensor),
  );
  if (matching.length > 1)
    throw new LadderError(
      "defect",
      "RULE_AMBIGUOUS",
      `${component.id} has ${matching.length} rules for ${quantity} of ${cell.role} tensors under ${cell.optimizer.family}`,
    );
  return matching[0];
}

/** The factor on the base value of one quantity of one tensor: the product over components. */
export function tensorFactor(
  parametrization: Pick<Parametrization, "components">,
  cell: TensorCell,
  quantity: TensorQuantity,
  readings: ScaleReadings,
): Factor {
  return productOver(parametrization, readings, cell.optimizer, (component) => {
    const rule = findTensorRule(component, cell, quantity);
    return rule === undefined ? [] : [rule];
  });
}

/** The factor on the base value of one operation. */
export function operationFactor(
  parametrization: Pick<Parametrization, "components">,
  quantity: OperationRule["quantity"],
  pair: ScalePair,
): Factor {
  return productOver(parametrization, modelReadings(pair), undefined, (component) =>
    component.operationRules.filter((rule) => rule.quantity === quantity),
  );
}

/** The factor on 1 - beta1 or 1 - beta2. */
export function optimizerFactor(
  parametrization: Pick<Parametrization, "components">,
  quantity: OptimizerRule["quantity"],
  optimizer: OptimizerInUse,
  pair: ScalePair,
): Factor {
  return productOver(parametrization, modelReadings(pair), optimizer, (component) =>
    component.optimizerRules.filter(
      (rule) => rule.quantity === quantity && (rule.families === undefined || rule.families.includes(optimizer.family)),
    ),
  );
}

/** The model's axes as readings. */
export function modelReadings({ scale, base }: ScalePair): ScaleReadings {
  return {
    width: { value: scale.width, base: base.width },
    depth: { value: scale.depth, base: base.depth },
    headDimension: { value: scale.headDimension, base: base.headDimension },
    batchSizeTokens: { value: scale.batchSizeTokens, base: base.batchSizeTokens },
    tokenHorizon: { value: scale.tokenHorizon, base: base.tokenHorizon },
  };
}

/** The number that an exponent is under an optimizer. */
export function exponentValue(exponent: Exponent, optimizer: Pick<OptimizerInUse, "exponentLeft" | "exponentRight"> | undefined): number {
  if (typeof exponent === "number") return exponent;
  const { constant, exponentLeft = 0, exponentRight = 0 } = exponent;
  return constant + exponentLeft * (optimizer?.exponentLeft ?? 0) + exponentRight * (optimizer?.exponentRight ?? 0);
}

interface PowerRule {
  readonly exponents: Exponents;
  readonly constant?: number;
  readonly source: string;
  readonly evidence: readonly Evidence[];
}

function productOver(
  parametrization: Pick<Parametrization, "components">,
  readings: ScaleReadings,
  optimizer: OptimizerInUse | undefined,
  rulesOf: (component: RuleComponent) => readonly PowerRule[],
): Factor {
  const terms: Term[] = [];
  const sources: FactorSource[] = [];
  let constant = 1;
  for (const component of parametrization.components)
    for (const rule of rulesOf(component)) {
      constant *= rule.constant ?? 1;
      sources.push({ component: component.id, source: rule.source, evidence: rule.evidence });
      for (const scale of scaleNames) {
        const exponent = exponentValue(rule.exponents[scale] ?? 0, optimizer);
        if (exponent === 0) continue;
        const reading = readings[scale];
        if (reading === undefined)
          throw new LadderError("defect", "SCALE_NOT_READ", `${component.id} asks for ${scale}, which nobody read`, { fields: { scale } });
        terms.push({ scale, measure: component.measure, ...reading, exponent });
      }
    }
  return composeFactor(constant, terms, sources);
}

function meetsDecayKind(rule: TensorRule, kind: WeightDecayKind): boolean {
  // Independent and constant-timescale decay are divided by the tensor's own learning rate afterwards: a rule that does so too would count twice.
  return (rule.weightDecayKinds ?? ["coupled", "decoupled"]).includes(kind);
}

function meetsCondition(where: TensorCondition | undefined, tensor: TensorCell["tensor"]): boolean {
  if (where === undefined) return true;
  return (
    (where.insideBlock === undefined || where.insideBlock === (tensor.insideBlock ?? false)) &&
    (where.lookup === undefined || where.lookup === tensor.lookup) &&
    (where.vector === undefined || where.vector === (tensor.shape.length === 1)) &&
    (where.tied === undefined || where.tied === (tensor.tied ?? false)) &&
    (where.modules === undefined || (tensor.module !== undefined && where.modules.includes(tensor.module)))
  );
}
