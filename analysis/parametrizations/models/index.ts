import { LadderError } from "../../study/ladder-error.ts";
import type { ModelFamily } from "./contract.ts";
import { mlp } from "./mlp.ts";
import { residualCnn } from "./residual-cnn.ts";
import { residualMlp } from "./residual-mlp.ts";
import { transformer } from "./transformer.ts";
import { vit } from "./vit.ts";

/** Every model family that a table can be made for, whoever trains it. To add one: one file and one line here. */
export const modelFamilies: readonly ModelFamily[] = [transformer, mlp, residualMlp, residualCnn, vit];

/** @throws LadderError `input` MODEL_FAMILY_UNKNOWN, which lists the known ones */
export function findModelFamily(id: string): ModelFamily {
  const found = modelFamilies.find((family) => family.id === id);
  if (found !== undefined) return found;
  const known = modelFamilies.map((family) => family.id);
  throw new LadderError("input", "MODEL_FAMILY_UNKNOWN", `there is no model family "${id}"; known: ${known.join(", ")}`, {
    fields: { id, known },
    hint: "for a model of your own, give a file that lists its tensors",
  });
}
