import { sql, type Kysely } from "kysely";

/**
 * Rows of runs that were trained elsewhere, by the name of their study, which need not exist yet. Numbers in jsonb are numeric, so
 * that a double comes back as it was: 6·N·D does not fit a bigint.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql
    .raw(`
create table row_imports (
  id text primary key check (id ~ '^import-[0-9a-f]{10}$'),
  study text not null check (study <> ''),
  content_hash text not null check (content_hash ~ '^[0-9a-f]{64}$'),
  source text not null,
  counting text not null check (counting in ('total', 'non-embedding', 'unknown')),
  content jsonb not null check (jsonb_typeof(content) = 'object'),
  replaced_by text references row_imports (id) check (replaced_by <> id),
  code_version text not null,
  created_at timestamptz not null default clock_timestamp(),
  unique (study, content_hash)
);

create table imported_rows (
  import_id text not null references row_imports (id),
  line integer not null,
  identity text not null check (identity ~ '^[0-9a-f]{64}$'),
  columns jsonb not null check (jsonb_typeof(columns) = 'object'),
  cluster text,
  seed text,
  cells jsonb not null check (jsonb_typeof(cells) = 'array'),
  primary key (import_id, line)
);
create index imported_rows_by_identity on imported_rows (identity);

create table excluded_rows (
  import_id text not null references row_imports (id),
  line integer not null,
  label text,
  reason text not null check (reason <> ''),
  variable text,
  words text not null,
  primary key (import_id, line)
);
`)
    .execute(db);
}
