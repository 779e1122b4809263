import { findParametrization } from "../parametrizations/index.ts";
import { modelSpecSchema, scheduleSpecSchema, type StudySpec, type WeightDecayKind } from "../study/study-spec.ts";

/** A study as one of its parametrizations or variants sees it. */
export interface VariantView {
  /** The spec with the variant's changes made. */
  readonly spec: StudySpec;
  /** Id of the rule set that is followed. */
  readonly ruleSet: string;
  readonly weightDecayKind: WeightDecayKind;
  /** Factor on batchSizeTokens of every scale. */
  readonly batchSizeFactor: number;
}

/**
 * Resolves a name of `parametrizations`: a variant changes parts of the study and follows its own rule set; any other name is a
 * rule set, and the study stays as it is. Values of the space win over a variant's fixed ones only where the variant has none.
 *
 * @throws LadderError `input` PARAMETRIZATION_UNKNOWN and its like; ZodError for a variant whose parts do not fit, which a study
 *   file is checked for before
 */
export function viewVariant(spec: StudySpec, name: string): VariantView {
  const variant = spec.variants[name];
  const ruleSet = variant?.parametrization ?? name;
  const weightDecayKind = variant?.weightDecayKind ?? spec.weightDecayKind ?? findParametrization(ruleSet).weightDecayKind ?? "decoupled";
  if (variant === undefined) return { spec, ruleSet, weightDecayKind, batchSizeFactor: 1 };
  return {
    spec: {
      ...spec,
      model: modelSpecSchema.parse({ ...spec.model, ...variant.model }),
      schedule: scheduleSpecSchema.parse({ ...spec.schedule, ...variant.schedule }),
      hyperparameters: { ...spec.hyperparameters, ...variant.hyperparameters },
    },
    ruleSet,
    weightDecayKind,
    batchSizeFactor: variant.batchSizeFactor ?? 1,
  };
}
