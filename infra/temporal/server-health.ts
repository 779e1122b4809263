import type { TemporalConnectionOptions } from "../settings.ts";
import { askTemporal } from "./brief-connection.ts";

/** `SERVING` of grpc.health.v1.HealthCheckResponse.ServingStatus. */
const servingStatus = 1;

/** What a Temporal server says of itself. */
export interface ServerHealth {
  readonly version: string;
}

/**
 * Asks a Temporal server whether it serves a namespace: gRPC's health check, then the namespace itself.
 *
 * @param timeoutMs milliseconds in which it has to answer
 * @throws the SDK's error when it does not answer, does not serve or has no such namespace
 */
export function checkServer(options: TemporalConnectionOptions, namespace: string, timeoutMs: number): Promise<ServerHealth> {
  return askTemporal(options, timeoutMs, async (connection) => {
    const answer = await connection.healthService.check({ service: "temporal.api.workflowservice.v1.WorkflowService" });
    const status: number = answer.status;
    if (status !== servingStatus) throw new Error(`Temporal at ${options.address} is up but does not serve yet`);
    await connection.workflowService.describeNamespace({ namespace });
    const info = await connection.workflowService.getSystemInfo({});
    return { version: info.serverVersion };
  });
}
