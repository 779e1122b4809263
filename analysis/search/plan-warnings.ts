import { findParametrization } from "../parametrizations/index.ts";
import { choiceOfOptimizer } from "../parametrizations/optimizers/index.ts";
import { type RuleWarning, ruleWarnings } from "../parametrizations/warnings.ts";
import type { StudySpec } from "../study/study-spec.ts";
import type { PlannedTrial } from "../study/trial.ts";
import { baseScale } from "./base-scale.ts";
import { viewVariant } from "./variants.ts";

/** What the rules warn of in a study's trials; of trials with the same warning the first speaks. */
export function planWarnings(
  study: StudySpec,
  trials: readonly PlannedTrial[],
): readonly (RuleWarning & { readonly parametrization: string })[] {
  const seen = new Map<string, RuleWarning & { readonly parametrization: string }>();
  // The widest first: its numbers are the farthest.
  for (const trial of [...trials].sort((left, right) => right.scale.width - left.scale.width)) {
    const resolved = trial.runs[0]?.resolved;
    if (resolved === undefined) continue;
    const { spec, ruleSet } = viewVariant(study, trial.parametrization);
    const warnings = ruleWarnings({
      parametrization: findParametrization(ruleSet),
      optimizer: choiceOfOptimizer(resolved.optimizer),
      model: resolved.model,
      rows: resolved.tensors,
      scale: trial.scale,
      base: baseScale(spec, trial.scale),
      ...(resolved.optimizer.name === "adafactor" ? { parameterScaleFloor: resolved.optimizer.parameterScaleFloor } : {}),
    });
    for (const warning of warnings) {
      const key = `${trial.parametrization} ${warning.code}`;
      if (!seen.has(key)) seen.set(key, { ...warning, parametrization: trial.parametrization });
    }
  }
  return [...seen.values()];
}
