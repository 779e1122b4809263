import { Migrator } from "kysely";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import type { LadderDatabase } from "./connect.ts";
import { migrations } from "./migrations/index.ts";

/**
 * Brings the schema up to this version of Ladder and returns the names of the migrations it ran. Any number of processes
 * may call it at once: an advisory lock of the database lets one work and the others find nothing left to do. All of it
 * is one transaction, so a crash leaves the schema as it was.
 *
 * @throws LadderError `conflict` DATABASE_NEWER when a newer Ladder has migrated this database.
 */
export async function migrateToLatest(db: LadderDatabase): Promise<readonly string[]> {
  const { error, results } = await migrator(db).migrateToLatest();
  if (error !== undefined) throw await newerDatabase(db, error);
  return (results ?? []).map((result) => result.migrationName);
}

/**
 * @throws LadderError `unavailable` SCHEMA_OUTDATED when migrations are missing; `conflict` DATABASE_NEWER when a newer
 * Ladder has migrated this database.
 */
export async function assertMigrated(db: LadderDatabase): Promise<void> {
  const known = await migrator(db).getMigrations();
  const missing = known.filter((migration) => migration.executedAt === undefined).map((migration) => migration.name);
  if (missing.length > 0)
    throw new LadderError("unavailable", "SCHEMA_OUTDATED", `the database lacks ${missing.join(", ")}`, {
      fields: { missing },
      hint: "run: ladder up",
    });
  const newer = await unknownMigrations(db);
  if (newer.length > 0) throw databaseNewer(newer);
}

function migrator(db: LadderDatabase): Migrator {
  return new Migrator({ db, provider: { getMigrations: () => Promise.resolve({ ...migrations }) } });
}

/** What kysely calls corrupted is, for us, a database that a newer Ladder made. */
async function newerDatabase(db: LadderDatabase, error: unknown): Promise<unknown> {
  if (error instanceof LadderError) return error;
  const newer = await unknownMigrations(db);
  return newer.length > 0
    ? databaseNewer(newer, error)
    : new LadderError("defect", "MIGRATION_FAILED", `migration failed: ${String(error)}`, { cause: error });
}

async function unknownMigrations(db: LadderDatabase): Promise<readonly string[]> {
  const names = await db
    .withTables<{ kysely_migration: { name: string } }>()
    .withoutPlugins()
    .selectFrom("kysely_migration")
    .select("name")
    .orderBy("name")
    .execute();
  return names.map((row) => row.name).filter((name) => !(name in migrations));
}

function databaseNewer(newer: readonly string[], cause?: unknown): LadderError {
  return new LadderError("conflict", "DATABASE_NEWER", `this database was migrated by a newer Ladder (${newer.join(", ")})`, {
    fields: { newer },
    hint: "update Ladder, or use another database",
    ...(cause === undefined ? {} : { cause }),
  });
}
