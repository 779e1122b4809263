import { Client, Connection, type WorkflowHandle, WorkflowNotFoundError } from "@temporalio/client";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import type { Endpoints } from "../settings.ts";

/** A connection to Temporal; close it. */
export interface TemporalClient {
  readonly client: Client;
  close(): Promise<void>;
}

/** @throws LadderError `unavailable` TEMPORAL_UNREACHABLE when the server does not answer. */
export async function connectTemporal(endpoints: Pick<Endpoints, "temporal">): Promise<TemporalClient> {
  const { connection: options, namespace } = endpoints.temporal;
  try {
    const connection = await Connection.connect(options);
    return { client: new Client({ connection, namespace }), close: () => connection.close() };
  } catch (error) {
    throw new LadderError("unavailable", "TEMPORAL_UNREACHABLE", `the Temporal server at ${options.address} does not answer`, {
      fields: { address: options.address, namespace },
      hint: "ladder up starts one; TEMPORAL_ADDRESS names another",
      cause: error,
    });
  }
}

/** The queue of all workflows and activities of an installation: one database, one queue. */
export function taskQueueOf(installationId: string): string {
  return `ladder-${installationId}`;
}

export interface SweepStart {
  readonly sweepId: string;
  readonly taskQueue: string;
}

/**
 * Starts the workflow of a sweep. One that runs already is left alone; one that ended is started anew (its sweep was
 * extended, or Temporal forgot it) and reads from Postgres what is still to do.
 */
export async function startSweep(client: Client, { sweepId, taskQueue }: SweepStart): Promise<void> {
  await client.workflow.start("sweepWorkflow", {
    workflowId: workflowIdOf(sweepId),
    taskQueue,
    args: [{ sweepId }],
    workflowIdReusePolicy: "ALLOW_DUPLICATE",
    workflowIdConflictPolicy: "USE_EXISTING",
  });
}

/** The newest execution of a sweep's workflow. */
export function sweepHandle(client: Client, sweepId: string): WorkflowHandle {
  return client.workflow.getHandle(workflowIdOf(sweepId));
}

/** Tells a sweep to look for trials that were added or queued again; starts its workflow when it has ended. */
export async function extendSweep(client: Client, start: SweepStart): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    await startSweep(client, start);
    try {
      await sweepHandle(client, start.sweepId).executeUpdate("extend", { args: [{}] });
      return;
    } catch (error) {
      // It ended between the two calls.
      if (!(error instanceof WorkflowNotFoundError) || attempt === 5) throw error;
    }
  }
}

/** True when the workflow of a sweep is running at this moment. */
export async function sweepIsRunning(client: Client, sweepId: string): Promise<boolean> {
  try {
    return (await sweepHandle(client, sweepId).describe()).status.name === "RUNNING";
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

function workflowIdOf(sweepId: string): string {
  return `sweep-${sweepId}`;
}
