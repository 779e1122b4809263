import { randomUUID } from "node:crypto";
import { rename, writeFile } from "node:fs/promises";
import { z } from "zod";
import { LadderError, type Problem } from "../../analysis/study/ladder-error.ts";
import type { ResolvedRun } from "../../analysis/study/run-key.ts";
import { trainerRunSchema, type TrainerRun } from "../../analysis/study/trainer-contract.ts";

export interface RunFileOptions {
  readonly runKey: string;
  /** 1 for the first submission of the run. */
  readonly attempt: number;
  /** Absolute folder that all attempts of the run share. */
  readonly checkpointFolder: string;
  /** Checkpoint every so many steps; 0 = only when asked to stop. */
  readonly checkpointEverySteps: number;
  /** Checkpoint to go on from, or null to start at step 0. */
  readonly resumeFrom: string | null;
}

/**
 * The content of the file at `LADDER_RUN`: what is to be trained, plus who this attempt is and where it may write.
 *
 * @throws LadderError `rejected` RUN_UNREADABLE when the stored configuration is not one that this version's contract
 * knows, with every field that is wrong.
 */
export function composeTrainerRun(resolved: ResolvedRun, options: RunFileOptions): TrainerRun {
  const parsed = trainerRunSchema.safeParse({
    ...resolved,
    runKey: options.runKey,
    attempt: options.attempt,
    checkpoint: { folder: options.checkpointFolder, everySteps: options.checkpointEverySteps },
    resumeFrom: options.resumeFrom,
  });
  if (parsed.success) return parsed.data;
  throw new LadderError(
    "rejected",
    "RUN_UNREADABLE",
    `run ${options.runKey} does not fit the trainer contract: ${z.prettifyError(parsed.error)}`,
    {
      fields: { runKey: options.runKey },
      problems: parsed.error.issues.map((issue): Problem => ({ path: issue.path.join("."), message: issue.message })),
      hint: "it was planned by another version of Ladder; submit the study again",
    },
  );
}

/** Writes a run file whole or not at all (by rename). `path` is absolute; its folder exists. */
export async function writeRunFile(path: string, run: TrainerRun): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  await writeFile(temporary, `${JSON.stringify(run, null, 2)}\n`);
  await rename(temporary, path);
}
