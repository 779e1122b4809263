import type { LadderDatabase } from "./connect.ts";
import { holdFence } from "./fence.ts";

export interface Checkpoint {
  readonly attempt: number;
  readonly step: number;
  /** Where the file lies, as its trainer said. */
  readonly path: string;
  readonly createdAt: Date;
}

/**
 * Writes down a checkpoint; the newest attempt's highest step is what the next attempt resumes from. Repeating it is
 * harmless, another path for the same step replaces the first.
 *
 * @throws LadderError `conflict` ATTEMPT_FENCED for an older attempt; `missing` RUN_NOT_FOUND, ATTEMPT_NOT_FOUND.
 */
export async function recordCheckpoint(
  db: LadderDatabase,
  checkpoint: { readonly runKey: string; readonly attempt: number; readonly step: number; readonly path: string },
): Promise<void> {
  const { runKey, attempt, step, path } = checkpoint;
  await db.transaction().execute(async (transaction) => {
    await holdFence(transaction, runKey, attempt);
    await transaction
      .insertInto("checkpoints")
      .values({ runKey, attempt, step, path })
      .onConflict((conflict) => conflict.columns(["runKey", "attempt", "step"]).doUpdateSet({ path }))
      .execute();
  });
}

/** Checkpoints of a run, the one to resume from first: a file may be gone, and then the next one serves. */
export async function listCheckpoints(db: LadderDatabase, runKey: string): Promise<readonly Checkpoint[]> {
  return db
    .selectFrom("checkpoints")
    .select(["attempt", "step", "path", "createdAt"])
    .where("runKey", "=", runKey)
    .orderBy("attempt", "desc")
    .orderBy("step", "desc")
    .execute();
}
