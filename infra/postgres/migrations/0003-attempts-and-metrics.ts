import { sql, type Kysely } from "kysely";
import { applyStateConstraints } from "../state-constraints.ts";

/** Attempts carry the fencing number; whatever a trainer reports hangs on one of them. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql
    .raw(`
create table attempts (
  run_key text not null references runs (run_key),
  attempt integer not null check (attempt >= 1),
  attempt_key text not null unique check (attempt_key <> ''),
  state text not null default 'submitting',
  executor text not null check (executor <> ''),
  job_id text check (job_id <> ''),
  code_commit text,
  dirty_digest text,
  host text,
  folder_root text not null check (folder_root <> ''),
  resume_from text,
  first_step bigint check (first_step >= 0),
  step bigint check (step >= 0),
  tokens double precision check (tokens >= 0),
  loss double precision,
  cpu_seconds double precision check (cpu_seconds >= 0 and cpu_seconds < 'Infinity'),
  claimed_at timestamptz not null default clock_timestamp(),
  submitted_at timestamptz,
  started_at timestamptz,
  heartbeat_at timestamptz,
  ended_at timestamptz check (ended_at >= claimed_at),
  exit_code integer,
  error_class text,
  message text,
  primary key (run_key, attempt)
);

create table checkpoints (
  run_key text not null,
  attempt integer not null,
  step bigint not null check (step >= 0),
  path text not null check (path <> ''),
  created_at timestamptz not null default clock_timestamp(),
  primary key (run_key, attempt, step),
  foreign key (run_key, attempt) references attempts (run_key, attempt)
);

-- NaN and the infinities are values: a diverged run's curve shows them.
create table metrics (
  run_key text not null,
  attempt integer not null,
  name text not null check (name <> ''),
  step bigint not null check (step >= 0),
  value double precision not null,
  tokens double precision,
  primary key (run_key, attempt, name, step),
  foreign key (run_key, attempt) references attempts (run_key, attempt)
);

create table bad_lines (
  run_key text not null,
  attempt integer not null,
  line_number bigint not null check (line_number >= 1),
  text text not null,
  reason text not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (run_key, attempt, line_number),
  foreign key (run_key, attempt) references attempts (run_key, attempt)
);
`)
    .execute(db);
  await applyStateConstraints(db);
}
