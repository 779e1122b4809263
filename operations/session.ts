import { LadderError } from "../analysis/study/ladder-error.ts";
import { type Endpoints, readSettings, resolveEndpoints, type Settings } from "../infra/settings.ts";
import { type LadderDatabase, openDatabase } from "../infra/postgres/connect.ts";
import { assertMigrated } from "../infra/postgres/migrate.ts";
import type { TemporalClient } from "../infra/temporal/client.ts";

export { readSettings, type Settings };

/** What an operation on a study works with. */
export interface Session {
  readonly settings: Settings;
  readonly endpoints: Endpoints;
  readonly db: LadderDatabase;
  /** The Temporal client, connected on the first call. */
  temporal(): Promise<TemporalClient>;
}

/**
 * Opens the database of the running stack (or of `DATABASE_URL`), hands it to `use`, and closes everything again.
 *
 * @throws LadderError unavailable STACK_DOWN when nothing is running
 */
export async function withSession<Result>(settings: Settings, use: (session: Session) => Promise<Result>): Promise<Result> {
  return withEndpoints(settings, await resolveEndpoints(settings), use);
}

/** The same for servers that are known already, for example those that `ensureStack` has started. */
export async function withEndpoints<Result>(
  settings: Settings,
  endpoints: Endpoints,
  use: (session: Session) => Promise<Result>,
): Promise<Result> {
  const db = openDatabase(endpoints.databaseUrl, { poolSize: 2 });
  let connecting: Promise<TemporalClient> | undefined;
  // Temporal's client is a large import: only commands that speak to it pay for it.
  const temporal = (): Promise<TemporalClient> =>
    (connecting ??= import("../infra/temporal/client.ts").then(({ connectTemporal }) => connectTemporal(endpoints)));
  try {
    await assertMigrated(db);
    return await use({ settings, endpoints, db, temporal });
  } finally {
    await connecting?.then((connection) => connection.close());
    await db.destroy();
  }
}

/** Hands over the database if one is configured or running, else null: for what needs none but says more with one. */
export async function withRunningDatabase<Result>(
  settings: Settings,
  use: (db: LadderDatabase | null) => Promise<Result>,
): Promise<Result> {
  const endpoints = await resolveEndpoints(settings).catch((error: unknown) => {
    if (error instanceof LadderError && error.code === "STACK_DOWN") return null;
    throw error;
  });
  return endpoints === null ? use(null) : withEndpoints(settings, endpoints, ({ db }) => use(db));
}
