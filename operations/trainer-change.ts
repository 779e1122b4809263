import { LadderError } from "../analysis/study/ladder-error.ts";
import type { TrainerProgram } from "../infra/trainer-program.ts";
import type { LadderDatabase } from "../infra/postgres/connect.ts";
import { getStudy } from "../infra/postgres/studies.ts";
import { listSweeps, type Sweep } from "../infra/postgres/sweeps.ts";

/** The sweeps of a study by name, none when there is no such study yet. */
export async function previousSweeps(db: LadderDatabase, study: string): Promise<readonly Sweep[]> {
  try {
    return await listSweeps(db, (await getStudy(db, study)).id);
  } catch (error) {
    if (error instanceof LadderError && error.code === "STUDY_NOT_FOUND") return [];
    throw error;
  }
}

/**
 * Which trainer identity goes into the run keys: that of the program as it is now, or, when a code change is allowed on
 * purpose, that of the study's last sweep. `changed` says whether the two differ.
 */
export function reusedTrainer(
  now: TrainerProgram,
  sweeps: readonly Sweep[],
  allowCodeChange: boolean,
): { readonly trainer: TrainerProgram; readonly changed: boolean } {
  const last = sweeps.at(-1)?.trainer;
  const changed = last !== undefined && (last.programDigest !== now.programDigest || last.version !== now.version);
  if (!changed || !allowCodeChange) return { trainer: now, changed };
  return { trainer: { ...now, version: last.version, programDigest: last.programDigest }, changed };
}
