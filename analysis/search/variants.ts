import { findParametrization } from "../parametrizations/index.ts";
import { findVariant } from "../study/find-variant.ts";
import type { Scale } from "../study/scale.ts";
import { modelSpecSchema, scheduleSpecSchema, type StudySpec, type WeightDecayKind } from "../study/study-spec.ts";

/** A study as one of its parametrizations or variants sees it. */
export interface VariantView {
  /** The spec with the variant's changes made. */
  readonly spec: StudySpec;
  /** Id of the rule set that is followed. */
  readonly ruleSet: string;
  readonly weightDecayKind: WeightDecayKind;
  /** Hyperparameters that the variant fixes, whatever a trial asks for; a study file that sweeps one of them is refused. */
  readonly fixed: Readonly<Record<string, number>>;
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
  if (variant === undefined) return { spec, ruleSet, weightDecayKind, fixed: {} };
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
    fixed: variant.hyperparameters,
  };
}

/** The scale that is trained under a name of `parametrizations` where the study writes this one. */
export function trainedScale({ variants }: Pick<StudySpec, "variants">, name: string, written: Scale): Scale {
  return { ...written, batchSizeTokens: written.batchSizeTokens * (findVariant(variants, name)?.batchSizeFactor ?? 1) };
}

/** The scale that the study writes where this one is trained: the inverse of `trainedScale`. */
export function writtenScale({ variants }: Pick<StudySpec, "variants">, name: string, trained: Scale): Scale {
  return { ...trained, batchSizeTokens: trained.batchSizeTokens / (findVariant(variants, name)?.batchSizeFactor ?? 1) };
}
