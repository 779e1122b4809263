import { Connection } from "@temporalio/client";
import type { TemporalConnectionOptions } from "../settings.ts";

/**
 * Opens a connection to a Temporal server for one question and closes it.
 *
 * @param timeoutMs milliseconds for connecting, and again for the question
 * @throws the SDK's error when the server does not answer in time
 */
export async function askTemporal<Answer>(
  options: TemporalConnectionOptions,
  timeoutMs: number,
  question: (connection: Connection) => Promise<Answer>,
): Promise<Answer> {
  const { address, tls, apiKey, metadata } = options;
  const connection = await Connection.connect({
    address,
    connectTimeout: timeoutMs,
    ...(tls === undefined ? {} : { tls }),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(metadata === undefined ? {} : { metadata }),
  });
  try {
    return await connection.withDeadline(Date.now() + timeoutMs, () => question(connection));
  } finally {
    await connection.close();
  }
}
