import type { SweepUpdates } from "../workflows/sweep-messages.ts";
import { runSweep } from "./run-sweep.ts";
import type { Session } from "./session.ts";

/**
 * Sends an update to the workflow of a sweep and waits until it is carried out. The workflow is started first when
 * Temporal does not know it (its state was lost): Postgres says what is left to do.
 *
 * @throws LadderError conflict UPDATE_REFUSED with the workflow's reason; unavailable WORKER_SILENT when no worker answers
 */
export async function updateSweep<Update extends keyof SweepUpdates>(
  session: Session,
  sweepId: string,
  update: Update,
  message: SweepUpdates[Update][0],
): Promise<void> {
  await runSweep(session, sweepId);
  const { sendSweepUpdate } = await import("../infra/temporal/sweep-update.ts");
  await sendSweepUpdate((await session.temporal()).client, sweepId, update, message);
}
