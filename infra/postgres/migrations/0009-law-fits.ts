import { sql, type Kysely } from "kysely";

/** A fit belongs to a study by name, which may hold imported rows alone and so have no row in studies. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql
    .raw(`
alter table fits add column study text;
update fits set study = studies.name from studies where studies.id = fits.study_id;
alter table fits alter column study set not null;
alter table fits add constraint fits_study_check check (study <> '');
alter table fits alter column study_id drop not null;
create index fits_by_study_name on fits (study);
`)
    .execute(db);
}
