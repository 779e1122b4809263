import { contentHash, type JsonObject, type JsonValue } from "../../analysis/study/content-hash.ts";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import type { LadderDatabase } from "./connect.ts";
import { assertReferences, contentObject, idCollision, storedContentSchema } from "./fits.ts";
import { nearestNames } from "../near-names.ts";
import { chunksOf, parseStored } from "./stored-json.ts";

/** Values for a target scale, with what they rest on. */
export interface NewRecommendation {
  readonly studyId: string;
  /** A JSON object: target, values, intervals, expected regret, checks. */
  readonly content: JsonValue;
  readonly codeVersion: string;
  readonly fitIds: readonly string[];
  /** Runs it rests on. */
  readonly runKeys: readonly string[];
}

export interface StoredRecommendation extends Omit<NewRecommendation, "content"> {
  readonly id: string;
  readonly content: JsonObject;
  readonly createdAt: Date;
}

const linksPerStatement = 1000;

/**
 * Stores a recommendation with its links to fits and runs. The id, `rec-` and ten hexadecimal digits, is made from the
 * content, so the same recommendation is stored once.
 *
 * @returns the id.
 * @throws LadderError `defect` NOT_JSON, CONTENT_NOT_AN_OBJECT, ID_COLLISION; `missing` STUDY_NOT_FOUND, FIT_NOT_FOUND,
 * RUN_NOT_FOUND.
 */
export async function insertRecommendation(db: LadderDatabase, recommendation: NewRecommendation): Promise<string> {
  const runKeys = [...new Set(recommendation.runKeys)].sort();
  const fitIds = [...new Set(recommendation.fitIds)].sort();
  const { studyId, codeVersion } = recommendation;
  const content = contentObject(recommendation.content, "recommendation");
  const hash = contentHash({ studyId, codeVersion, content, fitIds, runKeys });
  const id = `rec-${hash.slice(0, 10)}`;
  await db.transaction().execute(async (transaction) => {
    await assertReferences(transaction, { studyId, runKeys, fitIds });
    await transaction
      .insertInto("recommendations")
      .values({ id, studyId, contentHash: hash, content: JSON.stringify(content), codeVersion })
      .onConflict((conflict) => conflict.column("id").doNothing())
      .execute();
    const stored = await transaction.selectFrom("recommendations").select("contentHash").where("id", "=", id).executeTakeFirstOrThrow();
    if (stored.contentHash !== hash) throw idCollision(id);
    if (fitIds.length > 0)
      await transaction
        .insertInto("recommendationFits")
        .values(fitIds.map((fitId) => ({ recommendationId: id, fitId })))
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    for (const chunk of chunksOf(runKeys, linksPerStatement))
      await transaction
        .insertInto("recommendationRuns")
        .values(chunk.map((runKey) => ({ recommendationId: id, runKey })))
        .onConflict((conflict) => conflict.doNothing())
        .execute();
  });
  return id;
}

/** @throws LadderError `missing` RECOMMENDATION_NOT_FOUND, with the ids nearest to the one asked for. */
export async function getRecommendation(db: LadderDatabase, id: string): Promise<StoredRecommendation> {
  const row = await db
    .selectFrom("recommendations")
    .select(["id", "studyId", "content", "codeVersion", "createdAt"])
    .where("id", "=", id)
    .executeTakeFirst();
  if (row === undefined) throw await recommendationNotFound(db, id);
  const fits = await db.selectFrom("recommendationFits").select("fitId").where("recommendationId", "=", id).orderBy("fitId").execute();
  const runs = await db.selectFrom("recommendationRuns").select("runKey").where("recommendationId", "=", id).orderBy("runKey").execute();
  return {
    ...row,
    content: parseStored(storedContentSchema, row.content, "recommendations.content"),
    fitIds: fits.map((link) => link.fitId),
    runKeys: runs.map((link) => link.runKey),
  };
}

async function recommendationNotFound(db: LadderDatabase, id: string): Promise<LadderError> {
  const rows = await db.selectFrom("recommendations").select("id").orderBy("createdAt", "desc").limit(1000).execute();
  const near = nearestNames(
    id,
    rows.map((row) => row.id),
  );
  return new LadderError("missing", "RECOMMENDATION_NOT_FOUND", `there is no recommendation ${JSON.stringify(id)}`, {
    fields: { recommendationId: id, near },
    hint:
      near.length > 0
        ? `did you mean ${near.join(" or ")}?`
        : "ladder show STUDY lists the recommendations of a study; ladder recommend STUDY makes one",
  });
}

/** Recommendations of a study, the newest first. */
export async function listRecommendations(db: LadderDatabase, studyId: string): Promise<readonly StoredRecommendation[]> {
  const rows = await db
    .selectFrom("recommendations")
    .select("id")
    .where("studyId", "=", studyId)
    .orderBy("createdAt", "desc")
    .orderBy("id")
    .execute();
  return Promise.all(rows.map((row) => getRecommendation(db, row.id)));
}
