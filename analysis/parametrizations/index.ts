import { LadderError } from "../study/ladder-error.ts";
import type { Parametrization } from "./contract.ts";
import { mup, mupConstantWeightDecay } from "./mup.ts";
import { sp } from "./sp.ts";

/** Every parametrization. To add one: one file and one line here; the contract suite then runs over it. */
export const parametrizations: readonly Parametrization[] = [sp, mup, mupConstantWeightDecay];

/** How each is written in sentences and figures, by id. */
export const parametrizationNames: Readonly<Record<string, string>> = Object.fromEntries(
  parametrizations.map(({ id, name }) => [id, name]),
);

/** The name for sentences and figures; the id itself for one that this version does not know. */
export function parametrizationName(id: string): string {
  return parametrizationNames[id] ?? id;
}

/** @throws LadderError `input` PARAMETRIZATION_UNKNOWN, which lists the known ones */
export function findParametrization(id: string): Parametrization {
  const found = parametrizations.find((parametrization) => parametrization.id === id);
  if (found !== undefined) return found;
  const known = parametrizations.map((parametrization) => parametrization.id);
  throw new LadderError("input", "PARAMETRIZATION_UNKNOWN", `there is no parametrization "${id}"; known: ${known.join(", ")}`, {
    fields: { id, known },
  });
}
