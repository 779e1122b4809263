import { sql, type Kysely } from "kysely";
import { guardSqlState } from "../errors.ts";

/**
 * Predictions that were registered before their run was there. The database dates them itself, and nobody, its owner included, changes or
 * removes one without dropping the guard first.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql
    .raw(`
create table registered_predictions (
  id text primary key check (id ~ '^pred-[0-9a-f]{10}$'),
  study text not null check (study <> ''),
  fit_id text not null references fits (id),
  content_hash text not null unique check (content_hash ~ '^[0-9a-f]{64}$'),
  law text not null check (law <> ''),
  content jsonb not null check (jsonb_typeof(content) = 'object'),
  code_version text not null,
  registered_at timestamptz not null default clock_timestamp()
);
create index registered_predictions_by_study on registered_predictions (study);

create function date_prediction() returns trigger language plpgsql as $$
begin
  new.registered_at := clock_timestamp();
  return new;
end $$;
create trigger prediction_is_dated before insert on registered_predictions
  for each row execute function date_prediction();

create function keep_prediction() returns trigger language plpgsql as $$
begin
  raise exception using errcode = '${guardSqlState}', message = 'a registered prediction is never changed or removed';
end $$;
create trigger prediction_is_kept before update or delete or truncate on registered_predictions
  for each statement execute function keep_prediction();
`)
    .execute(db);
}
