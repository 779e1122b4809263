import { installationId } from "../infra/postgres/installation.ts";
import type { Session } from "./session.ts";

/** Starts the workflow of a sweep, or leaves it alone when it runs already. */
export async function runSweep(session: Session, sweepId: string): Promise<void> {
  const { startSweep, taskQueueOf } = await import("../infra/temporal/client.ts");
  const { client } = await session.temporal();
  await startSweep(client, { sweepId, taskQueue: taskQueueOf(await installationId(session.db)) });
}

/** Tells a sweep that there is more to do than when it began; starts its workflow again when it has ended. */
export async function continueSweep(session: Session, sweepId: string): Promise<void> {
  const { extendSweep, taskQueueOf } = await import("../infra/temporal/client.ts");
  const { client } = await session.temporal();
  await extendSweep(client, { sweepId, taskQueue: taskQueueOf(await installationId(session.db)) });
}
