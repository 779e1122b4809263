import { LadderError } from "../../analysis/study/ladder-error.ts";
import type { ExecutorKind } from "./executor.ts";
import { localExecutorKind } from "./local.ts";

/** Every executor that a study can name. */
export const executorKinds: readonly ExecutorKind[] = [localExecutorKind];

/** @throws LadderError `input` EXECUTOR_UNKNOWN with the ids that exist */
export function findExecutorKind(id: string): ExecutorKind {
  const kind = executorKinds.find((candidate) => candidate.id === id);
  if (kind !== undefined) return kind;
  const known = executorKinds.map((candidate) => candidate.id).join(", ");
  throw new LadderError("input", "EXECUTOR_UNKNOWN", `there is no executor "${id}"`, {
    fields: { executor: id },
    hint: `use one of: ${known}`,
  });
}
