import { openDatabase } from "../../infra/postgres/connect.ts";
import { installationId } from "../../infra/postgres/installation.ts";
import { serverVersion } from "../../infra/postgres/server-version.ts";
import type { Endpoints } from "../../infra/settings.ts";
import { taskQueueOf } from "../../infra/temporal/client.ts";
import { listPollers, type QueuePoller } from "../../infra/temporal/pollers.ts";
import { checkServer } from "../../infra/temporal/server-health.ts";

/** What a service said: its version, or why there is none. Both are null when there is nobody to ask. */
export interface Answer {
  readonly version: string | null;
  readonly problem: string | null;
}

const patienceMs = 3_000;
const nobody: Answer = { version: null, problem: null };

/** Asks a Postgres for its version. Never throws. */
export async function askDatabase(url: string | undefined): Promise<Answer> {
  if (url === undefined) return nobody;
  try {
    return { version: await withDatabase(url, serverVersion), problem: null };
  } catch (error) {
    return { version: null, problem: messageOf(error) };
  }
}

/** Asks a Temporal server for its version, and who serves this installation's queue. Never throws. */
export async function askTemporalServer(endpoints: Endpoints | undefined): Promise<Answer & { readonly pollers: readonly QueuePoller[] }> {
  if (endpoints === undefined) return { ...nobody, pollers: [] };
  const { temporal, databaseUrl } = endpoints;
  try {
    const { version } = await checkServer(temporal.connection, temporal.namespace, patienceMs);
    // Without the database nobody knows which queue is ours.
    const installation = await withDatabase(databaseUrl, installationId).catch(() => undefined);
    const pollers = installation === undefined ? [] : await listPollers(temporal, taskQueueOf(installation), patienceMs);
    return { version, problem: null, pollers };
  } catch (error) {
    return { version: null, problem: messageOf(error), pollers: [] };
  }
}

async function withDatabase<Result>(url: string, use: (db: ReturnType<typeof openDatabase>) => Promise<Result>): Promise<Result> {
  const db = openDatabase(url, { poolSize: 1 });
  try {
    return await use(db);
  } finally {
    await db.destroy();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
