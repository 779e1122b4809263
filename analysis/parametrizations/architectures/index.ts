import { LadderError } from "../../study/ladder-error.ts";
import type { Scale } from "../../study/scale.ts";
import type { ModelSpec } from "../../study/study-spec.ts";
import type { Model } from "../../study/trainer-contract.ts";
import type { Architecture, ModelFacts, TensorShape } from "./contract.ts";
import { custom } from "./custom.ts";
import { mlp } from "./mlp.ts";
import { residualMlp } from "./residual-mlp.ts";
import { transformer } from "./transformer.ts";

/** Every architecture. To add one: one file, one line here, and its shapes in the trainer contract's `model`. */
export const architectures: readonly Architecture[] = [transformer, mlp, residualMlp, custom];

/** @throws LadderError `input` ARCHITECTURE_UNKNOWN, which lists the known ones */
export function findArchitecture(id: string): Architecture {
  const found = architectures.find((architecture) => architecture.id === id);
  if (found !== undefined) return found;
  const known = architectures.map((architecture) => architecture.id);
  throw new LadderError("input", "ARCHITECTURE_UNKNOWN", `there is no architecture "${id}"; known: ${known.join(", ")}`, {
    fields: { id, known },
  });
}

/** Every tensor of a model at a scale, with roles and fans, before any rule. */
export function tensorTable(model: Model, scale: Scale, modelSpec: ModelSpec): readonly TensorShape[] {
  return findArchitecture(model.architecture).tensors(model, scale, modelSpec);
}

/** What unit scaling asks of a model; undefined for one that only its trainer knows. */
export function modelFacts(model: Model): ModelFacts | undefined {
  return findArchitecture(model.architecture).modelFacts(model);
}
