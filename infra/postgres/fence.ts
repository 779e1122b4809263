import type { LadderDatabase } from "./connect.ts";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import { attemptFenced } from "./attempts.ts";
import { runNotFound } from "./runs.ts";

/**
 * Holds the fence of a run still until the transaction ends, and checks that `attempt` is the newest. Every write that a
 * trainer causes goes through here: a claim of the next attempt waits for the write, or the write is refused.
 *
 * @throws LadderError `missing` RUN_NOT_FOUND, ATTEMPT_NOT_FOUND; `conflict` ATTEMPT_FENCED.
 */
export async function holdFence(transaction: LadderDatabase, runKey: string, attempt: number): Promise<void> {
  const run = await transaction.selectFrom("runs").select("fence").where("runKey", "=", runKey).forShare().executeTakeFirst();
  if (run === undefined) throw runNotFound(runKey);
  if (attempt < run.fence) throw attemptFenced(runKey, attempt, `attempt ${String(run.fence)} has taken over`);
  if (attempt > run.fence || attempt < 1)
    throw new LadderError("missing", "ATTEMPT_NOT_FOUND", `run ${runKey} has no attempt ${String(attempt)}`, {
      fields: { runKey, attempt },
    });
}
