import { LadderError } from "../analysis/study/ladder-error.ts";
import { type LadderDatabase, openDatabase } from "../infra/postgres/connect.ts";
import { assertMigrated } from "../infra/postgres/migrate.ts";
import { type Endpoints, resolveEndpoints, type Settings } from "../infra/settings.ts";
import { readStackState } from "../infra/stack-state.ts";
import type { TemporalClient } from "../infra/temporal/client.ts";

export type { Settings };

/** What an operation on a study works with. */
export interface Session {
  readonly settings: Settings;
  readonly db: LadderDatabase;
  /** The Temporal client, connected on the first call. @throws LadderError unavailable STACK_DOWN, TEMPORAL_UNREACHABLE */
  temporal(): Promise<TemporalClient>;
}

/**
 * Opens the database of the running stack (or of `DATABASE_URL`), hands it to `use`, and closes everything again. Temporal
 * is needed only by what asks for it.
 *
 * @throws LadderError unavailable STACK_DOWN when nothing is running
 */
export async function withSession<Result>(settings: Settings, use: (session: Session) => Promise<Result>): Promise<Result> {
  const databaseUrl = (await findDatabase(settings)) ?? (await resolveEndpoints(settings)).databaseUrl;
  return openSession(settings, databaseUrl, () => resolveEndpoints(settings), use);
}

/** The same for servers that are known already, for example those that `ensureStack` has started. */
export async function withEndpoints<Result>(
  settings: Settings,
  endpoints: Endpoints,
  use: (session: Session) => Promise<Result>,
): Promise<Result> {
  return openSession(settings, endpoints.databaseUrl, () => Promise.resolve(endpoints), use);
}

/**
 * Hands over the database if one is configured or running, else null: for what needs none but says more with one. The
 * embedded one counts as not running also when it was killed; one that `DATABASE_URL` names has to answer.
 */
export async function withRunningDatabase<Result>(
  settings: Settings,
  use: (db: LadderDatabase | null) => Promise<Result>,
): Promise<Result> {
  const url = await findDatabase(settings);
  if (url === null) return use(null);
  const db = openDatabase(url, { poolSize: 2 });
  try {
    return await use((await isReady(db, settings.databaseUrl === undefined)) ? db : null);
  } finally {
    await db.destroy();
  }
}

async function openSession<Result>(
  settings: Settings,
  databaseUrl: string,
  findEndpoints: () => Promise<Endpoints>,
  use: (session: Session) => Promise<Result>,
): Promise<Result> {
  const db = openDatabase(databaseUrl, { poolSize: 2 });
  let connecting: Promise<TemporalClient> | undefined;
  const connect = async (): Promise<TemporalClient> => {
    // Temporal's client is a large import: only commands that speak to it pay for it.
    const { connectTemporal } = await import("../infra/temporal/client.ts");
    return connectTemporal(await findEndpoints());
  };
  try {
    await assertMigrated(db);
    return await use({ settings, db, temporal: () => (connecting ??= connect()) });
  } finally {
    // A connection that failed has told its error to whoever asked for it.
    await connecting?.then(
      (connection) => connection.close(),
      () => undefined,
    );
    await db.destroy();
  }
}

async function findDatabase(settings: Settings): Promise<string | null> {
  return settings.databaseUrl ?? (await readStackState(settings.home))?.postgres?.url ?? null;
}

async function isReady(db: LadderDatabase, mayBeDown: boolean): Promise<boolean> {
  try {
    await assertMigrated(db);
    return true;
  } catch (error) {
    if (mayBeDown && error instanceof LadderError && error.kind === "unavailable") return false;
    throw error;
  }
}
