import { setTimeout as sleep } from "node:timers/promises";
import { LadderError } from "../analysis/study/ladder-error.ts";
import { setSweepState } from "../infra/postgres/sweep-changes.ts";
import type { Sweep } from "../infra/postgres/sweeps.ts";
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

const endingPatienceMs = 120_000;

/**
 * Waits until nobody works on a sweep that has ended: the workflow of a cancelled one may still be stopping its runs.
 *
 * @throws LadderError unavailable SWEEP_STILL_ENDING when it does not come to its end
 */
export async function waitForSweepEnd(session: Session, sweep: Sweep): Promise<void> {
  const { sweepIsRunning } = await import("../infra/temporal/client.ts");
  const { client } = await session.temporal();
  const startedAt = performance.now();
  while (await sweepIsRunning(client, sweep.id)) {
    if (performance.now() - startedAt > endingPatienceMs) {
      throw new LadderError(
        "unavailable",
        "SWEEP_STILL_ENDING",
        `sweep ${sweep.number} is ${sweep.state}, but its runs are still being stopped`,
        { hint: "ladder status shows the worker; try again when the runs have stopped" },
      );
    }
    await sleep(100);
  }
}

/** Opens a sweep that has ended, so that it can go on. @throws LadderError unavailable SWEEP_STILL_ENDING */
export async function reopenSweep(session: Session, sweep: Sweep, reason: string): Promise<void> {
  await waitForSweepEnd(session, sweep);
  await setSweepState(session.db, sweep.id, { from: [sweep.state], to: "queued", reason });
}
