import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LadderDatabase, openDatabase } from "../../../infra/postgres/connect.ts";
import { createDatabaseIfMissing } from "../../../infra/postgres/database.ts";
import { startEmbeddedPostgres } from "../../../infra/postgres/embedded.ts";
import { migrateToLatest } from "../../../infra/postgres/migrate.ts";

/** A real Postgres for one test file: start it in `beforeAll`, stop it in `afterAll`. */
export interface TestPostgres {
  /** URL with user, password and an empty database. */
  readonly url: string;
  /** Process of the server, for tests that kill it. */
  readonly pid: number;
  /** Stops the server and removes its folder. */
  stop(): Promise<void>;
}

/** Starts a fresh server in a temporary folder, without fsync. */
export async function startTestPostgres(): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), "ladder-postgres-"));
  // As root the server runs under its own user, who must be able to enter.
  await chmod(folder, 0o755);
  const server = await startEmbeddedPostgres({ folder, durable: false });
  return {
    url: server.url,
    pid: server.pid,
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A database of its own on that server, migrated. */
export interface TestDatabase {
  readonly url: string;
  readonly db: LadderDatabase;
  readonly close: () => Promise<void>;
}

/** Makes a fresh migrated database on the server of `url`. Close it before the server stops. */
export async function createTestDatabase(url: string, options: { readonly poolSize?: number } = {}): Promise<TestDatabase> {
  const databaseUrl = await createDatabaseIfMissing(url, `test_${randomBytes(6).toString("hex")}`);
  const db = openDatabase(databaseUrl, options);
  await migrateToLatest(db);
  return { url: databaseUrl, db, close: () => db.destroy() };
}
