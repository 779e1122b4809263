import { sql } from "kysely";
import { contentHash, type JsonObject, type JsonValue } from "../../analysis/study/content-hash.ts";
import type { LadderDatabase } from "./connect.ts";
import { assertReferences, contentObject, idCollision, storedContentSchema } from "./fits.ts";
import { parseStored } from "./stored-json.ts";

/** A prediction that is to be kept as it is. */
export interface NewPrediction {
  /** Name of the study whose runs it will be scored on. */
  readonly study: string;
  readonly fitId: string;
  readonly law: string;
  /** A JSON object: place, value, intervals and all that was said with them. */
  readonly content: JsonValue;
  readonly codeVersion: string;
}

export interface RegisteredPrediction extends Omit<NewPrediction, "content"> {
  readonly id: string;
  readonly content: JsonObject;
  /** By the database's clock, when it was first registered. */
  readonly registeredAt: Date;
}

const columns = ["id", "study", "fitId", "law", "content", "codeVersion", "registeredAt"] as const;

/**
 * Registers a prediction. The id, `pred-` and ten hexadecimal digits, is made from the content: the same one again keeps its first date.
 *
 * @throws LadderError `defect` NOT_JSON, CONTENT_NOT_AN_OBJECT, ID_COLLISION; `missing` FIT_NOT_FOUND
 */
export async function insertPrediction(db: LadderDatabase, prediction: NewPrediction): Promise<RegisteredPrediction> {
  const { study, fitId, law, codeVersion } = prediction;
  const content = contentObject(prediction.content, "prediction");
  const hash = contentHash({ study, fitId, law, codeVersion, content });
  const id = `pred-${hash.slice(0, 10)}`;
  return db.transaction().execute(async (transaction) => {
    await assertReferences(transaction, { studyId: null, runKeys: [], fitIds: [fitId] });
    await transaction
      .insertInto("registeredPredictions")
      .values({ id, study, fitId, contentHash: hash, law, content: JSON.stringify(content), codeVersion })
      .onConflict((conflict) => conflict.column("id").doNothing())
      .execute();
    const stored = await transaction
      .selectFrom("registeredPredictions")
      .select([...columns, "contentHash"])
      .where("id", "=", id)
      .executeTakeFirstOrThrow();
    if (stored.contentHash !== hash) throw idCollision(id);
    const { contentHash: _hash, ...row } = stored;
    return { ...row, content: parseStored(storedContentSchema, row.content, "registered_predictions.content") };
  });
}

/** Registered predictions, the oldest first. @param study left out: of all studies */
export async function listPredictions(db: LadderDatabase, study?: string): Promise<readonly RegisteredPrediction[]> {
  const rows = await db
    .selectFrom("registeredPredictions")
    .select(columns)
    .$if(study !== undefined, (query) => query.where("study", "=", study ?? ""))
    .orderBy("registeredAt")
    .orderBy("id")
    .execute();
  return rows.map((row) => ({ ...row, content: parseStored(storedContentSchema, row.content, "registered_predictions.content") }));
}

/** When what a study has measured was there. */
export interface ArrivalTimes {
  /** By run key: when the run ended. */
  readonly runs: ReadonlyMap<string, Date>;
  /** By `import-… line N`: the first import, replaced ones too, of the same run. */
  readonly rows: ReadonlyMap<string, Date>;
}

/**
 * @param study name
 * @param runKeys of its runs
 */
export async function arrivalTimes(db: LadderDatabase, study: string, runKeys: readonly string[]): Promise<ArrivalTimes> {
  const runs = await sql<{ runKey: string; finishedAt: Date }>`
    select run_key, finished_at from runs where run_key = any(${[...runKeys]}::text[]) and finished_at is not null`.execute(db);
  const rows = await sql<{ importId: string; line: number; first: Date }>`
    select import_id, line, min(created_at) over (partition by identity) as first
    from imported_rows join row_imports on row_imports.id = import_id where study = ${study}`.execute(db);
  return {
    runs: new Map(runs.rows.map(({ runKey, finishedAt }) => [runKey, finishedAt])),
    rows: new Map(rows.rows.map(({ importId, line, first }) => [`${importId} line ${line}`, first])),
  };
}
