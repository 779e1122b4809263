import { sql } from "kysely";
import { type MeasuredCheck, measuredCheckSchema } from "../../analysis/coordinate-check/measured-check.ts";
import type { LadderDatabase } from "./connect.ts";
import { parseStored } from "./stored-json.ts";

/** A check as it was stored for a study. */
export interface StoredCoordinateCheck extends MeasuredCheck {
  readonly createdAt: Date;
}

/** Keeps a check for a study. One that is there already stays as it is: the same runs give the same numbers. */
export async function insertCoordinateCheck(db: LadderDatabase, study: string, measured: MeasuredCheck): Promise<void> {
  const { contentHash, parametrization, check } = measured;
  const { axis, verdict } = check;
  await db
    .insertInto("coordinateChecks")
    .values({ study, contentHash, parametrization, axis, verdict, content: JSON.stringify(measured) })
    .onConflict((conflict) => conflict.columns(["study", "contentHash"]).doNothing())
    .execute();
}

/** The check with this content hash, whichever study it was carried out for; undefined when it never was. */
export async function findCoordinateCheck(db: LadderDatabase, contentHash: string): Promise<StoredCoordinateCheck | undefined> {
  const row = await db
    .selectFrom("coordinateChecks")
    .select(["content", "createdAt"])
    .where("contentHash", "=", contentHash)
    .orderBy("createdAt")
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? undefined : readRow(row);
}

/** A check in a line. */
export interface CoordinateVerdictLine {
  readonly parametrization: string;
  readonly axis: "width" | "depth";
  readonly verdict: "pass" | "undecided" | "fail";
  readonly words: string;
  readonly createdAt: Date;
}

/** The newest check of a study for each rule set and axis, without its values. */
export async function listCoordinateVerdicts(db: LadderDatabase, study: string): Promise<readonly CoordinateVerdictLine[]> {
  const { rows } = await sql<CoordinateVerdictLine>`
    select distinct on (parametrization, axis) parametrization, axis, verdict, content->'check'->>'words' as words, created_at
    from coordinate_checks where study = ${study}
    order by parametrization, axis, created_at desc, content_hash`.execute(db);
  return rows;
}

function readRow({ content, createdAt }: { readonly content: unknown; readonly createdAt: Date }): StoredCoordinateCheck {
  return { ...parseStored(measuredCheckSchema, content, "coordinate_checks.content"), createdAt };
}
