import { sql, type Kysely } from "kysely";

/**
 * Coordinate checks by the name of their study, which need not exist yet: a check may come before the first submission. The
 * same check of two studies has the same content hash.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql
    .raw(`
create table coordinate_checks (
  study text not null,
  content_hash text not null check (content_hash ~ '^[0-9a-f]{64}$'),
  parametrization text not null,
  axis text not null check (axis in ('width', 'depth')),
  verdict text not null check (verdict in ('pass', 'undecided', 'fail')),
  content jsonb not null check (jsonb_typeof(content) = 'object'),
  created_at timestamptz not null default clock_timestamp(),
  primary key (study, content_hash)
);
create index coordinate_checks_content on coordinate_checks (content_hash);
`)
    .execute(db);
}
