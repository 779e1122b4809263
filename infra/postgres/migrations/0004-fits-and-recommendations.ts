import { sql, type Kysely } from "kysely";

/** A recommendation links fits, fits link runs: where a number came from is three joins away. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql
    .raw(`
create table fits (
  id text primary key check (id ~ '^fit-[0-9a-f]{10}$'),
  study_id text not null references studies (id),
  content_hash text not null unique check (content_hash ~ '^[0-9a-f]{64}$'),
  law text not null check (law <> ''),
  rows_hash text not null check (rows_hash <> ''),
  content jsonb not null check (jsonb_typeof(content) = 'object'),
  code_version text not null,
  created_at timestamptz not null default clock_timestamp()
);
create index fits_by_study on fits (study_id);

create table fit_runs (
  fit_id text not null references fits (id),
  run_key text not null references runs (run_key),
  primary key (fit_id, run_key)
);
create index fit_runs_by_run on fit_runs (run_key);

create table recommendations (
  id text primary key check (id ~ '^rec-[0-9a-f]{10}$'),
  study_id text not null references studies (id),
  content_hash text not null unique check (content_hash ~ '^[0-9a-f]{64}$'),
  content jsonb not null check (jsonb_typeof(content) = 'object'),
  code_version text not null,
  created_at timestamptz not null default clock_timestamp()
);
create index recommendations_by_study on recommendations (study_id);

create table recommendation_fits (
  recommendation_id text not null references recommendations (id),
  fit_id text not null references fits (id),
  primary key (recommendation_id, fit_id)
);

create table recommendation_runs (
  recommendation_id text not null references recommendations (id),
  run_key text not null references runs (run_key),
  primary key (recommendation_id, run_key)
);
create index recommendation_runs_by_run on recommendation_runs (run_key);
`)
    .execute(db);
}
