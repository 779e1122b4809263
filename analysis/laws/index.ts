import { LadderError } from "../study/ladder-error.ts";
import { chinchilla } from "./chinchilla.ts";
import type { Law } from "./contract.ts";

/** Every law. To add one: one file and one line here; the contract suite then runs over it. */
export const laws: readonly Law[] = [chinchilla];

/** @throws LadderError `input` LAW_UNKNOWN, which lists the known ones */
export function findLaw(id: string): Law {
  const found = laws.find((law) => law.id === id);
  if (found !== undefined) return found;
  const known = laws.map((law) => law.id);
  throw new LadderError("input", "LAW_UNKNOWN", `there is no law "${id}"; known: ${known.join(", ")}`, { fields: { id, known } });
}
