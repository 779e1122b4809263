import type { StudySpec, Variant } from "./study-spec.ts";

/** The variant that a name of `parametrizations` stands for; undefined for a rule set. */
export function findVariant(variants: StudySpec["variants"], name: string): Variant | undefined {
  return Object.hasOwn(variants, name) ? variants[name] : undefined;
}
