import proto from "@temporalio/proto";
import type { TemporalConnectionOptions } from "../settings.ts";
import { askTemporal } from "./brief-connection.ts";

/** A worker as the server sees it: one that asks for workflow tasks of a queue. */
export interface QueuePoller {
  /** By default `PID@HOST`. */
  readonly identity: string;
  /** Milliseconds since 1970 at which it last asked; the server forgets one after five minutes. */
  readonly lastSeenMs: number;
}

/**
 * The workers that serve a task queue.
 *
 * @throws the SDK's error when the server does not answer within `timeoutMs`
 */
export function listPollers(
  temporal: { readonly namespace: string; readonly connection: TemporalConnectionOptions },
  taskQueue: string,
  timeoutMs = 5_000,
): Promise<readonly QueuePoller[]> {
  return askTemporal(temporal.connection, timeoutMs, async (connection) => {
    const answer = await connection.workflowService.describeTaskQueue({
      namespace: temporal.namespace,
      taskQueue: { name: taskQueue },
      taskQueueType: proto.temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    });
    return answer.pollers.map((poller) => ({
      identity: poller.identity ?? "unknown",
      lastSeenMs: Number(poller.lastAccessTime?.seconds ?? 0) * 1000 + (poller.lastAccessTime?.nanos ?? 0) / 1e6,
    }));
  });
}
