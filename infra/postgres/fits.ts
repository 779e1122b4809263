import { z } from "zod";
import { contentHash, type JsonObject, type JsonValue } from "../../analysis/study/content-hash.ts";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import type { LadderDatabase } from "./connect.ts";
import { chunksOf, parseStored } from "./stored-json.ts";

/** A law fitted to rows, with all that is needed to fit it again. */
export interface NewFit {
  /** Name of the study that the fit belongs to. */
  readonly study: string;
  /** Id of that study; null where it holds imported rows alone. */
  readonly studyId: string | null;
  /** Id of the law or test, for example `optimum-drift`. */
  readonly law: string;
  /** Hash of the rows that went in: run keys, scales and losses. */
  readonly rowsHash: string;
  /** A JSON object: objective, optimizer settings, exclusions with reasons, seed, estimates and intervals. */
  readonly content: JsonValue;
  readonly codeVersion: string;
  /** Runs whose results went in. */
  readonly runKeys: readonly string[];
}

export interface Fit extends Omit<NewFit, "content"> {
  readonly id: string;
  readonly content: JsonObject;
  readonly createdAt: Date;
}

const linksPerStatement = 1000;
export const storedContentSchema: z.ZodType<JsonObject> = z.record(z.string(), z.json());

/**
 * Stores a fit and its links to runs. The id, `fit-` and ten hexadecimal digits, is made from the content, so the same
 * fit is stored once.
 *
 * @returns the id.
 * @throws LadderError `defect` NOT_JSON, CONTENT_NOT_AN_OBJECT, ID_COLLISION; `missing` RUN_NOT_FOUND, STUDY_NOT_FOUND.
 */
export async function insertFit(db: LadderDatabase, fit: NewFit): Promise<string> {
  const runKeys = [...new Set(fit.runKeys)].sort();
  const { study, studyId, law, rowsHash, codeVersion } = fit;
  const content = contentObject(fit.content, "fit");
  const hash = contentHash({ studyId: studyId ?? study, law, rowsHash, codeVersion, content, runKeys });
  const id = `fit-${hash.slice(0, 10)}`;
  await db.transaction().execute(async (transaction) => {
    await assertReferences(transaction, { studyId, runKeys, fitIds: [] });
    await transaction
      .insertInto("fits")
      .values({ id, study, studyId, contentHash: hash, law, rowsHash, content: JSON.stringify(content), codeVersion })
      .onConflict((conflict) => conflict.column("id").doNothing())
      .execute();
    const stored = await transaction.selectFrom("fits").select("contentHash").where("id", "=", id).executeTakeFirstOrThrow();
    if (stored.contentHash !== hash) throw idCollision(id);
    for (const chunk of chunksOf(runKeys, linksPerStatement))
      await transaction
        .insertInto("fitRuns")
        .values(chunk.map((runKey) => ({ fitId: id, runKey })))
        .onConflict((conflict) => conflict.doNothing())
        .execute();
  });
  return id;
}

/** @throws LadderError `missing` FIT_NOT_FOUND. */
export async function getFit(db: LadderDatabase, id: string): Promise<Fit> {
  const row = await db
    .selectFrom("fits")
    .select(["id", "study", "studyId", "law", "rowsHash", "content", "codeVersion", "createdAt"])
    .where("id", "=", id)
    .executeTakeFirst();
  if (row === undefined)
    throw new LadderError("missing", "FIT_NOT_FOUND", `there is no fit ${JSON.stringify(id)}`, { fields: { fitId: id } });
  const links = await db.selectFrom("fitRuns").select("runKey").where("fitId", "=", id).orderBy("runKey").execute();
  return { ...row, content: parseStored(storedContentSchema, row.content, "fits.content"), runKeys: links.map((link) => link.runKey) };
}

/** Fits of a study by its name, the newest first. */
export async function listFits(db: LadderDatabase, study: string): Promise<readonly Fit[]> {
  const rows = await db.selectFrom("fits").select("id").where("study", "=", study).orderBy("createdAt", "desc").orderBy("id").execute();
  return Promise.all(rows.map((row) => getFit(db, row.id)));
}

/** @throws LadderError `defect` CONTENT_NOT_AN_OBJECT. */
export function contentObject(content: JsonValue, what: string): JsonObject {
  const parsed = storedContentSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  throw new LadderError("defect", "CONTENT_NOT_AN_OBJECT", `the content of a ${what} must be a JSON object`, { cause: parsed.error });
}

/** @throws LadderError `missing` STUDY_NOT_FOUND, RUN_NOT_FOUND, FIT_NOT_FOUND for what a new row would point at. */
export async function assertReferences(
  db: LadderDatabase,
  wanted: { readonly studyId: string | null; readonly runKeys: readonly string[]; readonly fitIds: readonly string[] },
): Promise<void> {
  const study =
    wanted.studyId === null ? null : await db.selectFrom("studies").select("id").where("id", "=", wanted.studyId).executeTakeFirst();
  if (study === undefined)
    throw new LadderError("missing", "STUDY_NOT_FOUND", `there is no study with the id ${wanted.studyId ?? ""}`, {
      fields: { studyId: wanted.studyId },
    });
  const runs = new Set<string>();
  for (const chunk of chunksOf(wanted.runKeys, linksPerStatement)) {
    const found = await db
      .selectFrom("runs")
      .select("runKey")
      .where("runKey", "in", [...chunk])
      .execute();
    for (const row of found) runs.add(row.runKey);
  }
  const run = wanted.runKeys.find((key) => !runs.has(key));
  if (run !== undefined) throw new LadderError("missing", "RUN_NOT_FOUND", `there is no run ${run}`, { fields: { runKey: run } });
  if (wanted.fitIds.length === 0) return;
  const fits = new Set(
    (
      await db
        .selectFrom("fits")
        .select("id")
        .where("id", "in", [...wanted.fitIds])
        .execute()
    ).map((row) => row.id),
  );
  const fit = wanted.fitIds.find((id) => !fits.has(id));
  if (fit !== undefined) throw new LadderError("missing", "FIT_NOT_FOUND", `there is no fit ${fit}`, { fields: { fitId: fit } });
}

export function idCollision(id: string): LadderError {
  return new LadderError("defect", "ID_COLLISION", `two different contents have the id ${id}`, { fields: { id } });
}
