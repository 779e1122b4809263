import { readFileSync } from "node:fs";
import { LadderError, type Problem } from "../../../analysis/study/ladder-error.ts";
import { type TrainerRun, trainerRunSchema } from "../../../analysis/study/trainer-contract.ts";

/**
 * Reads the file that `LADDER_RUN` names. Strict: an unknown key is refused.
 *
 * @throws LadderError `missing` RUN_FILE_MISSING, `input` RUN_FILE_INVALID with every problem and its path
 */
export function readRunFile(path: string): TrainerRun {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new LadderError(
      "missing",
      "RUN_FILE_MISSING",
      `cannot read LADDER_RUN=${path}: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new LadderError("input", "RUN_FILE_INVALID", `${path} is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
  const parsed = trainerRunSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue): Problem => ({ path: formatPath(issue.path), message: issue.message }));
  throw new LadderError("input", "RUN_FILE_INVALID", `${path} is not a run of trainer contract 1`, { problems });
}

/** `tensors[3].initStd` for ["tensors", 3, "initStd"]. */
function formatPath(path: readonly PropertyKey[]): string {
  return path.map((part, index) => (typeof part === "number" ? `[${part}]` : index === 0 ? String(part) : `.${String(part)}`)).join("");
}
