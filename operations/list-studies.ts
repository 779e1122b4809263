import { listStudies } from "../infra/postgres/studies.ts";
import { progressOfStudy } from "./read-study-progress.ts";
import type { Session } from "./session.ts";
import type { StudyProgress } from "./study-progress.ts";

/** Where each study stands, the newest first, at most `limit` of them. */
export async function listStudyProgress({ db }: Session, limit?: number): Promise<readonly StudyProgress[]> {
  const studies = await listStudies(db);
  const shown: StudyProgress[] = [];
  for (const study of studies.slice(0, limit ?? studies.length)) shown.push(await progressOfStudy(db, study));
  return shown;
}
