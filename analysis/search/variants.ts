import { findParametrization } from "../parametrizations/index.ts";
import type { Scale } from "../study/scale.ts";
import { modelSpecSchema, scheduleSpecSchema, type StudySpec, type Variant, type WeightDecayKind } from "../study/study-spec.ts";

/** A study as one of its parametrizations or variants sees it. */
export interface VariantView {
  /** The spec with the variant's changes made. */
  readonly spec: StudySpec;
  /** Id of the rule set that is followed. */
  readonly ruleSet: string;
  readonly weightDecayKind: WeightDecayKind;
  /** Factor on batchSizeTokens of every scale as the study writes it. */
  readonly batchSizeFactor: number;
  /** Hyperparameters that the variant fixes, whatever a trial asks for; a study file that sweeps one of them is refused. */
  readonly fixed: Readonly<Record<string, number>>;
}

/** The variant that a name of `parametrizations` stands for; undefined for a rule set. */
export function findVariant(variants: StudySpec["variants"], name: string): Variant | undefined {
  return Object.hasOwn(variants, name) ? variants[name] : undefined;
}

/**
 * Resolves a name of `parametrizations`: a variant changes parts of the study and follows its own rule set; any other name is a
 * rule set, and the study stays as it is.
 *
 * @throws LadderError `input` PARAMETRIZATION_UNKNOWN and its like; ZodError for a variant whose parts do not fit, which a study
 *   file is checked for before
 */
export function viewVariant(spec: StudySpec, name: string): VariantView {
  const variant = findVariant(spec.variants, name);
  const ruleSet = variant?.parametrization ?? name;
  const weightDecayKind = variant?.weightDecayKind ?? spec.weightDecayKind ?? findParametrization(ruleSet).weightDecayKind ?? "decoupled";
  if (variant === undefined) return { spec, ruleSet, weightDecayKind, batchSizeFactor: 1, fixed: {} };
  return {
    spec: {
      ...spec,
      model: modelSpecSchema.parse({ ...spec.model, ...variant.model }),
      schedule: scheduleSpecSchema.parse({ ...spec.schedule, ...variant.schedule }),
      optimizer: variant.optimizer ?? spec.optimizer,
      hyperparameters: { ...spec.hyperparameters, ...variant.hyperparameters },
    },
    ruleSet,
    weightDecayKind,
    batchSizeFactor: variant.batchSizeFactor ?? 1,
    fixed: variant.hyperparameters,
  };
}

/** The scale that is trained where the study writes this one. */
export function trainedScale({ batchSizeFactor }: Pick<VariantView, "batchSizeFactor">, written: Scale): Scale {
  return { ...written, batchSizeTokens: written.batchSizeTokens * batchSizeFactor };
}

/** The scale that the study writes where this one is trained: the inverse of `trainedScale`. */
export function writtenScale({ batchSizeFactor }: Pick<VariantView, "batchSizeFactor">, trained: Scale): Scale {
  return { ...trained, batchSizeTokens: trained.batchSizeTokens / batchSizeFactor };
}
