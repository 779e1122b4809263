import { sql, type Kysely } from "kysely";

/**
 * Trials belong to a sweep; runs belong to nobody but their key, so that sweeps and parametrizations share them.
 * FLOPs are double precision: they overflow 64-bit integers.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql
    .raw(`
create table trials (
  id bigint generated always as identity primary key,
  sweep_id text not null references sweeps (id),
  number integer not null check (number >= 1),
  content_hash text not null check (content_hash ~ '^[0-9a-f]{64}$'),
  parametrization text not null check (parametrization <> ''),
  hyperparameters jsonb not null check (jsonb_typeof(hyperparameters) = 'object'),
  width bigint not null check (width >= 1),
  depth bigint not null check (depth >= 1),
  head_dimension bigint not null check (head_dimension >= 1),
  batch_size_tokens bigint not null check (batch_size_tokens >= 1),
  token_horizon bigint not null check (token_horizon >= 1),
  parameter_count_total double precision not null check (parameter_count_total >= 0 and parameter_count_total < 'Infinity'),
  parameter_count_non_embedding double precision not null check (parameter_count_non_embedding >= 0 and parameter_count_non_embedding < 'Infinity'),
  training_flops double precision not null check (training_flops >= 0 and training_flops < 'Infinity'),
  training_flops_formula text not null,
  unique (sweep_id, number),
  unique (sweep_id, content_hash)
);
create index trials_by_content on trials (content_hash);

create table runs (
  run_key text primary key check (run_key ~ '^[0-9a-f]{32}$'),
  identity jsonb not null check (jsonb_typeof(identity) = 'object'),
  resolved jsonb not null check (jsonb_typeof(resolved) = 'object'),
  seed bigint not null check (seed >= 0),
  state text not null default 'queued',
  fence integer not null default 0 check (fence >= 0),
  cluster_id text,
  loss double precision,
  step bigint check (step >= 0),
  tokens double precision check (tokens >= 0),
  schedule jsonb,
  error_class text,
  message text,
  retry_count integer not null default 0 check (retry_count >= 0),
  retry_floor integer not null default 0 check (retry_floor >= 0 and retry_floor <= fence),
  created_at timestamptz not null default clock_timestamp(),
  started_at timestamptz,
  finished_at timestamptz
);
create index runs_by_state on runs (state);

-- Runs that share a trunk: their losses are not independent.
create table clusters (
  id text primary key check (id <> ''),
  trunk_run_key text not null unique references runs (run_key),
  created_at timestamptz not null default clock_timestamp()
);
alter table runs add constraint runs_cluster_exists foreign key (cluster_id) references clusters (id);

create table run_parents (
  run_key text not null references runs (run_key),
  relation text not null check (relation in ('checkpoint', 'data', 'population')),
  parent_run_key text not null references runs (run_key),
  path text,
  primary key (run_key, relation, parent_run_key),
  check (run_key <> parent_run_key)
);
create index run_parents_by_parent on run_parents (parent_run_key);

-- What hangs on a run without being one: a cooldown from a step, an evaluation, a stage of data.
create table stages (
  id bigint generated always as identity primary key,
  run_key text not null references runs (run_key),
  kind text not null check (kind in ('cooldown', 'evaluation', 'data')),
  number integer not null check (number >= 1),
  from_step bigint not null check (from_step >= 0),
  to_step bigint check (to_step >= from_step),
  details jsonb not null default '{}' check (jsonb_typeof(details) = 'object'),
  created_at timestamptz not null default clock_timestamp(),
  unique (run_key, kind, number)
);

create table trial_runs (
  trial_id bigint not null references trials (id),
  seed bigint not null check (seed >= 0),
  run_key text not null references runs (run_key),
  position integer not null check (position >= 1),
  primary key (trial_id, seed),
  unique (trial_id, position)
);
create index trial_runs_by_run on trial_runs (run_key);
`)
    .execute(db);
}
