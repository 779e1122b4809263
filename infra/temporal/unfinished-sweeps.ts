import { type Client, WorkflowNotFoundError } from "@temporalio/client";
import type { LadderDatabase } from "../postgres/connect.ts";
import { setSweepState } from "../postgres/sweep-changes.ts";
import { listOpenSweeps } from "../postgres/sweeps.ts";
import { startSweep, sweepHandle } from "./client.ts";

/**
 * Starts the workflow of every sweep that is not at an end and that Temporal does not know: Postgres is the truth, and
 * Temporal may have been wiped. A sweep whose workflow failed is paused with the reason instead of failing for ever.
 *
 * @returns ids of the sweeps that were started
 */
export async function startUnfinishedSweeps(db: LadderDatabase, client: Client, taskQueue: string): Promise<readonly string[]> {
  const started: string[] = [];
  for (const { id } of (await listOpenSweeps(db)).filter((sweep) => sweep.state !== "paused")) {
    const status = await statusOf(client, id);
    if (status === "RUNNING") continue;
    if (status === "FAILED") {
      await setSweepState(db, id, {
        from: ["queued", "running"],
        to: "paused",
        reason: `the sweep's workflow failed: ${await failureOf(client, id)}`,
      });
      continue;
    }
    await startSweep(client, { sweepId: id, taskQueue });
    started.push(id);
  }
  return started;
}

async function statusOf(client: Client, sweepId: string): Promise<string> {
  try {
    return (await sweepHandle(client, sweepId).describe()).status.name;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return "UNKNOWN";
    throw error;
  }
}

async function failureOf(client: Client, sweepId: string): Promise<string> {
  try {
    await sweepHandle(client, sweepId).result();
    return "no reason given";
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return cause instanceof Error ? cause.message : String(cause);
  }
}
