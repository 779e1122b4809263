import { sql, type Kysely } from "kysely";

/**
 * What a strategy that searches has asked for, in its order, with its reasons. With the outcomes of the runs these rows are all that the
 * strategy is a function of: whoever reads them asks for the same next.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql
    .raw(`
create table suggestions (
  sweep_id text not null references sweeps (id),
  number integer not null check (number >= 1),
  suggestion_id text not null check (suggestion_id <> ''),
  run_key text not null references runs (run_key),
  trial_id bigint not null references trials (id),
  "values" jsonb not null check (jsonb_typeof("values") = 'object'),
  kind text not null check (kind <> ''),
  explanation jsonb not null check (jsonb_typeof(explanation) = 'object'),
  created_at timestamptz not null default clock_timestamp(),
  primary key (sweep_id, number),
  unique (sweep_id, suggestion_id)
);
create index suggestions_by_run on suggestions (run_key);
`)
    .execute(db);
}
