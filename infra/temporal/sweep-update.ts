import { type Client, isGrpcDeadlineError, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError } from "@temporalio/client";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import { sweepHandle } from "./client.ts";

const answerSeconds = 30;

/**
 * Sends an update to the running workflow of a sweep and waits until it is carried out.
 *
 * @throws LadderError conflict UPDATE_REFUSED with the workflow's reason; unavailable WORKER_SILENT when no worker answers
 */
export async function sendSweepUpdate(client: Client, sweepId: string, update: string, message: unknown): Promise<void> {
  try {
    await client.withDeadline(Date.now() + answerSeconds * 1000, () =>
      sweepHandle(client, sweepId).executeUpdate(update, { args: [message] }),
    );
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) {
      throw new LadderError("conflict", "UPDATE_REFUSED", `the sweep refused to ${update}: ${error.cause?.message ?? error.message}`, {
        fields: { sweepId, update },
        cause: error,
      });
    }
    if (isGrpcDeadlineError(error) || error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) {
      throw new LadderError(
        "unavailable",
        "WORKER_SILENT",
        `no worker answered within ${answerSeconds} seconds, so it is not known whether ${update} was carried out`,
        {
          fields: { sweepId, update },
          hint: "ladder status shows the worker, ladder show STUDY the state; ladder up --detach starts a worker",
          cause: error,
        },
      );
    }
    throw error;
  }
}
