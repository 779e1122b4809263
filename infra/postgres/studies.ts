import { randomBytes } from "node:crypto";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import { studySpecSchema, type StudySpec } from "../../analysis/study/study-spec.ts";
import type { LadderDatabase } from "./connect.ts";
import { nearestNames } from "../near-names.ts";
import { databaseTime, parseStored } from "./stored-json.ts";

/** One question with one target; owns sweeps, fits and recommendations. */
export interface Study {
  readonly id: string;
  readonly name: string;
  /** The spec last given for it; each sweep keeps its own. */
  readonly spec: StudySpec;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Twelve random hexadecimal digits: ids of studies and sweeps never repeat between two databases. */
export function newId(): string {
  return randomBytes(6).toString("hex");
}

/** The study of this name, made when it does not exist. An existing one is returned unchanged, also its spec. */
export async function createStudyOrGet(db: LadderDatabase, study: { readonly name: string; readonly spec: StudySpec }): Promise<Study> {
  await db
    .insertInto("studies")
    .values({ id: newId(), name: study.name, spec: JSON.stringify(study.spec) })
    .onConflict((conflict) => conflict.column("name").doNothing())
    .execute();
  return getStudy(db, study.name);
}

/** Replaces the spec that the study shows, when a later submission brings another target or question. */
export async function setStudySpec(db: LadderDatabase, studyId: string, spec: StudySpec): Promise<void> {
  await db
    .updateTable("studies")
    .set({ spec: JSON.stringify(spec), updatedAt: databaseTime() })
    .where("id", "=", studyId)
    .execute();
}

/** @throws LadderError `missing` STUDY_NOT_FOUND, with the names nearest to the one asked for. */
export async function getStudy(db: LadderDatabase, name: string): Promise<Study> {
  const row = await db.selectFrom("studies").selectAll().where("name", "=", name).executeTakeFirst();
  if (row !== undefined) return { ...row, spec: parseStored(studySpecSchema, row.spec, "studies.spec") };
  const names = (await db.selectFrom("studies").select("name").orderBy("name").execute()).map((study) => study.name);
  const near = nearestNames(name, names);
  throw new LadderError("missing", "STUDY_NOT_FOUND", `there is no study ${JSON.stringify(name)}`, {
    fields: { study: name, near },
    hint:
      names.length === 0
        ? "there are no studies yet: ladder submit study.yaml"
        : near.length > 0
          ? `did you mean ${near.join(" or ")}?`
          : "ladder list shows all studies",
  });
}

/** All studies, the newest first. */
export async function listStudies(db: LadderDatabase): Promise<readonly Study[]> {
  const rows = await db.selectFrom("studies").selectAll().orderBy("createdAt", "desc").orderBy("name").execute();
  return rows.map((row) => ({ ...row, spec: parseStored(studySpecSchema, row.spec, "studies.spec") }));
}
