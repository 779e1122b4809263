import { sql, type Kysely } from "kysely";

/** Studies own sweeps; every change of a sweep is an event with its reason. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql
    .raw(`
create table installation (
  singleton boolean primary key default true check (singleton),
  installation_id uuid not null,
  created_at timestamptz not null default clock_timestamp()
);

create table studies (
  id text primary key check (id ~ '^[0-9a-f]{12}$'),
  name text not null unique check (name ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  spec jsonb not null check (jsonb_typeof(spec) = 'object'),
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);

create table sweeps (
  id text primary key check (id ~ '^[0-9a-f]{12}$'),
  study_id text not null references studies (id),
  number integer not null check (number >= 1),
  state text not null default 'queued',
  reason text,
  spec jsonb not null check (jsonb_typeof(spec) = 'object'),
  spec_hash text not null check (spec_hash <> ''),
  comparison_hash text not null check (comparison_hash ~ '^[0-9a-f]{64}$'),
  data jsonb not null check (jsonb_typeof(data) = 'object'),
  trainer_version text not null check (trainer_version <> ''),
  trainer_program_digest text not null check (trainer_program_digest <> ''),
  trainer_command jsonb not null check (jsonb_typeof(trainer_command) = 'array'),
  concurrency integer not null check (concurrency >= 1),
  budget jsonb not null check (jsonb_typeof(budget) = 'object'),
  workflow_id text not null unique,
  created_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  unique (study_id, number),
  unique (study_id, spec_hash, trainer_program_digest)
);

create table sweep_events (
  id bigint generated always as identity primary key,
  sweep_id text not null references sweeps (id),
  kind text not null check (kind in ('created', 'state', 'concurrency', 'budget', 'trials')),
  from_state text,
  to_state text,
  reason text,
  details jsonb,
  at timestamptz not null default clock_timestamp(),
  check ((kind = 'state') = (from_state is not null and to_state is not null))
);
create index sweep_events_by_sweep on sweep_events (sweep_id, id);
`)
    .execute(db);
}
