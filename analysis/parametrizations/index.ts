import { LadderError } from "../study/ladder-error.ts";
import { composeParametrizations } from "./compose.ts";
import { batchLinear } from "./components/batch-linear.ts";
import { batchMarin } from "./components/batch-marin.ts";
import { batchSde } from "./components/batch-sde.ts";
import { batchSquareRoot } from "./components/batch-square-root.ts";
import { bordelon } from "./components/bordelon.ts";
import { completep } from "./rule-sets/completep.ts";
import { completepDepth } from "./components/completep-depth.ts";
import { completedp } from "./rule-sets/completedp.ts";
import { depthMup } from "./components/depth-mup.ts";
import { everett } from "./rule-sets/everett.ts";
import { gpt2ResidualInit } from "./components/gpt2-residual-init.ts";
import { horizonBjorck } from "./components/horizon-bjorck.ts";
import { horizonFitted } from "./components/horizon-fitted.ts";
import { horizonStepLaw } from "./components/horizon-step-law.ts";
import { spectralDepth } from "./components/spectral-depth.ts";
import { spectral } from "./rule-sets/spectral.ts";
import { uMup } from "./rule-sets/u-mup.ts";
import type { Parametrization, ParametrizationDefinition } from "./contract.ts";
import { meanField } from "./rule-sets/mean-field.ts";
import { munit } from "./rule-sets/munit.ts";
import { muonh } from "./rule-sets/muonh.ts";
import { mup } from "./rule-sets/mup.ts";
import { ntp } from "./rule-sets/ntp.ts";
import { readOptions } from "./options.ts";
import { spGlobal } from "./rule-sets/sp-global.ts";
import { sp } from "./rule-sets/sp.ts";

/** Every rule set and component. To add one: one file and one line here; the contract suite then runs over it. */
export const parametrizationDefinitions: readonly ParametrizationDefinition[] = [
  sp,
  mup,
  completep,
  completedp,
  uMup,
  munit,
  spectral,
  everett,
  muonh,
  spGlobal,
  ntp,
  meanField,
  depthMup,
  bordelon,
  completepDepth,
  spectralDepth,
  gpt2ResidualInit,
  batchLinear,
  batchSquareRoot,
  batchSde,
  batchMarin,
  horizonBjorck,
  horizonStepLaw,
  horizonFitted,
];

/** Ids of earlier versions, which stored studies may hold. */
const formerIds: ReadonlyMap<string, string> = new Map([["mup-constant-weight-decay", "mup:weight-decay=constant"]]);

/**
 * The rule set that an id names: `mup`, with options `completep:alpha=0.5`, composed `mup:epsilon=per-role+depth-mup+batch-sde`.
 * Its `id` is the text as given.
 *
 * @throws LadderError `input` PARAMETRIZATION_UNKNOWN, which lists the known ones; PARAMETRIZATION_OPTION_INVALID;
 *   RULE_SETS_CONFLICT for two parts that speak for one axis, a component alone, or two sets
 */
export function findParametrization(id: string): Parametrization {
  const parts = (formerIds.get(id) ?? id).split("+").map((part) => {
    const [name = "", written = ""] = part.split(":");
    const definition = findDefinition(name);
    return { definition, written: part, content: definition.build(readOptions(definition, written)) };
  });
  return composeParametrizations(id, parts);
}

/** @throws LadderError `input` PARAMETRIZATION_UNKNOWN, which lists the known ones */
export function findDefinition(id: string): ParametrizationDefinition {
  const found = parametrizationDefinitions.find((definition) => definition.id === id);
  if (found !== undefined) return found;
  const known = parametrizationDefinitions.map((definition) => definition.id);
  throw new LadderError("input", "PARAMETRIZATION_UNKNOWN", `there is no parametrization "${id}"; known: ${known.join(", ")}`, {
    fields: { id, known },
  });
}

/** Every complete rule set with its options at their defaults. */
export function defaultParametrizations(): readonly Parametrization[] {
  return parametrizationDefinitions.filter(({ kind }) => kind === "set").map(({ id }) => findParametrization(id));
}

/** The name for sentences and figures; the id itself for one that this version does not know, such as a study's variant. */
export function parametrizationName(id: string): string {
  try {
    return findParametrization(id).name;
  } catch (error) {
    if (error instanceof LadderError) return id;
    throw error;
  }
}

/** Names for sentences and figures by id. */
export function parametrizationNames(ids: Iterable<string>): Readonly<Record<string, string>> {
  return Object.fromEntries([...ids].map((id) => [id, parametrizationName(id)]));
}
