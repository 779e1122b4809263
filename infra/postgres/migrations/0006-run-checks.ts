import { sql, type Kysely } from "kysely";

/** Whether the trainer of a run used what was resolved: one row a run, of the attempt that ended it. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql
    .raw(`
create table run_checks (
  run_key text primary key references runs (run_key),
  attempt integer not null,
  version integer not null check (version >= 1),
  status text not null check (status in ('passed', 'failed', 'not-logged')),
  content jsonb not null check (jsonb_typeof(content) = 'object'),
  created_at timestamptz not null default clock_timestamp(),
  foreign key (run_key, attempt) references attempts (run_key, attempt)
);
create index run_checks_failed on run_checks (run_key) where status = 'failed';
`)
    .execute(db);
}
